// The till, the stockroom and the clerks in the notebook.

import Contract

extension PlainShop {
    func record(_ message: JSON) -> PlainExpectation {
        var rows: [[JSON]] = []
        let shortBefore = books.lines.mapValues(\.short)
        for line in message["lines"]?.elements ?? [] {
            let before = books
            var outcome = "parked"
            do throws(PlainRefusal) {
                outcome = try judge(line) ? "recorded" : "known"
            } catch {
                books = before
            }
            rows.append([line["till"] ?? .null, line["ticket"] ?? .null, line["line"] ?? .null, .string(outcome)])
        }
        var expectation = PlainExpectation()
        expectation.rows = [("lines", ["till", "ticket", "line", "outcome"], rows)]
        for (sku, line) in books.lines where line.short > shortBefore[sku] ?? 0 {
            expectedShortfalls.append(PlainUnits(sku: sku, count: line.short))
        }
        return expectation
    }

    private func key(_ line: JSON?) -> String {
        "\(line?["till"]?.text ?? "")/\(line?["ticket"]?.text ?? "")/\(line?["line"]?.integer ?? 0)"
    }

    /// Whether the line was new.
    private func judge(_ line: JSON) throws(PlainRefusal) -> Bool {
        let kind = line["kind"]?.text ?? ""
        let out = kind == "void" ? nil : try unit(line)
        let returned = line["returned"] == nil ? nil : try unit(line["returned"])
        var sale = PlainSale(
            kind: kind, sku: out?.sku, units: out?.count ?? 0, returned: returned,
            original: line["original"] == nil ? nil : key(line["original"]), order: line["order"]?.text)
        if let known = books.sales[key(line)] {
            guard known.saysTheSame(as: sale) else { throw PlainRefusal("sale.keyReused") }
            return false
        }
        switch kind {
        case "sale": sell(sale, naming: line["reservation"]?.text)
        case "return": if let out { bringBack(out) }
        case "exchange":
            sell(sale, naming: line["reservation"]?.text)
            if let returned { bringBack(returned) }
        default: try void(sale.original ?? "")
        }
        sale.voided = false
        books.sales[key(line)] = sale
        return true
    }

    private func sell(_ sale: PlainSale, naming named: String?) {
        guard sale.order == nil, let sku = sale.sku else { return }
        var waiting: [(code: String, since: Int64)] = []
        for (code, reservation) in books.reservations where reservation.locked(sku) > 0 {
            if code == named {
                waiting.append((code, Int64.min))
            } else if case .awaiting(let since) = reservation.phase {
                waiting.append((code, since))
            }
        }
        waiting.sort { ($0.since, $0.code) < ($1.since, $1.code) }
        var left = sale.units
        for (code, _) in waiting where left > 0 {
            guard var reservation = books.reservations[code] else { continue }
            let taken = min(left, reservation.locked(sku))
            left -= taken
            reservation.change(sku) {
                $0.locked -= taken
                $0.sold += taken
            }
            if reservation.lines.allSatisfy({ $0.locked == 0 }) { reservation.phase = .sold }
            keep(reservation, code)
            books.change(sku) { $0.holds -= taken }
        }
        books.change(sku) { $0.moveWithRights(-sale.units) }
    }

    private func bringBack(_ units: PlainUnits) {
        books.change(units.sku) {
            $0.onHand += units.count
            $0.inspection += units.count
        }
    }

    private func void(_ original: String) throws(PlainRefusal) {
        guard var sale = books.sales[original], sale.kind != "void" else {
            throw PlainRefusal("sale.originalUnknown")
        }
        if sale.voided { throw PlainRefusal("sale.originalVoided") }
        if sale.kind != "return", sale.order == nil, let sku = sale.sku {
            books.change(sku) { $0.moveWithRights(sale.units) }
        }
        let back = sale.kind == "return" ? sale.sku.map { PlainUnits(sku: $0, count: sale.units) } : sale.returned
        if let back {
            books.change(back.sku) {
                $0.onHand -= back.count
                $0.inspection -= back.count
            }
        }
        sale.voided = true
        books.sales[original] = sale
    }

    func receive(_ message: JSON) throws(PlainRefusal) -> PlainExpectation {
        var rows: [[JSON]] = []
        for unit in try units(message["lines"]) {
            let key = "\(message["delivery"]?.text ?? "") \(unit.sku)"
            guard books.deliveries.insert(key).inserted else { throw PlainRefusal("delivery.known") }
            books.change(unit.sku) { $0.moveWithRights(unit.count) }
            rows.append([.string(unit.sku), .count(books.lines[unit.sku]?.onHand ?? 0)])
        }
        var expectation = PlainExpectation()
        expectation.rows = [("lines", ["sku", "onHand"], rows)]
        return expectation
    }

    func count(_ message: JSON, by session: PlainSession?) throws(PlainRefusal) -> PlainExpectation {
        let sku = try unit(message).sku
        let counted = message["counted"]?.integer ?? 0
        var then = books.moved(sku)
        if let position = message["asOf"]?.integer {
            guard let known = books.movedAt[position] else { throw PlainRefusal("count.positionUnknown") }
            then = known[sku] ?? 0
        }
        let count = PlainCount(counted: counted, movedThen: then)
        if session?.isManager == true { return correct(sku, count) }
        books.counts[sku] = count
        return counting(sku, "counted", difference: difference(sku, count))
    }

    /// What the books are wrong by, when what moved since the count is taken into account.
    private func difference(_ sku: String, _ count: PlainCount) -> Int {
        count.counted + books.moved(sku) - count.movedThen - (books.lines[sku]?.onHand ?? 0)
    }

    func approve(_ message: JSON, by session: PlainSession?) throws(PlainRefusal) -> PlainExpectation {
        guard let session else { throw PlainRefusal("clerk.sessionRequired") }
        guard session.isManager else { throw PlainRefusal("clerk.roleRequired") }
        let sku = try unit(message).sku
        guard let count = books.counts[sku] else { throw PlainRefusal("count.notPending") }
        return correct(sku, count)
    }

    private func correct(_ sku: String, _ count: PlainCount) -> PlainExpectation {
        let difference = difference(sku, count)
        books.corrected[sku, default: 0] += difference
        books.change(sku) {
            let rights = difference + $0.missing
            $0.onHand += difference
            $0.missing = 0
            if rights >= 0 { $0.created += rights } else { $0.spent -= rights }
        }
        books.counts[sku] = nil
        return counting(sku, "approved", difference: difference)
    }

    private func counting(_ sku: String, _ state: String, difference: Int) -> PlainExpectation {
        var expectation = PlainExpectation()
        expectation.fields = [
            ("sku", .string(sku)), ("state", .string(state)), ("onHand", .count(books.lines[sku]?.onHand ?? 0)),
            ("difference", .count(difference)),
        ]
        return expectation
    }

    func signIn(_ message: JSON, seat: String) throws(PlainRefusal) -> PlainExpectation {
        let badge = message["badge"]?.text ?? ""
        if let until = books.lockedBadges[badge], now < until { throw PlainRefusal("clerk.locked") }
        let known = surroundings.clerks.filter { surroundings.knowsClerk($0.id) }
        if known.isEmpty { throw PlainRefusal("clerk.notFed") }
        guard let clerk = known.first(where: { $0.badge == badge && $0.pin == message["pin"]?.text })
        else {
            wrongPIN = badge
            throw PlainRefusal("clerk.signInWrong")
        }
        books.wrongPINs[badge] = 0
        books.lockedBadges[badge] = nil
        books.sessions[seat] = PlainSession(clerk: clerk.id, isManager: clerk.isManager, until: now + 12 * 3_600_000)
        var expectation = PlainExpectation()
        expectation.fields = [("clerk", .string(clerk.id))]
        return expectation
    }

    /// A wrong PIN counts although the sign-in was refused.
    func countWrongPIN(_ badge: String) {
        books.wrongPINs[badge, default: 0] += 1
        if books.wrongPINs[badge] == 5 {
            books.wrongPINs[badge] = 0
            books.lockedBadges[badge] = now + 300_000
        }
    }
}
