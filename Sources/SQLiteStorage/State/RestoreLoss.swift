// What a restore loses: what the present ledger has and the backup has not.

import ShopModel

/// What is in a ledger and not in the backup that is to take its place.
///
/// The two are compared row by row. Moments tell nothing: a clock that was ahead when the backup was made would hide all
/// that came after it.
public struct RestoreLoss: Equatable, Sendable {
    /// Commands that were decided: reservations, hand-overs, sales.
    public let commands: Int
    /// Changes of stock.
    public let stockChanges: Int
    /// Reservations that were placed.
    public let reservations: Int
    /// Orders for click and collect that came in.
    public let pickups: Int
    /// Events that headquarters has not receipted: nobody else has them.
    public let unreceipted: Int
    /// When the latest command that is lost was decided; nil when there is none.
    public let until: Instant?

    /// Whether the backup lacks nothing.
    public var isNothing: Bool { commands + stockChanges + reservations + pickups + unreceipted == 0 }

    /// Compares a ledger with a backup.
    ///
    /// - Parameters:
    ///   - ledger: a copy of the ledger.
    ///   - backup: the path of a copy of the backup.
    /// - Throws: when any of it cannot be read: a number that is too small would be worse than none.
    init(of ledger: BareDatabase, against backup: String) throws(StorageError) {
        if let contradiction = try ledger.contradictions(isThorough: false).first {
            throw .corrupt(path: ledger.path, message: contradiction)
        }
        try ledger.attach(backup, as: "backup")
        defer { ledger.detach("backup") }
        func lost(_ what: String, _ table: String, where condition: String = "TRUE", same: String) -> String {
            "SELECT \(what) FROM main.\(table) a WHERE \(condition) AND NOT EXISTS "
                + "(SELECT 1 FROM backup.\(table) b WHERE \(same))"
        }
        commands = try ledger.number(lost("count(*)", "command", same: "b.id = a.id"))
        stockChanges = try ledger.number(
            lost(
                "count(*)", "journal",
                same: "b.position = a.position AND b.sku = a.sku AND b.event = a.event AND b.at = a.at"))
        reservations = try ledger.number(lost("count(*)", "reservation", same: "b.id = a.id"))
        pickups = try ledger.number(lost("count(*)", "pickup", same: "b.orderID = a.orderID"))
        unreceipted = try ledger.number(lost("count(*)", "outbox", where: "a.state = 0", same: "b.id = a.id"))
        until = Int64(try ledger.text(lost("max(decidedAt)", "command", same: "b.id = a.id")) ?? "")
            .map(Instant.init(milliseconds:))
    }
}
