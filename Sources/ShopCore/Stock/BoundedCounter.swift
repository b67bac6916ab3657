// Rights to promise units, shared between holders that may not hear of each other for days (DESIGN §8).
//
// The structure is the bounded counter CRDT of Balegas et al., "Extending Eventually Consistent Cloud Databases for
// Enforcing Numeric Invariants" (SRDS 2015): each holder writes its own row alone, rows merge by pointwise maximum.

import ShopModel

/// Somebody who may hold rights to promise units: headquarters, or one incarnation of a shop's edge.
public struct Holder: Identifier {
    /// The text of the name: `hq`, or `edge.<incarnation>`.
    public let value: String

    /// Reads a holder's name; `nil` unless it is `hq` or `edge.` with an incarnation behind it.
    public init?(_ value: String) {
        if value != "hq" {
            guard value.hasPrefix("edge."), Incarnation(String(value.dropFirst(5))) != nil else { return nil }
        }
        self.value = value
    }

    private init(unchecked value: String) { self.value = value }

    /// Headquarters.
    public static let headquarters = Holder(unchecked: "hq")

    /// The edge in one of its lives.
    public static func edge(_ incarnation: Incarnation) -> Holder { Holder(unchecked: "edge." + incarnation.value) }
}

/// What one holder wrote of itself: rights it made, gave away and used. None of the numbers ever falls.
public struct RightsRow: Equatable, Sendable {
    /// Rights made from nothing, since units came in where this holder saw it.
    public var created: Int
    /// Rights given to others, by receiver, in the order of their names.
    public private(set) var given: [Gift]
    /// Rights used up, since units left sale.
    public var spent: Int

    /// Rights given to one holder so far.
    public struct Gift: Equatable, Sendable {
        /// Who received them.
        public let to: Holder
        /// How many, in all.
        public var units: Int

        /// Rights given to one holder so far.
        public init(to: Holder, units: Int) {
            self.to = to
            self.units = units
        }
    }

    /// A row; gifts are put in the order of their receivers.
    public init(created: Int = 0, given: [Gift] = [], spent: Int = 0) {
        self.created = created
        self.given = given.sorted { $0.to < $1.to }
        self.spent = spent
    }

    /// Rights given to that holder so far.
    public func given(to holder: Holder) -> Int { given.first { $0.to == holder }?.units ?? 0 }

    /// Sets what was given to a holder so far.
    public mutating func setGiven(to holder: Holder, _ units: Int) {
        if let index = given.firstIndex(where: { $0.to == holder }) {
            given[index].units = units
        } else if units != 0 {
            given.append(Gift(to: holder, units: units))
            given.sort { $0.to < $1.to }
        }
    }

    /// The larger of each number: what both writers knew.
    public func merged(with other: RightsRow) -> RightsRow {
        var result = self
        result.created = max(created, other.created)
        result.spent = max(spent, other.spent)
        for gift in other.given { result.setGiven(to: gift.to, max(given(to: gift.to), gift.units)) }
        return result
    }
}

/// All rows of one SKU's rights.
public struct BoundedCounter: Equatable, Sendable {
    /// The rows, in the order of their holders' names; a holder without a row has all zeros.
    public private(set) var rows: [Row]

    /// A holder and what it wrote.
    public struct Row: Equatable, Sendable {
        /// Whose row it is.
        public let holder: Holder
        /// What it wrote.
        public var row: RightsRow

        /// A holder and what it wrote.
        public init(holder: Holder, row: RightsRow) {
            self.holder = holder
            self.row = row
        }
    }

    /// A counter of known rows.
    public init(rows: [Row] = []) { self.rows = rows.sorted { $0.holder < $1.holder } }

    /// What a holder wrote.
    public subscript(holder: Holder) -> RightsRow { rows.first { $0.holder == holder }?.row ?? RightsRow() }

    /// Puts a holder's row, as its owner or from storage.
    public mutating func set(_ row: RightsRow, of holder: Holder) {
        if let index = rows.firstIndex(where: { $0.holder == holder }) {
            rows[index].row = row
        } else {
            rows.append(Row(holder: holder, row: row))
            rows.sort { $0.holder < $1.holder }
        }
    }

    /// What a holder may still promise: created + received − given − spent. Below zero it is a deficit.
    public func localRights(of holder: Holder) -> Int {
        var rights = 0
        for row in rows {
            if row.holder == holder {
                rights += row.row.created - row.row.spent
                for gift in row.row.given { rights -= gift.units }
            } else {
                rights += row.row.given(to: holder)
            }
        }
        return rights
    }

    /// The rights of all holders together.
    public var total: Int { rows.reduce(0) { $0 + $1.row.created - $1.row.spent } }

    /// Takes in what another holder wrote of itself. Hearing it twice, late or out of order changes nothing more.
    ///
    /// - Returns: the changes to make, or why the row cannot be true: it claims to be the reader's own (only the
    ///   owner writes a row), has a number below zero or beyond 2⁴⁰, or gives to its own holder.
    public func merge(_ row: RightsRow, of holder: Holder, at home: Holder) -> Decision<RightsRow> {
        guard holder != home else { return .refused(Refusal(.rightsForeignRow, [.text("holder", holder.value)])) }
        let numbers = [row.created, row.spent] + row.given.map(\.units)
        guard numbers.allSatisfy({ (0...(1 << 40)).contains($0) }), !row.given.contains(where: { $0.to == holder })
        else { return .refused(Refusal(.rightsRowImpossible, [.text("holder", holder.value)])) }
        let merged = self[holder].merged(with: row)
        return .done(merged == self[holder] ? [] : [merged])
    }

    /// Gives rights of one's own to another holder.
    ///
    /// - Returns: the giver's new row, or why not: to oneself, nothing or less than nothing, or more than `free`.
    public func give(_ units: Int, from giver: Holder, to taker: Holder, free: Int) -> Decision<RightsRow> {
        guard giver != taker else { return .refused(Refusal(.rightsToOneself, [.text("holder", giver.value)])) }
        guard units > 0 else { return .refused(Refusal(.rightsNotPositive, [.integer("units", units)])) }
        let available = min(free, localRights(of: giver))
        guard units <= available else {
            return .refused(
                Refusal(.rightsBeyond, [.integer("units", units), .integer("available", max(0, available))]))
        }
        var row = self[giver]
        row.setGiven(to: taker, row.given(to: taker) + units)
        return .done([row])
    }
}

extension Refusal.Code {
    /// A row of rights came from somebody who is not its owner.
    public static let rightsForeignRow = Refusal.Code(
        "rights.foreignRow", retry: .never,
        en: "The row of rights of {holder} can only be written by {holder}.",
        fr: "La ligne de droits de {holder} ne peut être écrite que par {holder}.")
    /// A row of rights has impossible numbers.
    public static let rightsRowImpossible = Refusal.Code(
        "rights.rowImpossible", retry: .never,
        en: "The row of rights of {holder} has a number below zero, beyond the limit, or a gift to itself.",
        fr: "La ligne de droits de {holder} contient un nombre négatif, hors limite, ou un don à soi-même.")
    /// Rights were to be given to their own holder.
    public static let rightsToOneself = Refusal.Code(
        "rights.toOneself", retry: .never,
        en: "{holder} cannot give rights to itself.",
        fr: "{holder} ne peut pas se donner des droits à lui-même.")
    /// A gift of rights must be of one unit or more.
    public static let rightsNotPositive = Refusal.Code(
        "rights.notPositive", retry: .never,
        en: "Rights are given one or more at a time, not {units}.",
        fr: "Les droits se donnent par un ou plus, pas {units}.")
    /// A gift of rights was larger than what is free.
    public static let rightsBeyond = Refusal.Code(
        "rights.beyond", retry: .later,
        en: "{units} rights were to be given, and only {available} are free.",
        fr: "{units} droits devaient être donnés, mais seuls {available} sont libres.")
}
