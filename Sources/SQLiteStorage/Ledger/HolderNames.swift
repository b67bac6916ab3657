// Holders of rights by small numbers: their names are long, and every stock line has several.

import EdgeAgent
import ShopCore

/// The numbers of holders, and their names.
final class HolderNames {
    private let find: TableStatement
    private let name: TableStatement
    private let add: TableStatement
    private var numbers: [Holder: Int] = [:]
    private var names: [Int: Holder] = [:]

    init(_ database: Database) {
        find = TableStatement(database, "holder", "SELECT id FROM holder WHERE name = ?")
        name = TableStatement(database, "holder", "SELECT name FROM holder WHERE id = ?")
        add = TableStatement(database, "holder", "INSERT INTO holder (name) VALUES (?) RETURNING id")
    }

    /// The number of a holder, if it was ever written.
    func number(of holder: Holder) throws(StorageFailure) -> Int? {
        if let number = numbers[holder] { return number }
        let number = try find.first(holder.value) { (row) throws(StorageError) in try row.int(0) }
        if let number { remember(holder, number) }
        return number
    }

    /// The number of a holder, given out now when it has none.
    func numbered(_ holder: Holder) throws(StorageFailure) -> Int {
        if let number = try number(of: holder) { return number }
        guard
            let number = try add.first(holder.value, make: { (row) throws(StorageError) in try row.int(0) })
        else { throw add.unreadable(holder.value) }
        remember(holder, number)
        return number
    }

    /// The holder of a number.
    func holder(_ number: Int) throws(StorageFailure) -> Holder {
        if let holder = names[number] { return holder }
        let found = try name.first(number) { (row) throws(StorageError) in try row.name(0, as: Holder.self) }
        guard let holder = found else { throw name.unreadable(String(number)) }
        remember(holder, number)
        return holder
    }

    /// Forgets what is in memory: the numbers given out since may have been undone.
    func forget() {
        numbers.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
    }

    private func remember(_ holder: Holder, _ number: Int) {
        numbers[holder] = number
        names[number] = holder
    }
}
