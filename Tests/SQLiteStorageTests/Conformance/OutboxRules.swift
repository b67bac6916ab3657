// Rules on the outbox.

import EdgeAgent
import ShopModel
import Testing

extension LedgerConformance {
    static func event(
        _ id: String, _ lane: Lane = .orders, subject: String = "order/1", sequence: Int64 = 1,
        incarnation: Incarnation = incarnation, time: Instant = at(0)
    ) -> OutboxEvent {
        OutboxEvent(
            lane: lane, id: id, type: "store.order.accepted", subject: subject, subjectSequence: sequence,
            incarnation: incarnation, time: time, data: [0x7B, 0x7D])
    }

    /// The state of each event, by id.
    private static func states(_ ledger: any LedgerStorage, _ ids: [String]) throws -> [OutboxState?] {
        try ids.map { try ledger.outboxEntry(id: $0)?.state }
    }

    private static func rows(_ ledger: any LedgerStorage, _ ids: [String]) throws -> [Int64] {
        try ids.compactMap { try ledger.outboxEntry(id: $0)?.event.row }
    }

    static let outboxRules: [LedgerRule] = [
        .rule("numbers of a subject run from 1, in each life of the shop") { ledger throws in
            let other = Incarnation.named("life-2")
            #expect(try ledger.nextSequence(of: "sku/A", incarnation) == 1)
            #expect(try ledger.nextSequence(of: "sku/A", incarnation) == 2)
            #expect(try ledger.nextSequence(of: "sku/B", incarnation) == 1)
            #expect(try ledger.nextSequence(of: "sku/A", other) == 1)
            #expect(try ledger.nextSequence(of: "sku/A", incarnation) == 3)
        },
        .rule("an event comes back whole, and lanes leave in the order of their rows") { ledger in
            for (number, lane) in Lane.allCases.enumerated() {
                try ledger.append(event("a\(number)", lane, subject: "s\(number)", time: at(5)))
                try ledger.append(event("b\(number)", lane, subject: "s\(number)", sequence: 2, time: at(6)))
            }
            for (number, lane) in Lane.allCases.enumerated() {
                let pending = try ledger.pending(lane, afterRow: 0, limit: 9)
                #expect(pending.map(\.id) == ["a\(number)", "b\(number)"])
                #expect(pending[0].row < pending[1].row)
                var whole = event("a\(number)", lane, subject: "s\(number)", time: at(5))
                whole.row = pending[0].row
                #expect(pending[0] == whole)
                #expect(
                    try ledger.outboxEntry(id: whole.id) == OutboxEntry(event: whole, state: .pending, reason: nil))
                #expect(try ledger.pending(lane, afterRow: 0, limit: 1).map(\.id) == ["a\(number)"])
                #expect(try ledger.pending(lane, afterRow: whole.row, limit: 9).map(\.id) == ["b\(number)"])
            }
            #expect(try ledger.outboxEntry(id: "none") == nil)
        },
        .rule("what is received is no longer pending, and can be sent again from a number on") { ledger in
            for number in 1...4 { try ledger.append(event("e\(number)", sequence: Int64(number))) }
            try ledger.markReceipted(rows: try rows(ledger, ["e1", "e2", "e3"]), at: at(1), epoch: "h1")
            #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.id) == ["e4"])
            try ledger.markReceipted(rows: try rows(ledger, ["e1"]), at: at(2), epoch: "h1")
            try ledger.resend(subject: "order/1", Incarnation.named("life-2"), from: 1)
            #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.id) == ["e4"])
            try ledger.resend(subject: "order/1", incarnation, from: 2)
            #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.id) == ["e2", "e3", "e4"])
        },
        .rule("a refused event is parked with what follows of its subject, now and later, and nothing else") { ledger in
            for number in 1...4 { try ledger.append(event("e\(number)", sequence: Int64(number))) }
            try ledger.append(event("other", subject: "order/2"))
            try ledger.append(event("life", incarnation: Incarnation.named("life-2")))
            try ledger.markReceipted(rows: try rows(ledger, ["e1"]), at: at(1), epoch: "h1")
            try ledger.park(row: try rows(ledger, ["e2"])[0], reason: "unknown order")
            try ledger.append(event("e5", sequence: 5))
            #expect(
                try states(ledger, ["e1", "e2", "e3", "e4", "e5", "other", "life"]) == [
                    .receipted, .parked, .parked, .parked, .parked, .pending, .pending,
                ])
            #expect(try ledger.outboxEntry(id: "e2")?.reason == "unknown order")
            #expect(try ledger.outboxEntry(id: "e5")?.reason != nil)
            #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.id) == ["other", "life"])
            try ledger.park(row: 999, reason: "nothing")
        },
        .rule("a new epoch of headquarters gets again what only the former ones received") { ledger in
            for number in 1...4 { try ledger.append(event("e\(number)", sequence: Int64(number))) }
            try ledger.markReceipted(rows: try rows(ledger, ["e1"]), at: at(1), epoch: "h1")
            try ledger.markReceipted(rows: try rows(ledger, ["e2"]), at: at(2), epoch: "h2")
            try ledger.markReceipted(rows: try rows(ledger, ["e3"]), at: at(3), epoch: "h3")
            #expect(try ledger.resendAll(exceptEpoch: "h2") == 2)
            #expect(try states(ledger, ["e1", "e2", "e3", "e4"]) == [.pending, .receipted, .pending, .pending])
            #expect(try ledger.resendAll(exceptEpoch: "h2") == 0)
        },
        .rule("received events are forgotten when old, at most so many; their rows are not used again") { ledger in
            for number in 1...5 { try ledger.append(event("e\(number)", sequence: Int64(number))) }
            let all = try rows(ledger, ["e1", "e2", "e3", "e4", "e5"])
            try ledger.markReceipted(rows: [all[0], all[4]], at: at(1), epoch: "h1")
            try ledger.markReceipted(rows: [all[1]], at: at(2), epoch: "h2")
            try ledger.markReceipted(rows: [all[2]], at: at(3), epoch: "h1")
            #expect(try ledger.forgetReceipted(before: at(3), limit: 1) == 1)
            #expect(try ledger.forgetReceipted(before: at(3), limit: 9) == 2)
            #expect(try ledger.forgetReceipted(before: at(3), limit: 9) == 0)
            #expect(try states(ledger, ["e1", "e2", "e3", "e4", "e5"]) == [nil, nil, .receipted, .pending, nil])
            try ledger.append(event("e6", sequence: 6))
            #expect(try rows(ledger, ["e6"])[0] > all[4])
        },
        .rule("pending moments are given up oldest first, nothing else is") { ledger in
            for number in 1...4 {
                try ledger.append(event("m\(number)", .moments, subject: "moment/\(number)"))
                try ledger.append(event("o\(number)", .orders, subject: "order/\(number)"))
            }
            try ledger.markReceipted(rows: try rows(ledger, ["m1"]), at: at(1), epoch: "h1")
            #expect(try ledger.shedMoments(limit: 2) == 2)
            #expect(try states(ledger, ["m1", "m2", "m3", "m4"]) == [.receipted, nil, nil, .pending])
            #expect(try ledger.shedMoments(limit: 9) == 1)
            #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).count == 4)
        },
        .rule("every lane is counted, with the time of its oldest") { ledger in
            let none = Lane.allCases.map { LaneCount(lane: $0, pending: 0, parked: 0, oldest: nil) }
            #expect(try ledger.laneCounts() == none)
            try ledger.append(event("e1", time: at(1)))
            try ledger.append(event("e2", sequence: 2, time: at(2)))
            try ledger.append(event("e3", sequence: 3, time: at(3)))
            try ledger.append(event("s1", .stock, subject: "sku/A", time: at(4)))
            try ledger.append(event("m1", .moments, subject: "moment/1", time: at(5)))
            try ledger.markReceipted(rows: try rows(ledger, ["e1"]), at: at(9), epoch: "h1")
            try ledger.park(row: try rows(ledger, ["m1"])[0], reason: "no")
            var counts = none
            counts[0] = LaneCount(lane: .orders, pending: 2, parked: 0, oldest: at(2))
            counts[1] = LaneCount(lane: .stock, pending: 1, parked: 0, oldest: at(4))
            counts[4] = LaneCount(lane: .moments, pending: 0, parked: 1, oldest: nil)
            #expect(try ledger.laneCounts() == counts)
        },
        .rule("events are listed by lane, state, row and subject") { ledger in
            let lanes: [Lane] = [.orders, .stock, .orders, .moments, .stock, .orders]
            for (number, lane) in lanes.enumerated() {
                try ledger.append(
                    event("e\(number)", lane, subject: "\(lane)", sequence: Int64(number)))
            }
            try ledger.markReceipted(rows: try rows(ledger, ["e1", "e2"]), at: at(1), epoch: "h1")
            try ledger.park(row: try rows(ledger, ["e3"])[0], reason: "no")
            let all = try rows(ledger, (0...5).map { "e\($0)" })
            func ids(_ lane: Lane?, _ state: OutboxState?, after: Int64 = 0, limit: Int = 99) throws -> [String] {
                try ledger.outboxEntries(lane: lane, state: state, afterRow: after, limit: limit).map(\.event.id)
            }
            #expect(try ids(nil, nil) == ["e0", "e1", "e2", "e3", "e4", "e5"])
            #expect(try ids(nil, nil, after: all[1], limit: 2) == ["e2", "e3"])
            #expect(try ids(.orders, nil) == ["e0", "e2", "e5"])
            #expect(try ids(.orders, .pending) == ["e0", "e5"])
            #expect(try ids(nil, .pending) == ["e0", "e4", "e5"])
            #expect(try ids(nil, .pending, after: all[0], limit: 1) == ["e4"])
            #expect(try ids(nil, .parked) == ["e3"])
            #expect(try ids(nil, .receipted) == ["e1", "e2"])
            #expect(try ids(.status, nil) == [])
            #expect(try ledger.outboxEntries(subject: "orders", limit: 2).map(\.event.id) == ["e0", "e2"])
            #expect(try ledger.outboxEntries(subject: "none", limit: 2) == [])
        },
        .rule("what is let go takes what follows it along, up to the next that is parked for a reason of its own") {
            ledger in
            for number in 1...5 { try ledger.append(event("e\(number)", sequence: Int64(number))) }
            try ledger.append(event("other", subject: "order/2"))
            let all = try rows(ledger, (1...5).map { "e\($0)" })
            #expect(try ledger.park(row: all[3], reason: "technician: wait") == 2)
            #expect(try ledger.park(row: all[1], reason: "refused") == 2)
            #expect(try ledger.firstParked(of: "order/1", incarnation)?.event.id == "e2")
            #expect(try ledger.firstParked(of: "order/2", incarnation) == nil)
            #expect(try ledger.firstParked(of: "order/1", Incarnation.named("life-2")) == nil)
            try ledger.append(event("e6", sequence: 6))
            #expect(try ledger.unpark(row: all[0]) == 0)
            #expect(try ledger.unpark(row: all[1]) == 2)
            #expect(
                try states(ledger, (1...6).map { "e\($0)" })
                    == [.pending, .pending, .pending, .parked, .parked, .parked])
            #expect(try ledger.outboxEntry(id: "e2")?.reason == nil)
            #expect(try ledger.outboxEntry(id: "e6")?.follows == "e4")
            #expect(try ledger.outboxEntry(id: "e4")?.follows == nil)
            #expect(try ledger.firstParked(of: "order/1", incarnation)?.event.id == "e4")
            #expect(try ledger.unpark(row: all[3]) == 3)
            #expect(try ledger.unpark(row: 9_999) == 0)
        },
        .rule("everything that is parked can be let go at once, what is received stays so") { ledger in
            for number in 1...3 { try ledger.append(event("e\(number)", sequence: Int64(number))) }
            try ledger.append(event("f1", .stock, subject: "sku/A"))
            let all = try rows(ledger, ["e1", "e2", "f1"])
            try ledger.markReceipted(rows: [all[0]], at: at(1), epoch: "h1")
            try ledger.park(row: all[1], reason: "refused")
            try ledger.park(row: all[2], reason: "refused")
            #expect(try ledger.unparkAll() == 3)
            #expect(try states(ledger, ["e1", "e2", "e3", "f1"]) == [.receipted, .pending, .pending, .pending])
            #expect(try ledger.unparkAll() == 0)
        },
    ]
}
