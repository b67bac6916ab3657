// What has to be undone when a simulated disk forgets: every change of every table, newest last.

/// A table that can take its own latest change back.
protocol LoggedTable: AnyObject {
    /// Takes the latest logged change back.
    func undoLatest()
    /// Forgets how to take changes back: they are on disk.
    func forgetUndo()
    /// Removes everything, without a way back: what a fault does to a disk.
    func wipe()
    /// Everything in the table, for a backup.
    func image() -> Any
    /// Puts a backup's contents in place; `false` when they are another table's.
    func restore(_ image: Any) -> Bool
}

/// The changes of all tables of one disk, in the order in which they were made.
///
/// A transaction, a savepoint and a sync are each but a mark in this log: going back to one is undoing what stands
/// behind it.
final class UndoLog {
    private var tables: [any LoggedTable] = []
    /// The table of each change; the change itself stands in the table.
    private var steps: [Int] = []

    /// How many changes could be undone: a mark to come back to.
    var mark: Int { steps.count }

    /// Takes a table in; returns its number.
    func register(_ table: any LoggedTable) -> Int {
        tables.append(table)
        return tables.count - 1
    }

    /// Notes that a table logged a change.
    func note(_ table: Int) { steps.append(table) }

    /// Undoes every change behind a mark.
    func undo(to mark: Int) {
        while steps.count > mark { tables[steps.removeLast()].undoLatest() }
    }

    /// Everything so far is on disk.
    func forget() {
        guard !steps.isEmpty else { return }
        steps.removeAll(keepingCapacity: true)
        for table in tables { table.forgetUndo() }
    }

    /// Removes everything from all tables, without a way back.
    func wipe() {
        for table in tables { table.wipe() }
    }

    /// Everything in all tables.
    func images() -> [Any] { tables.map { $0.image() } }

    /// Puts a backup in place of everything; what could be undone before no longer can.
    func restore(_ images: [Any]) -> Bool {
        forget()
        return images.count == tables.count && zip(tables, images).allSatisfy { $0.restore($1) }
    }
}
