// Typed rows in memory, with sorted indexes beside them and a way back.

/// What a table sorts its rows by, beside their key. It is told of every row that comes and goes.
protocol RowIndexes {
    associatedtype Row
    init()
    mutating func insert(_ row: Row)
    mutating func remove(_ row: Row)
}

/// No order but the key's hash: for rows that are only ever looked up.
struct Unsorted<Row>: RowIndexes {
    mutating func insert(_ row: Row) {}
    mutating func remove(_ row: Row) {}
}

/// Rows by key. Every change is logged, and undoing it brings the indexes back too.
final class Table<Key: Hashable, Row, Indexes: RowIndexes>: LoggedTable where Indexes.Row == Row {
    private(set) var indexes = Indexes()
    private var rows: [Key: Row] = [:]
    private var former: [(key: Key, row: Row?)] = []
    private let log: UndoLog
    private var number = 0

    init(_ log: UndoLog) {
        self.log = log
        number = log.register(self)
    }

    var count: Int { rows.count }

    /// The row of a key. Setting `nil` removes it.
    subscript(key: Key) -> Row? {
        get { rows[key] }
        set {
            former.append((key, exchange(key, newValue)))
            log.note(number)
        }
    }

    func wipe() {
        rows.removeAll()
        indexes = Indexes()
    }

    func undoLatest() {
        guard let change = former.popLast() else { return }
        _ = exchange(change.key, change.row)
    }

    func forgetUndo() { former.removeAll(keepingCapacity: former.count < 4_096) }

    func image() -> Any { Image(rows: rows, indexes: indexes) }

    func restore(_ image: Any) -> Bool {
        guard let image = image as? Image else { return false }
        rows = image.rows
        indexes = image.indexes
        former.removeAll()
        return true
    }

    private struct Image {
        let rows: [Key: Row]
        let indexes: Indexes
    }

    private func exchange(_ key: Key, _ row: Row?) -> Row? {
        let old: Row?
        if let row { old = rows.updateValue(row, forKey: key) } else { old = rows.removeValue(forKey: key) }
        if let old { indexes.remove(old) }
        if let row { indexes.insert(row) }
        return old
    }
}
