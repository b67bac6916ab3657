// When everything works again, both sides must say the same, and every promise must have been kept once.

import Contract
import EdgeAgent
import Headquarters
import ShopCore
import ShopModel

/// Compares the shop, headquarters and the notebook at the end.
struct FinalReckoning {
    private let box: ShopBox
    private let office: HeadOffice
    private let checks: ShopChecks
    private let floor: ShopFloor

    init(_ box: ShopBox, _ office: HeadOffice, _ checks: ShopChecks, _ floor: ShopFloor) {
        self.box = box
        self.office = office
        self.checks = checks
        self.floor = floor
    }

    /// In what the two sides do not agree yet; `nil` once they do.
    func disagreement() -> String? {
        guard box.process != nil else { return "the box is down" }
        do {
            for lane in try box.disk.laneCounts() where lane.pending > 0 || lane.parked > 0 {
                return "lane \(lane.lane.name) has \(lane.pending) pending and \(lane.parked) parked events"
            }
            guard let shop = ShopID(ShopBox.shop) else { return nil }
            for head in try office.memory.heads(of: .shop(shop)) {
                let feed = head.stream.feed.rawValue
                let isInCatalogue = HeadquartersSession.catalogueFeeds.contains(head.stream.feed)
                let cursor =
                    try isInCatalogue
                    ? box.catalogue.cursor(scope: "shop", feed: feed) : box.disk.cursor(scope: "shop", feed: feed)
                guard cursor?.sequence == head.last else {
                    return
                        "feed \(feed) stands at \(cursor?.sequence ?? 0) in the shop, at \(head.last) at headquarters"
                }
            }
            return nil
        } catch { return "something cannot be read: \(error)" }
    }

    /// What is wrong now that both sides have heard everything.
    func complaint(placed: [String]) -> String? {
        do {
            guard let shop = ShopID(ShopBox.shop) else { return nil }
            if try box.disk.parkedEntryCount() > 0 { return "entries were set aside: \(box.disk.parkedEntries)" }
            if let complaint = try events(shop) { return complaint }
            if let complaint = try stocks(shop) { return complaint }
            if let complaint = try documents(shop, placed) { return complaint }
            if let complaint = try sales(shop) { return complaint }
            return try acknowledged()
        } catch { return "something cannot be read: \(error)" }
    }

    /// Headquarters has each event of the outbox once, those of a subject numbered from 1 without a gap.
    private func events(_ shop: ShopID) throws -> String? {
        var seen: Set<String> = []
        // Moments may be given up for want of space, after they were heard even.
        var moments = 0
        var numbers: [String: Int64] = [:]
        for received in try office.memory.events(after: 0, of: shop, limit: Int.max) {
            guard seen.insert(received.event.id).inserted else {
                return "headquarters has event \(received.event.id) twice"
            }
            if received.lane == .moments { moments += 1 }
            if let refusal = received.refusal { return "headquarters refused \(received.event.id): \(refusal)" }
            let expected = (numbers[received.event.subject] ?? 0) + 1
            guard received.event.subjectSequence == expected else {
                return
                    "\(received.event.subject): event \(received.event.subjectSequence) came where \(expected) was next"
            }
            numbers[received.event.subject] = expected
        }
        let sent = try box.disk.outboxEntries(lane: nil, state: nil, afterRow: 0, limit: Int.max)
        for entry in sent where !seen.contains(entry.event.id) {
            return "event \(entry.event.id) never reached headquarters, and the shop believes it did"
        }
        let sentMoments = sent.filter { $0.event.lane == .moments }.count
        return sent.count - sentMoments == seen.count - moments
            ? nil : "headquarters has \(seen.count) events, the shop sent \(sent.count)"
    }

    private func stocks(_ shop: ShopID) throws -> String? {
        for (sku, plain) in checks.shop.books.lines.sorted(by: { $0.key < $1.key }) {
            guard let sku = SKU(sku), let line = try box.disk.stockLine(sku) else { return "\(sku) is gone" }
            guard let stock = try office.memory.stock(sku, in: shop) else {
                return "headquarters has no stock of \(sku)"
            }
            let told = [stock.onHand, stock.unsellable, stock.holds, stock.owed]
            let own = [plain.onHand, plain.unsellable, plain.holds, plain.owed]
            if told != own {
                return "\(sku): headquarters believes \(told) (on hand, unsellable, holds, owed), it is \(own)"
            }
            if stock.rights.rows.filter({ $0.row != RightsRow() }) != line.rights.rows.filter({ $0.row != RightsRow() })
            {
                return "\(sku): headquarters' rights are \(stock.rights), the shop's \(line.rights)"
            }
            if !line.isBalanced {
                return "\(sku): \(plain.onHand) here, \(plain.unsellable) not for sale, \(plain.owed) owed, "
                    + "and \(line.rights.total) rights to promise"
            }
        }
        return nil
    }

    private func documents(_ shop: ShopID, _ placed: [String]) throws -> String? {
        for (code, plain) in checks.shop.books.reservations.sorted(by: { $0.key < $1.key }) {
            let state = try office.memory.document(.reservation, "\(shop)/\(code)")?.state
            if state != plain.word {
                return "reservation \(code) is \(plain.word), headquarters believes \(state ?? "nothing")"
            }
        }
        for (order, plain) in checks.shop.books.pickups.sorted(by: { $0.key < $1.key }) {
            let state = try office.memory.document(.order, order)?.state
            if state != plain.state {
                return "order \(order) is \(plain.state), headquarters believes \(state ?? "nothing")"
            }
        }
        for order in placed where checks.shop.books.pickups[order] == nil {
            return "order \(order) was paid at headquarters and never reached the shop"
        }
        return nil
    }

    private func sales(_ shop: ShopID) throws -> String? {
        var sold: [String: Int] = [:]
        var returned: [String: Int] = [:]
        for sale in checks.shop.books.sales.values where !sale.voided && sale.kind != "void" {
            if sale.kind != "return", let sku = sale.sku { sold[sku, default: 0] += sale.units }
            if sale.kind == "return", let sku = sale.sku { returned[sku, default: 0] += sale.units }
            if let back = sale.returned { returned[back.sku, default: 0] += back.count }
        }
        for total in try office.memory.salesTotals(in: shop) {
            let sku = total.sku.value
            if total.sold != sold[sku] ?? 0 || total.returned != returned[sku] ?? 0 {
                return "\(sku): headquarters counts \(total.sold) sold and \(total.returned) returned, "
                    + "the tills recorded \(sold[sku] ?? 0) and \(returned[sku] ?? 0)"
            }
        }
        return nil
    }

    /// What a device saw as done is done, by the very reply that it saw.
    private func acknowledged() throws -> String? {
        for (id, seen) in floor.replies.sorted(by: { $0.key < $1.key }) {
            guard let reply = checks.shop.decided(id), let known = CommandID(id),
                let stored = try box.disk.command(known)
            else { return "command \(id) was answered, and the shop does not know it" }
            let content = JSON.array([
                reply["outcome"] ?? .null, reply["result"] ?? .null, reply["problem"] ?? .null,
            ])
            if content != seen || .string(stored.outcome) != reply["outcome"] {
                return "command \(id) was answered otherwise than it is remembered"
            }
        }
        return nil
    }
}

/// Nothing is promised twice: what headquarters promises and what the shop promises come out of the same rights.
enum RightsCheck {
    static func complaint(_ memory: MemoryHeadquartersStorage, _ shop: PlainShop, _ id: ShopID) -> String? {
        for (sku, line) in shop.books.lines.sorted(by: { $0.key < $1.key }) {
            guard let known = SKU(sku), let stock = try? memory.stock(known, in: id) else { continue }
            let row = stock.rights[.headquarters]
            let givenAway = row.given.reduce(0) { $0 + $1.units }
            // Headquarters' rights as they truly are: what the shop gave counts although it may not be heard of yet.
            let rights = row.created - row.spent - givenAway + line.given
            if rights < 0 { return "\(sku): headquarters has promised \(-rights) units that it had no right to" }
            if line.headquartersCreated > row.created || line.headquartersSpent > row.spent {
                return "\(sku): the shop has heard of rights that headquarters does not remember"
            }
        }
        return nil
    }
}
