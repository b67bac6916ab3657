// Reserve & collect in the notebook.

import Contract
import ShopModel

extension PlainShop {
    private static let day: Int64 = 86_400_000

    func place(_ message: JSON, _ reply: JSON?) throws(PlainRefusal) -> PlainExpectation {
        let asked = try units(message["lines"])
        let customer = message["customer"]?.text
        if let customer {
            let open = books.reservations.values.filter {
                if case .held = $0.phase { $0.customer == customer } else { false }
            }
            if open.count >= 5 { throw PlainRefusal("reservation.limit") }
        }
        let until = try end(of: message["term"])
        var lines: [PlainReservation.Line] = []
        var isShort = false
        for unit in asked {
            let free = (books.lines[unit.sku] ?? PlainLine()).free(safety: surroundings.safety(unit.sku))
            let wanted = message["partial"]?.truth == true ? min(unit.count, free) : unit.count
            if wanted == 0 { isShort = true }
            guard wanted <= free else { throw PlainRefusal("stock.short") }
            if wanted > 0 { books.change(unit.sku) { $0.holds += wanted } }
            lines.append(.init(sku: unit.sku, asked: unit.count, locked: wanted))
        }
        if isShort, lines.allSatisfy({ $0.locked == 0 }) { throw PlainRefusal("stock.short") }
        let reservation = PlainReservation(lines: lines, phase: .held(until: until), customer: customer)
        if let reply {
            // The shop chooses the code; a code that was given before would be two customers' at once.
            let code = reply["result"]?["reservation"]?.text ?? ""
            if code.isEmpty || books.reservations[code] != nil { throw PlainRefusal("no fresh code") }
            books.reservations[code] = reservation
            books.touchedReservations.insert(code)
        }
        return expectation(reservation)
    }

    func extend(_ message: JSON) throws(PlainRefusal) -> PlainExpectation {
        let code = message["reservation"]?.text ?? ""
        var reservation = try known(code)
        let asked = try moment(of: message["term"])
        guard case .held(let end) = reservation.phase else { throw over(reservation) }
        guard asked > end else { throw PlainRefusal("term.notLater") }
        try check(term: asked)
        reservation.phase = .held(until: asked)
        keep(reservation, code)
        return expectation(reservation)
    }

    func cancel(_ message: JSON) throws(PlainRefusal) -> PlainExpectation {
        let code = message["reservation"]?.text ?? ""
        var reservation = try known(code)
        let named = message["lines"] == nil ? nil : try units(message["lines"])
        guard reservation.isOpen else { throw over(reservation) }
        for unit in named ?? all(of: reservation) {
            guard unit.count <= reservation.locked(unit.sku) else { throw PlainRefusal("reservation.units") }
            reservation.change(unit.sku) { $0.locked -= unit.count }
            books.change(unit.sku) { $0.holds -= unit.count }
        }
        if reservation.lines.allSatisfy({ $0.locked == 0 }) {
            reservation.phase = reservation.lines.contains { $0.sold > 0 } ? .sold : .released
        }
        keep(reservation, code)
        return expectation(reservation)
    }

    func collect(_ message: JSON) throws(PlainRefusal) -> PlainExpectation {
        let code = message["reservation"]?.text ?? ""
        var reservation = try known(code)
        let named = message["lines"] == nil ? nil : try units(message["lines"])
        guard case .held = reservation.phase else { throw over(reservation) }
        let taken = named ?? all(of: reservation)
        for unit in taken where unit.count > reservation.locked(unit.sku) { throw PlainRefusal("reservation.units") }
        for index in reservation.lines.indices {
            let line = reservation.lines[index]
            let kept = taken.reduce(0) { $0 + ($1.sku == line.sku ? $1.count : 0) }
            if line.locked > kept { books.change(line.sku) { $0.holds -= line.locked - kept } }
            reservation.lines[index].locked = kept
        }
        reservation.phase = .awaiting(since: now)
        keep(reservation, code)
        return expectation(reservation)
    }

    /// Ends every hold whose time has come.
    func endHolds() {
        let due = books.reservations.filter {
            if case .held(let until) = $0.value.phase { until <= now } else { false }
        }
        for (code, held) in due.sorted(by: { $0.key < $1.key }) {
            var reservation = held
            for index in reservation.lines.indices {
                let line = reservation.lines[index]
                if line.locked > 0 {
                    books.change(line.sku) { $0.holds -= line.locked }
                    noteEndedHold(line.sku)
                }
                reservation.lines[index].locked = 0
            }
            reservation.phase = .expired
            keep(reservation, code)
        }
    }

    func keep(_ reservation: PlainReservation, _ code: String) {
        books.reservations[code] = reservation
        books.touchedReservations.insert(code)
    }

    private func known(_ code: String) throws(PlainRefusal) -> PlainReservation {
        guard let reservation = books.reservations[code] else { throw PlainRefusal("reservation.unknown") }
        return reservation
    }

    private func all(of reservation: PlainReservation) -> [PlainUnits] {
        reservation.lines.filter { $0.locked > 0 }.map { PlainUnits(sku: $0.sku, count: $0.locked) }
    }

    private func over(_ reservation: PlainReservation) -> PlainRefusal {
        switch reservation.phase {
        case .held: PlainRefusal("term.notLater")
        case .awaiting: PlainRefusal("reservation.collected")
        case .sold: PlainRefusal("reservation.sold")
        case .expired: PlainRefusal("reservation.expired")
        case .released: PlainRefusal("reservation.released")
        }
    }

    private func moment(of term: JSON?) throws(PlainRefusal) -> Int64 {
        if let minutes = term?["minutes"]?.integer { return now + Int64(minutes) * 60_000 }
        if let until = term?["until"]?.text.flatMap(Instant.init(rfc3339:)) { return until.milliseconds }
        return now + Self.day
    }

    private func end(of term: JSON?) throws(PlainRefusal) -> Int64 {
        let end = try moment(of: term)
        try check(term: end)
        return end
    }

    private func check(term end: Int64) throws(PlainRefusal) {
        guard end > now else { throw PlainRefusal("term.past") }
        guard end <= now + 3 * Self.day else { throw PlainRefusal("term.tooLong") }
    }

    private func expectation(_ reservation: PlainReservation) -> PlainExpectation {
        var expectation = PlainExpectation()
        expectation.fields = [("state", .string(reservation.word))]
        if case .held(let until) = reservation.phase {
            expectation.fields.append(("until", .string(Instant(milliseconds: until).description)))
        }
        expectation.rows = [
            (
                "lines", ["sku", "quantity", "asked"],
                reservation.lines.map { [.string($0.sku), .count($0.locked), .count($0.asked)] }
            )
        ]
        return expectation
    }
}
