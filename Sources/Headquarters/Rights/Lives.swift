// The lives of a shop's ledger: which one is granted rights, and what becomes of those of a life that is over.

import Contract
import ShopCore
import ShopModel

/// Fencing, and what it assumes (DESIGN §8).
///
/// A life that was never heard of before, in an event or a cursor, is the shop's living one from then on. The one
/// before it is *fenced*: the rights that it had left, as headquarters knows its row and its own, are taken over by
/// headquarters and granted to the new life at once. That rests on three assumptions:
/// - the old life promises nothing any more, since the new one runs on its state, or instead of it;
/// - what the old life did and never told is either told later, by the new life that has its outbox, or lost with its
///   disk. Told later, its row is heard and the difference is settled: units that it had used after all are covered by
///   headquarters' own rights, or asked back from the new life. Lost, only a count can find it;
/// - reservations that the new life still has are covered by the same rights, granted again.
///
/// A life that speaks as the living one after it was fenced, `returnsMax` times in turn with its successor (a cursor
/// is told every minute; a single repeated message is the broker's doing), and a life in which two events have the
/// same number, are *forked*: two boxes run. Both are reported and granted nothing until a new life begins; what they
/// tell is still recorded. Headquarters cannot stop a box that is out of its reach from promising what it has.
extension Headquarters {
    /// How often a fenced life may speak as the living one before it counts as a second box.
    static let returnsMax = 3

    /// Hears of a life.
    ///
    /// - Parameter asLiving: whether the life itself spoke now (a cursor). Events may be those that its successor found
    ///   in its outbox.
    func see(_ incarnation: Incarnation, of shop: ShopID, asLiving: Bool) throws {
        var lives = try storage.lives(of: shop)
        if let index = lives.firstIndex(where: { $0.incarnation == incarnation }) {
            guard asLiving, lives[index].state == .fenced else { return }
            lives[index].returns += 1
            try storage.put(lives[index], of: shop)
            guard lives[index].returns >= Self.returnsMax else { return }
            try fork(incarnation, of: shop, because: "it speaks although another life of the shop began after it")
            return
        }
        let new = ShopLife(incarnation: incarnation, state: .current, seenAt: now)
        let over = lives.filter { $0.state != .fenced }
        for life in over {
            var life = life
            life.state = .fenced
            try storage.put(life, of: shop)
        }
        try storage.put(new, of: shop)
        if lives.isEmpty {
            report("shop \(shop) is heard of for the first time, as \(incarnation)")
        } else {
            report("shop \(shop) began a new life \(incarnation); the rights of the one before are granted to it")
        }
        lives = try storage.lives(of: shop)
        var after: SKU?
        while true {
            let page = try storage.stocks(in: shop, after: after, limit: 500)
            for stock in page {
                if stock.shareWaiting > 0 { try grantWaitingShare(stock, to: incarnation) }
                try settle(stock.sku, in: shop, asking: true)
            }
            after = page.last?.sku
            if page.count < 500 { break }
        }
    }

    /// Two boxes speak for one shop: neither the life nor its successor is granted anything.
    func fork(_ incarnation: Incarnation, of shop: ShopID, because reason: String) throws {
        let lives = try storage.lives(of: shop)
        guard lives.contains(where: { $0.incarnation == incarnation && $0.state != .forked }) else { return }
        for var life in lives where life.incarnation == incarnation || life.state == .current {
            life.state = .forked
            try storage.put(life, of: shop)
        }
        report("two boxes run as shop \(shop): \(incarnation) is fenced, \(reason). Reinstall one of them.")
    }

    /// The life that is granted rights; `nil` before the first, and while two boxes run.
    func living(of shop: ShopID) throws -> Incarnation? {
        try storage.lives(of: shop).last { $0.state == .current }?.incarnation
    }

    /// Takes over what lives that are over have left of a SKU, and gives it to the living one; covers what they turn
    /// out to have used.
    ///
    /// - Parameter asking: whether to ask the living one for rights when headquarters' own do not cover it.
    func settle(_ sku: SKU, in shop: ShopID, asking: Bool = true) throws {
        let lives = try storage.lives(of: shop)
        guard lives.count > 1, var stock = try storage.stock(sku, in: shop) else { return }
        let living = lives.last { $0.state == .current }?.incarnation
        var row = stock.rights[.headquarters]
        let before = stock
        var lacking = 0
        for life in lives where life.state == .fenced {
            let holder = Holder.edge(life.incarnation)
            let difference = stock.rights.localRights(of: holder) - stock.takenOver(from: holder)
            if difference > 0, let living {
                row.created += difference
                row.setGiven(to: .edge(living), row.given(to: .edge(living)) + difference)
                stock.setTakenOver(from: holder, stock.takenOver(from: holder) + difference)
            } else if difference < 0 {
                let covered = min(-difference, max(0, stock.ownRights))
                row.spent += covered
                stock.setTakenOver(from: holder, stock.takenOver(from: holder) - covered)
                lacking += -difference - covered
            }
            stock.rights.set(row, of: .headquarters)
        }
        if stock != before {
            try storage.put(stock)
            try append(.rights(sku, row.message(of: .headquarters)), to: shop)
        }
        if asking, lacking > 0, stock != before || stock.lackingAsked != lacking, living != nil {
            stock.lackingAsked = lacking
            try storage.put(stock)
            try append(.rightsWanted(sku, level: lacking), to: shop)
        }
    }
}

extension ShopStock {
    /// Notes what was taken over from a life that is over.
    mutating func setTakenOver(from holder: Holder, _ units: Int) {
        takenOver.removeAll { $0.to == holder }
        if units != 0 { takenOver.append(RightsRow.Gift(to: holder, units: units)) }
        takenOver.sort { $0.to < $1.to }
    }
}
