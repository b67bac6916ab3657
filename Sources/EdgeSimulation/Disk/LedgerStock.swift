// Stock lines, their journal, deliveries and counts, on a simulated disk.

import EdgeAgent
import ShopCore
import ShopModel

/// Stock lines by SKU.
struct StockLineIndexes: RowIndexes {
    var bySKU = SortedElements<SKU>()

    mutating func insert(_ row: StockLine) { bySKU.insert(row.sku) }
    mutating func remove(_ row: StockLine) { bySKU.remove(row.sku) }
}

/// An entry of the journal, and the holder that this shop was: event numbers begin anew with each.
struct JournalRow {
    let entry: JournalEntry
    let holder: Holder
}

/// The journal by SKU, and by what an entry is about.
struct JournalIndexes: RowIndexes {
    var bySKU = SortedGroups<SKU, Int64>()
    var byReference = SortedGroups<String, Int64>()

    mutating func insert(_ row: JournalRow) {
        let entry = row.entry
        bySKU.insert(entry.position, in: entry.sku)
        byReference.insert(entry.position, in: entry.cause.reference)
        if let command = entry.cause.command { byReference.insert(entry.position, in: command.value) }
    }

    mutating func remove(_ row: JournalRow) {
        let entry = row.entry
        bySKU.remove(entry.position, from: entry.sku)
        byReference.remove(entry.position, from: entry.cause.reference)
        if let command = entry.cause.command { byReference.remove(entry.position, from: command.value) }
    }
}

/// A SKU of a delivery.
struct DeliveryKey: Hashable {
    let delivery: String
    let sku: SKU
}

extension SimulatedLedger {
    /// The line of a SKU.
    public func stockLine(_ sku: SKU) throws(StorageFailure) -> StockLine? {
        let home = try checkHome()
        guard let line = stockLines[sku]?.held(by: home) else { return nil }
        guard faults.handOutGlobalRights else { return line }
        let more = max(0, line.rights.localRights(of: .headquarters))
        inflations[sku] = more
        return line.withRights(more: more)
    }

    /// Stores a line.
    public func put(_ line: StockLine) throws(StorageFailure) {
        try checkWriting()
        stockLines[line.sku] = faults.handOutGlobalRights ? line.withRights(more: -(inflations[line.sku] ?? 0)) : line
    }

    /// Hands every line to `body`, by SKU.
    public func forEachStockLine(_ body: (StockLine) -> Void) throws(StorageFailure) {
        let home = try checkHome()
        for sku in stockLines.indexes.bySKU.elements {
            if let line = stockLines[sku] { body(line.held(by: home)) }
        }
    }

    /// Lines behind a SKU, by SKU.
    public func stockLines(after: SKU?, limit: Int) throws(StorageFailure) -> [StockLine] {
        let home = try checkHome()
        return stockLines.indexes.bySKU.after(after).prefix(limit).compactMap { stockLines[$0]?.held(by: home) }
    }

    /// Appends to the journal.
    public func append(_ entry: JournalEntry) throws(StorageFailure) -> Int64 {
        try checkWriting()
        let home = try checkHome()
        var entry = entry
        entry.position = next(.journal)
        journal[entry.position] = JournalRow(entry: entry, holder: home)
        return entry.position
    }

    /// The last position of the journal.
    public func lastJournalPosition() throws(StorageFailure) -> Int64 {
        try checkWorking()
        return counters[.journal] ?? 0
    }

    /// What `onHand` moved behind a position.
    public func onHandMoved(_ sku: SKU, afterPosition: Int64) throws(StorageFailure) -> Int {
        try checkWorking()
        return journal.indexes.bySKU[sku].after(afterPosition).reduce(0) {
            guard let change = journal[$1]?.entry.change, change.kind != .counted, change.kind != .restated else {
                return $0
            }
            return $0 + change.onHand
        }
    }

    /// What `onHand` moved behind an event of this incarnation.
    public func onHandMoved(_ sku: SKU, afterEvent: Int64) throws(StorageFailure) -> Int {
        let home = try checkHome()
        var moved = 0
        for position in journal.indexes.bySKU[sku].elements {
            guard let row = journal[position], row.holder == home, row.entry.eventSequence > afterEvent
            else { continue }
            moved += row.entry.change.onHand
        }
        return moved
    }

    /// The latest entries of a SKU, newest first.
    public func journal(of sku: SKU, limit: Int) throws(StorageFailure) -> [JournalEntry] {
        try checkWorking()
        return journal.indexes.bySKU[sku].elements.suffix(limit).reversed().compactMap { journal[$0]?.entry }
    }

    /// The entries behind a position, oldest first.
    public func journal(afterPosition: Int64, limit: Int) throws(StorageFailure) -> [JournalEntry] {
        try checkWorking()
        let last = counters[.journal] ?? 0
        guard afterPosition < last, limit > 0 else { return [] }
        return ((afterPosition + 1)...min(last, afterPosition + Int64(limit))).compactMap { journal[$0]?.entry }
    }

    /// The entries about something, oldest first.
    public func journal(about reference: String, limit: Int) throws(StorageFailure) -> [JournalEntry] {
        try checkWorking()
        return journal.indexes.byReference[reference].elements.prefix(limit).compactMap { journal[$0]?.entry }
    }

    /// Whether goods of a delivery were received before.
    public func recordDelivery(_ delivery: String, _ sku: SKU, at: Instant) throws(StorageFailure) -> Bool {
        try checkWriting()
        let key = DeliveryKey(delivery: delivery, sku: sku)
        if deliveries[key] != nil { return true }
        deliveries[key] = at
        return false
    }

    /// A count that waits for approval.
    public func pendingCount(_ sku: SKU) throws(StorageFailure) -> PendingCount? {
        try checkWorking()
        return pendingCounts[sku]
    }

    /// Stores or removes a count that waits for approval.
    public func setPendingCount(_ sku: SKU, _ count: PendingCount?) throws(StorageFailure) {
        try checkWriting()
        pendingCounts[sku] = count
    }
}

extension StockLine {
    /// The line as another holder's: its numbers do not change with the shop's incarnation.
    fileprivate func held(by holder: Holder) -> StockLine {
        if home == holder { return self }
        return StockLine(
            sku: sku, home: holder, onHand: onHand, unsellable: unsellable, holds: holds, owed: owed, rights: rights)
    }
}

extension StockLine {
    /// The line with more rights of its own holder, out of nothing: what a planted fault says.
    fileprivate func withRights(more units: Int) -> StockLine {
        var rights = rights
        var row = rights[home]
        row.created += units
        rights.set(row, of: home)
        return StockLine(
            sku: sku, home: home, onHand: onHand, unsellable: unsellable, holds: holds, owed: owed, rights: rights)
    }
}
