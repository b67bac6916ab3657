// Which of the backups in the folder is the newest.

import ShopModel

enum NewestBackup {
    /// The newest of a folder's backups that has its digest beside it.
    ///
    /// A name from the future is of a day when the clock was ahead, and is taken only where there is no other: it would be
    /// the newest for as long as it lies there.
    ///
    /// - Parameter names: the folder's, sorted.
    static func name(among names: [String], now: Instant) -> String? {
        let backups = names.filter { $0.hasSuffix(".db") && names.contains($0 + ".sha256") }
        let moment = now.description.filter { $0 != "-" && $0 != ":" }.prefix(15)
        return backups.last { $0 <= "ledger-\(moment)Z.db" } ?? backups.last
    }
}
