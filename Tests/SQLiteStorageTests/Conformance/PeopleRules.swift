// Rules on tickets, clerks, customers and feeds.

import EdgeAgent
import ShopCore
import ShopModel
import Testing

extension LedgerConformance {
    static func ticket(_ line: Int, till: String = "T1") -> TicketLine {
        known(TicketLine(till: till, ticket: "0042", line: line))
    }

    static let saleRules: [LedgerRule] = [
        .rule("a line of a ticket comes back, of every kind, bare or with all it can have") { ledger in
            for (number, kind) in SaleLine.Kind.allCases.enumerated() {
                let bare = SaleLine(key: ticket(number + 1), kind: kind, sku: nil, units: 0, recordedAt: at(1))
                let whole = SaleLine(
                    key: ticket(number + 1, till: "T2"), kind: kind, sku: sku("A"), units: 3,
                    returned: .init(sku: sku("B"), count: 2), original: ticket(9, till: "T3"), order: OrderID("O-1"),
                    consumed: [
                        .init(reservation: ReservationID.named("R-2"), units: 1),
                        .init(reservation: ReservationID.named("R-1"), units: 2),
                    ], businessDate: CivilDate("2026-11-22"), recordedAt: at(2), voided: true)
                for sale in [bare, whole] {
                    #expect(try ledger.sale(sale.key) == nil)
                    try ledger.put(sale)
                    #expect(try ledger.sale(sale.key) == sale)
                }
            }
            #expect(try ledger.sale(ticket(99)) == nil)
        },
        .rule("a line that is voided later is the same line, voided") { ledger in
            var sale = SaleLine(
                key: ticket(1), kind: .sale, sku: sku("A"), units: 1,
                consumed: [.init(reservation: ReservationID.named("R-1"), units: 1)], recordedAt: at(1))
            try ledger.put(sale)
            sale.voided = true
            try ledger.put(sale)
            #expect(try ledger.sale(sale.key) == sale)
        },
    ]

    static let peopleRules: [LedgerRule] = [
        .rule("a session is that of its device and seat, until it is ended") { ledger in
            let device = DeviceID.named("tablet-1")
            let session = ClerkSession(
                device: device, seat: "", clerk: ClerkID.named("c-1"), roles: [.manager, .clerk], until: at(9))
            let other = ClerkSession(
                device: device, seat: "till 2", clerk: ClerkID.named("c-2"), roles: [], until: at(8))
            try ledger.setSession(device: device, seat: "", session)
            try ledger.setSession(device: device, seat: "till 2", other)
            #expect(try ledger.session(device: device, seat: "") == session)
            #expect(try ledger.session(device: device, seat: "till 2") == other)
            #expect(try ledger.session(device: DeviceID.named("tablet-2"), seat: "") == nil)
            try ledger.setSession(device: device, seat: "", nil)
            #expect(try ledger.session(device: device, seat: "") == nil)
            #expect(try ledger.session(device: device, seat: "till 2") == other)
        },
        .rule("wrong PINs are remembered by badge") { ledger in
            #expect(try ledger.attempts(badge: "b") == SignInAttempts())
            for attempts in [
                SignInAttempts(wrong: 3), SignInAttempts(wrong: 0, lockedUntil: at(300)), SignInAttempts(),
            ] {
                try ledger.setAttempts(badge: "b", attempts)
                #expect(try ledger.attempts(badge: "b") == attempts)
                #expect(try ledger.attempts(badge: "c") == SignInAttempts())
            }
        },
        .rule("a snippet is found by its customer and by each of its cards, as last stored") { ledger in
            let id = CustomerID.named("k-1")
            let first = SealedCustomer(customer: id, sealed: [1, 2, 3], cards: [[9], [7], [8]], expires: at(10))
            try ledger.put(first)
            #expect(try ledger.customer(id) == first)
            #expect(try ledger.customer(card: [7]) == id)
            let second = SealedCustomer(customer: id, sealed: [4], cards: [[7], [6]], expires: at(20))
            try ledger.put(second)
            #expect(try ledger.customer(id) == second)
            #expect(try ledger.customer(card: [9]) == nil)
            #expect(try ledger.customer(card: [6]) == id)
            try ledger.removeCustomer(id)
            #expect(try ledger.customer(id) == nil)
            #expect(try ledger.customer(card: [7]) == nil)
            try ledger.removeCustomer(id)
        },
        .rule("a card that passed to another customer is the later one's") { ledger in
            try ledger.put(SealedCustomer(customer: CustomerID.named("k-1"), sealed: [], cards: [[7]], expires: at(1)))
            try ledger.put(SealedCustomer(customer: CustomerID.named("k-2"), sealed: [], cards: [[7]], expires: at(1)))
            #expect(try ledger.customer(card: [7])?.value == "k-2")
            try ledger.removeCustomer(CustomerID.named("k-1"))
            #expect(try ledger.customer(card: [7])?.value == "k-2")
        },
        .rule("snippets end earliest first, the very instant included") { ledger in
            #expect(try ledger.nextCustomerExpiry() == nil)
            for (id, seconds) in [("k-3", 10), ("k-1", 20), ("k-2", 10)] {
                try ledger.put(
                    SealedCustomer(customer: CustomerID.named(id), sealed: [], cards: [], expires: at(Int64(seconds))))
            }
            #expect(try ledger.nextCustomerExpiry() == at(10))
            #expect(try ledger.expiredCustomers(at: at(9), limit: 9) == [])
            #expect(try ledger.expiredCustomers(at: at(10), limit: 9).map(\.value) == ["k-2", "k-3"])
            #expect(try ledger.expiredCustomers(at: at(20), limit: 2).map(\.value) == ["k-2", "k-3"])
            #expect(try ledger.customers().map(\.value) == ["k-1", "k-2", "k-3"])
        },
        LedgerRule("a tombstone stays, a loss of power included") { test in
            let id = CustomerID.named("k-1")
            try test.ledger.begin()
            #expect(try !test.ledger.isErased(id))
            try test.ledger.markErased(id, at: at(1))
            try test.ledger.markErased(id, at: at(2))
            try test.ledger.commit()
            #expect(try test.ledger.isErased(id))
            #expect(try test.afterPowerLoss().isErased(id))
            #expect(try !test.ledger.isErased(CustomerID.named("k-2")))
        },
    ]

    static let feedRules: [LedgerRule] = [
        .rule("a cursor moves, each feed and scope its own") { ledger in
            #expect(try ledger.cursor(scope: "shop", feed: "stock") == nil)
            let cursors = [
                FeedCursor(scope: "group/fr", feed: "hours", epoch: "e1", sequence: 3),
                FeedCursor(scope: "shop", feed: "clerks", epoch: "e1", sequence: 0),
                FeedCursor(scope: "shop", feed: "stock", epoch: "e2", sequence: 1 << 40),
            ]
            for cursor in cursors.reversed() { try ledger.setCursor(cursor) }
            #expect(try ledger.cursors() == cursors)
            #expect(try ledger.cursor(scope: "shop", feed: "stock") == cursors[2])
            let moved = FeedCursor(scope: "shop", feed: "stock", epoch: "e3", sequence: 1)
            try ledger.setCursor(moved)
            #expect(try ledger.cursor(scope: "shop", feed: "stock") == moved)
        },
        .rule("a value is that of its feed, scope and key; the last one counts") { ledger in
            try ledger.setFed("hours", scope: "shop", key: "weekly", [1])
            try ledger.setFed("hours", scope: "shop", key: "2026-12-25", [])
            try ledger.setFed("hours", scope: "group/fr", key: "weekly", [3])
            try ledger.setFed("clerks", scope: "shop", key: "weekly", [4])
            try ledger.setFed("hours", scope: "shop", key: "weekly", [5])
            #expect(try ledger.fed("hours", scope: "shop", key: "weekly") == [5])
            #expect(
                try ledger.fedAll("hours", scope: "shop") == [
                    FedValue(key: "2026-12-25", value: []), FedValue(key: "weekly", value: [5]),
                ])
            try ledger.setFed("hours", scope: "shop", key: "weekly", nil)
            try ledger.setFed("hours", scope: "shop", key: "weekly", nil)
            #expect(try ledger.fed("hours", scope: "shop", key: "weekly") == nil)
            #expect(try ledger.fed("hours", scope: "group/fr", key: "weekly") == [3])
            #expect(try ledger.fedAll("settings", scope: "shop") == [])
        },
        .rule("a snapshot comes in beside the living values, and a new one drops what came of the former") { ledger in
            var snapshot = FeedSnapshot(
                scope: "shop", feed: "clerks", epoch: "e1", id: "s1", sequence: 9, count: 2, hash: [1, 2])
            try ledger.setFed("clerks", scope: "shop", key: "a", [1])
            try ledger.beginSnapshot(snapshot)
            try ledger.stage(scope: "shop", feed: "clerks", key: "c", [3])
            try ledger.stage(scope: "shop", feed: "clerks", key: "b", [2])
            snapshot.seen = 2
            snapshot.hashSoFar = [7]
            try ledger.updateSnapshot(snapshot)
            #expect(try ledger.snapshot(scope: "shop", feed: "clerks") == snapshot)
            #expect(
                try ledger.staged(scope: "shop", feed: "clerks") == [
                    FedValue(key: "b", value: [2]), FedValue(key: "c", value: [3]),
                ])
            #expect(try ledger.fedAll("clerks", scope: "shop") == [FedValue(key: "a", value: [1])])
            #expect(try ledger.snapshot(scope: "group/fr", feed: "clerks") == nil)
            let next = FeedSnapshot(
                scope: "shop", feed: "clerks", epoch: "e1", id: "s2", sequence: 10, count: 0, hash: [])
            try ledger.beginSnapshot(next)
            #expect(try ledger.snapshot(scope: "shop", feed: "clerks") == next)
            #expect(try ledger.staged(scope: "shop", feed: "clerks") == [])
            try ledger.stage(scope: "shop", feed: "clerks", key: "d", [4])
            try ledger.dropSnapshot(scope: "shop", feed: "clerks")
            #expect(try ledger.snapshot(scope: "shop", feed: "clerks") == nil)
            #expect(try ledger.staged(scope: "shop", feed: "clerks") == [])
            #expect(try ledger.fedAll("clerks", scope: "shop") == [FedValue(key: "a", value: [1])])
        },
        .rule("entries that cannot be read are all kept") { ledger in
            #expect(try ledger.parkedEntryCount() == 0)
            for sequence in 1...3 {
                try ledger.parkEntry(
                    scope: "shop", feed: "stock", sequence: Int64(sequence), reason: "unknown type", [0xFF])
            }
            #expect(try ledger.parkedEntryCount() == 3)
            try ledger.parkEntry(
                scope: "group/fr", feed: "hours", sequence: 1, reason: "feed.entryUnknown: of type x: y", [0xFF])
            #expect(
                try ledger.parkedEntryCounts() == [
                    ParkedCount(scope: "group/fr", feed: "hours", code: "feed.entryUnknown", count: 1),
                    ParkedCount(scope: "shop", feed: "stock", code: "", count: 3),
                ])
            let listed = try ledger.setAsideEntries(afterRow: 0, limit: 10)
            #expect(
                listed.map(\.feed) == ["stock", "stock", "stock", "hours"] && listed.map(\.sequence) == [1, 2, 3, 1])
            #expect(listed.map(\.code) == ["", "", "", "feed.entryUnknown"] && listed[3].scope == "group/fr")
            #expect(try ledger.setAsideEntries(afterRow: listed[1].row, limit: 1) == [listed[2]])
            try ledger.forgetParked(scope: "shop", feed: "stock", from: 2, through: .max)
            try ledger.forgetParked(scope: "shop", feed: "hours", from: .min, through: .max)
            #expect(try ledger.parkedEntryCounts().map(\.count) == [1, 1])
            try ledger.parkEntry(scope: "shop", feed: "stock", sequence: 9, reason: "unknown type", [0xFF])
            #expect(try ledger.parkedEntryCount() == 3)
        },
    ]
}
