// A counter of rights as rows of numbers, and back.

import EdgeAgent
import ShopCore

/// One number of a line's rights.
struct RightsNumber: Equatable {
    /// In place of a taker: what the giver created.
    static let created = 0
    /// In place of a taker: what the giver spent.
    static let spent = -1

    let giver: Int
    let taker: Int
    let units: Int

    init(giver: Int, taker: Int, units: Int) {
        self.giver = giver
        self.taker = taker
        self.units = units
    }

    /// Reads three columns.
    init(_ row: borrowing Row, from column: Int) throws(StorageError) {
        self.init(giver: try row.int(column), taker: try row.int(column + 1), units: try row.int(column + 2))
    }
}

extension HolderNames {
    /// The counter of a line from its numbers, a giver's together.
    func counter(_ numbers: [RightsNumber]) throws(StorageFailure) -> BoundedCounter {
        var rows: [BoundedCounter.Row] = []
        rows.reserveCapacity(2)
        var index = 0
        while index < numbers.count {
            let giver = numbers[index].giver
            var created = 0
            var spent = 0
            var given: [RightsRow.Gift] = []
            while index < numbers.count, numbers[index].giver == giver {
                let number = numbers[index]
                switch number.taker {
                case RightsNumber.created: created = number.units
                case RightsNumber.spent: spent = number.units
                default: given.append(RightsRow.Gift(to: try holder(number.taker), units: number.units))
                }
                index += 1
            }
            rows.append(
                BoundedCounter.Row(
                    holder: try holder(giver), row: RightsRow(created: created, given: given, spent: spent)))
        }
        return BoundedCounter(rows: rows)
    }

    /// The numbers of a counter. What a holder created is always among them, so that a row of zeros stays a row.
    func numbers(of counter: BoundedCounter) throws(StorageFailure) -> [RightsNumber] {
        var numbers: [RightsNumber] = []
        for row in counter.rows {
            let giver = try numbered(row.holder)
            numbers.append(RightsNumber(giver: giver, taker: RightsNumber.created, units: row.row.created))
            if row.row.spent != 0 {
                numbers.append(RightsNumber(giver: giver, taker: RightsNumber.spent, units: row.row.spent))
            }
            for gift in row.row.given {
                numbers.append(RightsNumber(giver: giver, taker: try numbered(gift.to), units: gift.units))
            }
        }
        return numbers
    }
}
