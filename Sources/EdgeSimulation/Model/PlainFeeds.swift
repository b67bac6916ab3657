// What headquarters says, in the notebook: each entry once and in order.

import Contract
import ShopModel

extension PlainShop {
    /// Takes a message of a feed in, if it is one that counts.
    func take(_ message: FeedMessage) {
        guard case .entries(let first, let entries) = message.body, !message.feed.isState else { return }
        let name = message.feed.rawValue
        let known = books.cursors[name] ?? 0
        guard first <= known + 1 else { return }
        for (offset, entry) in entries.enumerated() where first + Int64(offset) > known {
            switch entry {
            case .stock(let entry): take(entry)
            case .order(.placed(let order)): take(order)
            case .order(.cancelRequested(let order, _)): askToCancel(order.value)
            case .state, .erasure, .unknown, .unreadable: break
            }
            books.cursors[name] = first + Int64(offset)
        }
    }

    private func take(_ entry: StockFeedEntry) {
        let sku = entry.sku.value
        var line = books.lines[sku] ?? PlainLine()
        switch entry {
        case .delta(_, let quantity, _, let rights):
            line.onHand += quantity
            hear(rights, &line)
        case .rights(_, let rights): hear(rights, &line)
        case .absolute(_, let onHand, let asOf):
            let then = asOf.map { onHandAfterEvent(Int($0.sequence), of: sku) } ?? line.onHand
            line.moveWithRights(onHand - then)
            books.corrected[sku, default: 0] += onHand - then
        case .rightsWanted(_, let level):
            let units = min(level - line.headquarters, line.free(safety: surroundings.safety(sku)))
            if units > 0 { line.given += units }
        }
        if line != books.lines[sku] ?? PlainLine() || isDelta(entry) || isAbsolute(entry) { books.lines[sku] = line }
    }

    private func isDelta(_ entry: StockFeedEntry) -> Bool { if case .delta = entry { true } else { false } }
    private func isAbsolute(_ entry: StockFeedEntry) -> Bool { if case .absolute = entry { true } else { false } }

    private func hear(_ row: RightsRowMessage, _ line: inout PlainLine) {
        line.headquartersCreated = max(line.headquartersCreated, row.created)
        line.headquartersSpent = max(line.headquartersSpent, row.spent)
        for gift in row.given where gift.to == surroundings.home() {
            line.headquartersGiven = max(line.headquartersGiven, gift.units)
        }
    }

    private func take(_ order: PlacedOrder) {
        guard books.pickups[order.order.value] == nil else { return }
        var lines: [PlainPickup.Line] = []
        for line in order.lines {
            let sku = line.sku.value
            if let index = lines.firstIndex(where: { $0.sku == sku }) {
                lines[index] = .init(sku: sku, quantity: lines[index].quantity + line.quantity.units)
            } else {
                lines.append(.init(sku: sku, quantity: line.quantity.units))
            }
        }
        var fromStock = true
        if case .fromParcel = order.source { fromStock = false }
        let pickup = PlainPickup(
            code: order.code, fromStock: fromStock, knowsName: order.customer != nil,
            knowsPhone: order.customer?.phoneLast4 != nil, collectBy: order.collectBy?.milliseconds, lines: lines)
        keep(pickup, order.order.value)
        for ordered in order.lines where fromStock {
            books.change(ordered.sku.value) {
                $0.owed += ordered.quantity.units
                if let rights = ordered.rights { hear(rights, &$0) }
            }
        }
    }

    private func askToCancel(_ order: String) {
        guard var pickup = books.pickups[order] else { return }
        if pickup.state == "received" {
            pickup.revision += 1
            cancel(&pickup)
        } else if pickup.isOver {
            // Headquarters' wish is noted and answered at once, and an earlier one with it.
            pickup.cancelAsked = false
            pickup.revision += 2
        } else if !pickup.cancelAsked {
            pickup.cancelAsked = true
            pickup.revision += 1
        }
        keep(pickup, order)
    }
}
