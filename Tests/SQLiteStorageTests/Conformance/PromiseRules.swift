// Rules on reservations and pickups.

import EdgeAgent
import ShopCore
import ShopModel
import Testing

extension LedgerConformance {
    static func reservation(
        _ id: String, _ state: Reservation.State, skus: [String] = ["A"], locked: Int = 1, customer: String? = nil,
        placedAt: Instant = at(0)
    ) -> Reservation {
        Reservation(
            id: ReservationID.named(id), lines: skus.map { .init(sku: sku($0), asked: 2, locked: locked, sold: 1) },
            state: state, customer: customer.flatMap { CustomerID($0) }, channel: .store, placedAt: placedAt)
    }

    /// Every state that a reservation can be in.
    static let reservationStates: [Reservation.State] =
        [.held(until: at(60)), .awaitingSale(since: at(61)), .closed(.sold), .closed(.expired(at: at(62)))]
        + Reservation.ReleaseReason.allCases.map { .closed(.released($0)) }

    static let reservationRules: [LedgerRule] = [
        .rule("a reservation comes back in every state and channel, known customer or not") { ledger in
            for (number, state) in reservationStates.enumerated() {
                for channel in Reservation.Channel.allCases {
                    let whole = Reservation(
                        id: ReservationID.named("R-\(number)-\(channel)"),
                        lines: [
                            .init(sku: sku("B"), asked: 3, locked: 2, sold: 1),
                            .init(sku: sku("A"), asked: 1, locked: 0),
                        ], state: state, customer: number % 2 == 0 ? CustomerID("c-1") : nil, channel: channel,
                        placedAt: at(-5))
                    try ledger.put(whole)
                    #expect(try ledger.reservation(whole.id) == whole)
                }
            }
            #expect(try ledger.reservation(ReservationID.named("R-none")) == nil)
        },
        .rule("a reservation moves from any state to any other") { ledger in
            for former in reservationStates {
                for latter in reservationStates {
                    try ledger.put(reservation("R-1", former, skus: ["A", "B"]))
                    let changed = reservation("R-1", latter, skus: ["A"], locked: 0)
                    try ledger.put(changed)
                    #expect(try ledger.reservation(changed.id) == changed)
                }
            }
        },
        .rule("holds that are due come by their end and then their code, the very instant included") { ledger in
            for (id, seconds) in [("R-3", 10), ("R-1", 20), ("R-2", 10), ("R-4", 21)] {
                try ledger.put(reservation(id, .held(until: at(Int64(seconds)))))
            }
            try ledger.put(reservation("R-5", .awaitingSale(since: at(1))))
            try ledger.put(reservation("R-6", .closed(.expired(at: at(1)))))
            #expect(try ledger.nextReservationEnd() == at(10))
            #expect(try ledger.dueReservations(at: at(9), limit: 9) == [])
            #expect(try ledger.dueReservations(at: at(20), limit: 9).map(\.value) == ["R-2", "R-3", "R-1"])
            #expect(try ledger.dueReservations(at: at(20), limit: 1).map(\.value) == ["R-2"])
            try ledger.put(reservation("R-2", .closed(.sold), locked: 0))
            try ledger.put(reservation("R-3", .held(until: at(30))))
            #expect(try ledger.nextReservationEnd() == at(20))
            #expect(try ledger.dueReservations(at: at(30), limit: 9).map(\.value) == ["R-1", "R-4", "R-3"])
        },
        .rule("with no holds there is no next end") { ledger throws in
            #expect(try ledger.nextReservationEnd() == nil)
            #expect(try ledger.dueReservations(at: at(9), limit: 9) == [])
        },
        .rule("the holds of a SKU that are due are those that lock units of it") { ledger in
            try ledger.put(reservation("R-1", .held(until: at(20)), skus: ["A", "B"]))
            try ledger.put(reservation("R-2", .held(until: at(10)), skus: ["B"]))
            try ledger.put(reservation("R-3", .held(until: at(5)), skus: ["B"], locked: 0))
            try ledger.put(reservation("R-4", .awaitingSale(since: at(1)), skus: ["B"]))
            #expect(try ledger.dueReservations(of: sku("B"), at: at(20)).map(\.value) == ["R-2", "R-1"])
            #expect(try ledger.dueReservations(of: sku("B"), at: at(19)).map(\.value) == ["R-2"])
            #expect(try ledger.dueReservations(of: sku("A"), at: at(20)).map(\.value) == ["R-1"])
            #expect(try ledger.dueReservations(of: sku("C"), at: at(20)) == [])
            try ledger.put(reservation("R-1", .held(until: at(40)), skus: ["A", "B"]))
            #expect(try ledger.dueReservations(of: sku("A"), at: at(39)) == [])
            #expect(try ledger.dueReservations(of: sku("A"), at: at(40)).map(\.value) == ["R-1"])
        },
        .rule("promises on a SKU come oldest first, awaited sales longest waiting first") { ledger in
            try ledger.put(reservation("R-1", .held(until: at(20)), placedAt: at(3)))
            try ledger.put(reservation("R-2", .awaitingSale(since: at(9)), placedAt: at(1)))
            try ledger.put(reservation("R-3", .awaitingSale(since: at(8)), placedAt: at(2)))
            try ledger.put(reservation("R-4", .awaitingSale(since: at(1)), skus: ["B"], placedAt: at(0)))
            try ledger.put(reservation("R-5", .awaitingSale(since: at(1)), locked: 0, placedAt: at(0)))
            #expect(try ledger.lockingReservations(of: sku("A")).map(\.value) == ["R-2", "R-3", "R-1"])
            #expect(try ledger.awaitedSales(of: sku("A")).map(\.value) == ["R-3", "R-2"])
            try ledger.put(reservation("R-3", .closed(.sold), locked: 0, placedAt: at(2)))
            #expect(try ledger.lockingReservations(of: sku("A")).map(\.value) == ["R-2", "R-1"])
            #expect(try ledger.awaitedSales(of: sku("A")).map(\.value) == ["R-2"])
            #expect(try ledger.awaitedSales(of: sku("C")) == [])
        },
        .rule("what a customer has held is counted") { ledger in
            try ledger.put(reservation("R-1", .held(until: at(1)), customer: "c-1"))
            try ledger.put(reservation("R-2", .held(until: at(1)), customer: "c-1"))
            try ledger.put(reservation("R-3", .held(until: at(1)), customer: "c-2"))
            try ledger.put(reservation("R-4", .held(until: at(1))))
            try ledger.put(reservation("R-5", .awaitingSale(since: at(1)), customer: "c-1"))
            #expect(try ledger.heldCount(of: CustomerID.named("c-1")) == 2)
            try ledger.put(reservation("R-2", .closed(.released(.customer)), locked: 0, customer: "c-1"))
            #expect(try ledger.heldCount(of: CustomerID.named("c-1")) == 1)
            #expect(try ledger.heldCount(of: CustomerID.named("c-9")) == 0)
        },
        .rule("reservations are listed by code, in pages, the open ones or a customer's alone") { ledger in
            let all = [
                reservation("R-1", .held(until: at(1)), skus: ["A", "B"], customer: "c-1"),
                reservation("R-2", .closed(.sold), customer: "c-1"),
                reservation("R-3", .awaitingSale(since: at(1))),
                reservation("R-4", .held(until: at(1)), customer: "c-2"),
                reservation("R-5", .awaitingSale(since: at(1)), customer: "c-1"),
            ]
            for reservation in all.reversed() { try ledger.put(reservation) }
            func page(_ openOnly: Bool, _ customer: String?, _ after: String?, _ limit: Int) throws -> [Reservation] {
                try ledger.reservations(
                    openOnly: openOnly, customer: customer.flatMap { CustomerID($0) },
                    after: after.flatMap { ReservationID($0) }, limit: limit)
            }
            #expect(try page(false, nil, nil, 9) == all)
            #expect(try page(false, nil, "R-2", 2) == [all[2], all[3]])
            #expect(try page(true, nil, nil, 9) == [all[0], all[2], all[3], all[4]])
            #expect(try page(true, nil, "R-3", 1) == [all[3]])
            #expect(try page(false, "c-1", nil, 9) == [all[0], all[1], all[4]])
            #expect(try page(true, "c-1", "R-1", 9) == [all[4]])
            #expect(try page(false, "c-9", nil, 9) == [])
            #expect(try page(false, nil, nil, 0) == [])
        },
    ]

    static func pickup(
        _ order: String, _ state: Pickup.State, code: String? = nil, receivedAt: Instant = at(0),
        collectBy: Instant? = nil
    ) -> Pickup {
        Pickup(
            order: OrderID.named(order), code: code ?? "P-\(order)", source: .fromStock,
            lines: [.init(sku: sku("A"), quantity: 2)], state: state, receivedAt: receivedAt, collectBy: collectBy)
    }

    /// Every state that a pickup can be in.
    static let pickupStates: [Pickup.State] =
        [
            .received, .accepted, .picking, .picked, .staged, .ready(since: at(1)), .overdue(since: at(2)),
            .handedOver(at: at(3)), .putBack(at: at(4)), .cancelled(at: at(5)), .nothingLeft(at: at(6)),
        ] + Pickup.RejectReason.allCases.map { .rejected($0) }

    static let pickupRules: [LedgerRule] = [
        .rule("a pickup comes back in every state, from stock and from a parcel, with all it can have") { ledger in
            for (number, state) in pickupStates.enumerated() {
                let bare = pickup("bare-\(number)", state)
                let whole = Pickup(
                    order: OrderID.named("whole-\(number)"), code: "P-4F7K92QX-3",
                    source: .fromParcel(sscc: "003760123"),
                    lines: [
                        .init(sku: sku("B"), quantity: 9, picked: 1, short: 2, handedOver: 3, refused: 1),
                        .init(sku: sku("A"), quantity: 1),
                    ], state: state, revision: 7, claimedBy: ClerkID("c-1"),
                    cancelRequest: .init(at: at(9), reason: number % 2 == 0 ? "sorry" : nil),
                    arrived: number % 2 == 0 ? .counter : .kerb, stagedAt: "shelf 3, \"left\"",
                    recipient: .init(customer: CustomerID("k-1"), name: "Zoé Ünal", phoneLast4: "0042", gift: true),
                    receivedAt: at(-9), collectBy: at(99))
                for pickup in [bare, whole] {
                    try ledger.put(pickup)
                    #expect(try ledger.pickup(pickup.order) == pickup)
                }
                try ledger.put(pickup("whole-\(number)", .accepted))
                #expect(try ledger.pickup(whole.order) == pickup("whole-\(number)", .accepted))
            }
            #expect(try ledger.pickup(OrderID.named("none")) == nil)
        },
        .rule("a pickup is found by its code; of two with one code the later is meant") { ledger in
            try ledger.put(pickup("O-2", .received, code: "P-1", receivedAt: at(2)))
            try ledger.put(pickup("O-1", .received, code: "P-2", receivedAt: at(1)))
            #expect(try ledger.pickup(code: "P-1")?.order.value == "O-2")
            #expect(try ledger.pickup(code: "P-3") == nil)
            try ledger.put(pickup("O-3", .received, code: "P-2", receivedAt: at(3)))
            #expect(try ledger.pickup(code: "P-2")?.order.value == "O-3")
        },
        .rule("ready pickups whose last moment has come are due, earliest first") { ledger in
            #expect(try ledger.nextPickupDeadline() == nil)
            try ledger.put(pickup("O-1", .ready(since: at(0)), collectBy: at(20)))
            try ledger.put(pickup("O-3", .ready(since: at(0)), collectBy: at(10)))
            try ledger.put(pickup("O-2", .ready(since: at(0)), collectBy: at(10)))
            try ledger.put(pickup("O-4", .ready(since: at(0))))
            try ledger.put(pickup("O-5", .staged, collectBy: at(1)))
            try ledger.put(pickup("O-6", .overdue(since: at(1)), collectBy: at(1)))
            #expect(try ledger.nextPickupDeadline() == at(10))
            #expect(try ledger.duePickups(at: at(9), limit: 9) == [])
            #expect(try ledger.duePickups(at: at(20), limit: 9).map(\.value) == ["O-2", "O-3", "O-1"])
            #expect(try ledger.duePickups(at: at(20), limit: 2).map(\.value) == ["O-2", "O-3"])
            try ledger.put(pickup("O-2", .overdue(since: at(10)), collectBy: at(10)))
            try ledger.put(pickup("O-3", .handedOver(at: at(10)), collectBy: at(10)))
            #expect(try ledger.nextPickupDeadline() == at(20))
        },
        .rule("contacts of pickups that are over are found by since when, before that very instant") { ledger in
            func put(_ order: String, _ state: Pickup.State, _ recipient: Pickup.Recipient = .init(name: "Zoé")) throws
            {
                try ledger.put(
                    Pickup(
                        order: OrderID.named(order), code: "P-\(order)", source: .fromStock, lines: [], state: state,
                        recipient: recipient, receivedAt: at(15)))
            }
            try put("O-1", .handedOver(at: at(20)))
            try put("O-3", .putBack(at: at(10)), .init(phoneLast4: "0042"))
            try put("O-2", .cancelled(at: at(10)))
            try put("O-4", .rejected(.damaged))
            try put("O-5", .nothingLeft(at: at(5)), .init(customer: CustomerID("k-1")))
            try put("O-6", .ready(since: at(1)))
            func found(_ seconds: Int64, _ limit: Int = 9) throws -> [String] {
                try ledger.pickupsWithContact(overBefore: at(seconds), limit: limit).map(\.value)
            }
            #expect(try found(10) == [])
            #expect(try found(11) == ["O-2", "O-3"])
            #expect(try found(21) == ["O-2", "O-3", "O-4", "O-1"])
            #expect(try found(21, 1) == ["O-2"])
            var second = try #require(try ledger.pickup(OrderID.named("O-2")))
            second.forgetRecipient()
            try ledger.put(second)
            #expect(try found(16) == ["O-3", "O-4"])
        },
        .rule("pickups are listed by order, in pages, all or the open ones alone") { ledger in
            var all: [Pickup] = []
            for (number, state) in pickupStates.enumerated() {
                all.append(pickup("O-\(String(UnicodeScalar(UInt8(65 + number))))", state))
            }
            for pickup in all.reversed() { try ledger.put(pickup) }
            #expect(try ledger.pickups(openOnly: false, after: nil, limit: 99) == all)
            #expect(try ledger.pickups(openOnly: true, after: nil, limit: 99) == all.filter { !$0.state.isOver })
            #expect(try ledger.pickups(openOnly: false, after: all[2].order, limit: 2) == [all[3], all[4]])
            #expect(try ledger.pickups(openOnly: true, after: all[6].order, limit: 99) == [])
            for customer in Set(all.compactMap(\.recipient.customer)) + [try #require(CustomerID("C-nobody"))] {
                #expect(try ledger.pickups(of: customer) == all.filter { $0.recipient.customer == customer })
            }
        },
    ]
}
