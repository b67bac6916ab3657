// Click & collect in the notebook: every step of a paid order.

import Contract

extension PlainShop {
    func step(_ verb: String, _ message: JSON, by session: PlainSession?) throws(PlainRefusal) -> PlainExpectation {
        let order = message["order"]?.text ?? ""
        guard var pickup = books.pickups[order] else { throw PlainRefusal("pickup.unknown") }
        if let seen = message["ifRevision"]?.integer, seen != pickup.revision { throw PlainRefusal("pickup.revision") }
        let needsClerk = ["claim", "reject", "handOver", "refuse", "correct", "confirmCancel", "refuseCancel"]
        if needsClerk.contains(verb), session == nil { throw PlainRefusal("clerk.sessionRequired") }
        switch verb {
        case "claim": try claim(&pickup, session?.clerk ?? "", takeover: message["takeover"]?.truth == true)
        case "accept":
            try pickup.require(["received"])
            pickup.become("accepted")
        case "reject":
            try pickup.require(["received", "accepted", "picking", "picked"])
            unserved(pickup.outstanding, pickup, message["reason"]?.text)
            pickup.become("rejected")
        case "pick": try pick(&pickup, try unit(message))
        case "unpick":
            let unit = try unit(message)
            try pickup.require(["picking", "picked", "staged"])
            try pickup.require(unit, atMost: \.picked)
            pickup.change(unit.sku) { $0.picked -= unit.count }
            pickup.place = nil
            pickup.become("picking")
        case "short":
            let unit = try unit(message)
            try pickup.require(["accepted", "picking"])
            try pickup.require(unit, atMost: \.toPick)
            unserved([unit], pickup, message["reason"]?.text)
            pickup.change(unit.sku) { $0.short += unit.count }
            pickup.become(!pickup.isPicked ? "picking" : pickup.outstanding.isEmpty ? "closed" : "picked")
        case "stage":
            try pickup.require(["picked", "staged"])
            pickup.place = message["place"]?.text
            pickup.become("staged")
        case "ready":
            try pickup.require(["staged"])
            pickup.become("ready", since: now)
        case "arrive":
            if pickup.isOver { throw PlainRefusal("pickup.state") }
            if pickup.arrived != message["where"]?.text { pickup.become(pickup.state, since: pickup.since) }
            pickup.arrived = message["where"]?.text
        case "handOver": try handOver(&pickup, message)
        case "refuse":
            let refused = try units(message["lines"])
            try pickup.require(["ready", "overdue"])
            for unit in refused {
                try pickup.require(unit, atMost: \.outstanding)
                move(unit, pickup) { $0.giveBack(unit.count) }
                pickup.change(unit.sku) {
                    $0.refused += unit.count
                    $0.picked -= unit.count
                }
            }
            let over = pickup.outstanding.isEmpty
            let handed = pickup.lines.contains { $0.handedOver > 0 }
            pickup.become(over ? (handed ? "handedOver" : "closed") : pickup.state, since: over ? now : pickup.since)
        case "putBack":
            guard pickup.word(at: now) == "overdue" else { throw PlainRefusal("pickup.state") }
            for unit in pickup.outstanding { move(unit, pickup) { $0.giveBack(unit.count) } }
            pickup.become("putBack")
        case "correct": try correct(&pickup)
        case "confirmCancel":
            try pickup.requireCancelRequest()
            cancel(&pickup)
        default:
            try pickup.requireCancelRequest()
            pickup.cancelAsked = false
            pickup.become(pickup.state, since: pickup.since)
        }
        // A wish to cancel that no clerk can answer any more answers itself.
        if pickup.isOver, pickup.cancelAsked {
            pickup.cancelAsked = false
            pickup.revision += 1
        }
        keep(pickup, order)
        return expectation(order, pickup)
    }

    private func claim(_ pickup: inout PlainPickup, _ clerk: String, takeover: Bool) throws(PlainRefusal) {
        if pickup.isOver { throw PlainRefusal("pickup.state") }
        if pickup.claimedBy == clerk { return }
        if pickup.claimedBy != nil, !takeover { throw PlainRefusal("pickup.claimed") }
        pickup.claimedBy = clerk
        pickup.become(pickup.state, since: pickup.since)
    }

    private func pick(_ pickup: inout PlainPickup, _ unit: PlainUnits) throws(PlainRefusal) {
        try pickup.require(["accepted", "picking"])
        guard pickup.lines.contains(where: { $0.sku == unit.sku && $0.toPick > 0 }) else {
            throw PlainRefusal("pickup.wrongItem")
        }
        try pickup.require(unit, atMost: \.toPick)
        pickup.change(unit.sku) { $0.picked += unit.count }
        pickup.become(pickup.isPicked ? "picked" : "picking")
    }

    private func handOver(_ pickup: inout PlainPickup, _ message: JSON) throws(PlainRefusal) {
        let named = message["lines"] == nil ? nil : try units(message["lines"])
        if let code = message["proof"]?["code"]?.text {
            guard code == pickup.code else { throw PlainRefusal("pickup.codeWrong") }
        } else {
            let facts = (message["proof"]?["facts"]?.elements ?? []).compactMap(\.text)
            let matching = facts.filter {
                $0 == "orderLast4" || ($0 == "name" && pickup.knowsName) || ($0 == "phoneLast4" && pickup.knowsPhone)
            }
            guard matching.count >= 2 else { throw PlainRefusal("pickup.factsNotMatching") }
        }
        if pickup.state == "handedOver" { throw PlainRefusal("pickup.handedOver") }
        try pickup.require(["ready", "overdue"])
        for unit in named ?? pickup.outstanding {
            try pickup.require(unit, atMost: \.outstanding)
            move(unit, pickup) {
                $0.onHand -= unit.count
                $0.owed -= unit.count
            }
            pickup.change(unit.sku) {
                $0.handedOver += unit.count
                $0.picked -= unit.count
            }
        }
        let over = pickup.outstanding.isEmpty
        pickup.become(over ? "handedOver" : pickup.state, since: over ? now : pickup.since)
    }

    private func correct(_ pickup: inout PlainPickup) throws(PlainRefusal) {
        try pickup.require(["handedOver"])
        guard pickup.since / 86_400_000 == now / 86_400_000 else { throw PlainRefusal("pickup.correctionLate") }
        for line in pickup.lines where line.handedOver > 0 {
            move(PlainUnits(sku: line.sku, count: line.handedOver), pickup) {
                $0.onHand += line.handedOver
                $0.owed += line.handedOver
            }
            pickup.change(line.sku) {
                $0.picked += $0.handedOver
                $0.handedOver = 0
            }
        }
        pickup.become("ready", since: now)
    }

    func cancel(_ pickup: inout PlainPickup) {
        for unit in pickup.outstanding { move(unit, pickup) { $0.giveBack(unit.count) } }
        pickup.cancelAsked = false
        pickup.become("cancelled")
    }

    func keep(_ pickup: PlainPickup, _ order: String) {
        books.pickups[order] = pickup
        books.touchedPickups.insert(order)
    }

    /// What was ready too long is overdue.
    func endPickups() {
        for (order, known) in books.pickups where known.state == "ready" {
            guard let collectBy = known.collectBy, collectBy <= now else { continue }
            var pickup = known
            pickup.become("overdue", since: collectBy)
            keep(pickup, order)
        }
    }

    private func unserved(_ units: [PlainUnits], _ pickup: PlainPickup, _ reason: String?) {
        for unit in units {
            move(unit, pickup) {
                switch reason {
                case "notInStock":
                    $0.owed -= unit.count
                    $0.missing += unit.count
                case "damaged", "wornDisplay", "notSellable":
                    $0.owed -= unit.count
                    $0.damaged += unit.count
                default: $0.giveBack(unit.count)
                }
            }
        }
    }

    /// Goods that came by parcel were never in the shop's stock.
    private func move(_ unit: PlainUnits, _ pickup: PlainPickup, _ change: (inout PlainLine) -> Void) {
        if pickup.fromStock { books.change(unit.sku, change) }
    }

    private func expectation(_ order: String, _ pickup: PlainPickup) -> PlainExpectation {
        var expectation = PlainExpectation()
        expectation.fields = [
            ("order", .string(order)), ("state", .string(pickup.word(at: now))), ("revision", .count(pickup.revision)),
        ]
        expectation.rows = [
            (
                "lines", ["sku", "quantity", "picked", "short", "handedOver", "refused"],
                pickup.lines.map {
                    [.string($0.sku)]
                        + [$0.quantity, $0.picked, $0.short, $0.handedOver, $0.refused].map { .count($0) }
                }
            )
        ]
        return expectation
    }
}

extension PlainPickup {
    mutating func become(_ state: String, since: Int64 = 0) {
        self.state = state
        self.since = since
        revision += 1
    }

    func require(_ states: [String]) throws(PlainRefusal) {
        guard states.contains(state) else { throw PlainRefusal("pickup.state") }
    }

    func require(_ unit: PlainUnits, atMost: KeyPath<Line, Int>) throws(PlainRefusal) {
        let open = lines.first { $0.sku == unit.sku }?[keyPath: atMost] ?? 0
        guard unit.count <= open else { throw PlainRefusal("pickup.units") }
    }

    func requireCancelRequest() throws(PlainRefusal) {
        if isOver { throw PlainRefusal("pickup.state") }
        if !cancelAsked { throw PlainRefusal("pickup.noCancelRequest") }
    }
}
