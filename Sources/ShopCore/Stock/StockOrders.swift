// The decisions on a stock line that serve paid orders and headquarters' feed.

import ShopModel

extension StockLine {
    /// Owes units to a paid order, with the row in which headquarters used its own rights for it.
    public func owe(_ units: Quantity, headquarters row: RightsRow?) -> Decision<StockChange> {
        var change = StockChange(.owed)
        change.owed = units.units
        return hear(row, into: change)
    }

    /// Gives owed units out to the customer who paid.
    public func handOver(_ units: Int) -> StockChange {
        var change = StockChange(.handedOver)
        change.onHand = -units
        change.owed = -units
        return change
    }

    /// Takes a hand-over back, the same day.
    public func correctHandOver(_ units: Int) -> StockChange {
        var change = StockChange(.handOverCorrected)
        change.onHand = units
        change.owed = units
        return change
    }

    /// No longer owes units: the right goes back to headquarters, where it came from, never into another bucket.
    public func giveBack(_ units: Int) -> StockChange {
        var change = StockChange(.givenBack)
        change.owed = -units
        change.rightsOf = home
        change.created = units
        change.given = [RightsRow.Gift(to: .headquarters, units: units)]
        return change
    }

    /// No longer owes units, since they could not be found: nobody may promise them before a count.
    public func miss(_ units: Int) -> StockChange {
        var change = StockChange(.missing)
        change.owed = -units
        change.missing = units
        return change
    }

    /// No longer owes units, since they are broken.
    public func damage(_ units: Int) -> StockChange {
        var change = StockChange(.damaged)
        change.owed = -units
        change.damaged = units
        return change
    }

    /// Takes in what headquarters wrote of its own rights, and units that it says came or went.
    public func feed(_ units: Int, headquarters row: RightsRow?) -> Decision<StockChange> {
        var change = StockChange(units == 0 ? .rightsHeard : .fed)
        change.onHand = units
        return hear(row, into: change)
    }

    /// Restates what is here by headquarters' word, `asOf` one of our own events, later changes applied on top.
    ///
    /// The difference falls on this shop's own rights, as a count's does: a shortfall may stand after it.
    public func restate(onHand stated: Int, movedSince: Int) -> StockChange {
        var change = StockChange(.restated)
        change.onHand = stated + movedSince - onHand
        change.rightsOf = home
        if change.onHand >= 0 { change.created = change.onHand } else { change.spent = -change.onHand }
        return change
    }

    /// Gives headquarters what it wants, as far as nothing promised here is touched.
    ///
    /// - Parameter level: how many rights headquarters wants to have in all.
    /// - Returns: no change when it has them, or when nothing here is free.
    public func give(toReach level: Int, safety: Int) -> Decision<StockChange> {
        let wanted = level - rights.localRights(of: .headquarters)
        let units = min(wanted, promisable(safety: safety))
        guard units > 0 else { return .done([]) }
        switch rights.give(units, from: home, to: .headquarters, free: promisable(safety: safety)) {
        case .refused(let refusal): return .refused(refusal)
        case .done:
            var change = StockChange(.rightsGiven)
            change.rightsOf = home
            change.given = [RightsRow.Gift(to: .headquarters, units: units)]
            return .done([change])
        }
    }

    private func hear(_ row: RightsRow?, into change: StockChange) -> Decision<StockChange> {
        var change = change
        if let row {
            switch rights.merge(row, of: .headquarters, at: home) {
            case .refused(let refusal): return .refused(refusal)
            case .done(let rows):
                if let merged = rows.first {
                    let known = rights[.headquarters]
                    change.rightsOf = .headquarters
                    change.created = merged.created - known.created
                    change.spent = merged.spent - known.spent
                    change.given = merged.given.compactMap {
                        let more = $0.units - known.given(to: $0.to)
                        return more == 0 ? nil : RightsRow.Gift(to: $0.to, units: more)
                    }
                } else if change.kind == .rightsHeard {
                    return .done([])
                }
            }
        }
        return .done([change])
    }
}
