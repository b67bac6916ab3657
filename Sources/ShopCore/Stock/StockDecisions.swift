// The decisions on a stock line that promise, sell, bring in and correct.

import ShopModel

extension StockLine {
    /// Locks units for a reservation.
    ///
    /// - Returns: refused when fewer than `units` can be promised out of this shop's own rights: what headquarters
    ///   may promise is never promised here, whatever lies on the shelf.
    public func hold(_ units: Quantity, safety: Int) -> Decision<StockChange> {
        let free = promisable(safety: safety)
        guard units.units <= free else {
            return .refused(
                Refusal(
                    .stockShort,
                    [.text("sku", sku.value), .integer("asked", units.units), .integer("available", free)]))
        }
        var change = StockChange(.held)
        change.holds = units.units
        return .done([change])
    }

    /// Frees units that were locked.
    public func release(_ units: Int) -> StockChange {
        var change = StockChange(.released)
        change.holds = -units
        return change
    }

    /// Records that units were sold, `awaited` of them already locked by a collected reservation.
    ///
    /// A sale is a physical fact and is never refused: beyond the rights it leaves a shortfall.
    public func sell(_ units: Quantity, awaited: Int) -> StockChange {
        var change = StockChange(.sold)
        change.onHand = -units.units
        change.holds = -awaited
        change.rightsOf = home
        change.spent = units.units
        return change
    }

    /// Takes a sale back at the till at once: the units are for sale again.
    public func voidSale(_ units: Quantity) -> StockChange { madeHere(.voided, units.units) }

    /// Takes a customer's return in: the units are here, but not for sale before somebody has looked at them.
    public func takeReturn(_ units: Quantity) -> StockChange {
        var change = StockChange(.returned)
        change.onHand = units.units
        change.inspection = units.units
        return change
    }

    /// Takes a voided return out again.
    public func voidReturn(_ units: Quantity) -> StockChange {
        var change = StockChange(.voided)
        change.onHand = -units.units
        change.inspection = -units.units
        return change
    }

    /// Takes goods in.
    public func receive(_ units: Quantity) -> StockChange { madeHere(.received, units.units) }

    /// Corrects the books after a count.
    ///
    /// - Parameters:
    ///   - counted: units found, those not for sale included.
    ///   - movedSince: what `onHand` moved since the moment at which they were counted.
    /// - Returns: the correction; it clears the missing units, since what is missing was now looked for.
    public func correct(counted: Int, movedSince: Int) -> StockChange {
        var change = StockChange(.counted)
        change.onHand = counted + movedSince - onHand
        change.missing = -unsellable.missing
        let rightsMoved = change.onHand - change.missing
        change.rightsOf = home
        if rightsMoved >= 0 { change.created = rightsMoved } else { change.spent = -rightsMoved }
        return change
    }

    private func madeHere(_ kind: StockChange.Kind, _ units: Int) -> StockChange {
        var change = StockChange(kind)
        change.onHand = units
        change.rightsOf = home
        change.created = units
        return change
    }
}

extension Refusal.Code {
    /// Fewer units can be promised than were asked for.
    public static let stockShort = Refusal.Code(
        "stock.short", retry: .later,
        en:
            "Only {available} of {sku} can be promised here, and {asked} were asked for. Take fewer, or see on its card which other shop has it.",
        fr:
            "Seulement {available} de {sku} peuvent être promis ici, et {asked} étaient demandés. Prenez-en moins, ou voyez sur la fiche quelle autre boutique en a."
    )
}
