// What the ledger does once, at its start.

import ShopCore
import ShopModel

extension Ledger {
    /// Shows the front all that storage has.
    func publishEverything() throws(StorageFailure) {
        try storage.begin()
        var batch = ViewChanges()
        var count = 0
        try storage.forEachStockLine { [view, clock] line in
            // In pieces, so that a large shop does not stand twice in memory.
            batch.lines.append(StockFigures(line))
            count += 1
            if batch.lines.count == 1_000 {
                view.publish(batch, clock: clock)
                batch.lines.removeAll(keepingCapacity: true)
            }
        }
        view.publish(batch, clock: clock)
        var after: ReservationID?
        while true {
            let page = try storage.reservations(openOnly: true, customer: nil, after: after, limit: 500)
            var changes = ViewChanges()
            changes.reservations = page
            view.publish(changes, clock: clock)
            after = page.last?.id
            if page.count < 500 { break }
        }
        var order: OrderID?
        while true {
            let page = try storage.pickups(openOnly: true, after: order, limit: 500)
            var changes = ViewChanges()
            changes.pickups = page
            view.publish(changes, clock: clock)
            order = page.last?.order
            if page.count < 500 { break }
        }
        try storage.commit()
    }
}
