// Clerks' sessions at devices, and wrong PINs of badges.

import EdgeAgent
import ShopCore
import ShopModel

struct ClerkStatements {
    let find: TableStatement
    let put: TableStatement
    let remove: TableStatement
    let findAttempts: TableStatement
    let putAttempts: TableStatement
    let removeAttempts: TableStatement

    init(_ database: Database) {
        find = TableStatement(
            database, "session", key: 2,
            "SELECT device, seat, clerk, roles, until FROM session WHERE device = ? AND seat = ?")
        put = TableStatement(database, "session", "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)")
        remove = TableStatement(database, "session", "DELETE FROM session WHERE device = ? AND seat = ?")
        findAttempts = TableStatement(
            database, "signInAttempt", "SELECT badge, wrong, lockedUntil FROM signInAttempt WHERE badge = ?")
        putAttempts = TableStatement(database, "signInAttempt", "INSERT OR REPLACE INTO signInAttempt VALUES (?, ?, ?)")
        removeAttempts = TableStatement(database, "signInAttempt", "DELETE FROM signInAttempt WHERE badge = ?")
    }
}

extension SQLiteLedger {
    /// The session at a device's seat, ended ones included.
    public func session(device: DeviceID, seat: String) throws(StorageFailure) -> ClerkSession? {
        try clerks.find.first(device.value, seat) { (row) throws(StorageError) in
            var roles: [Clerk.Role] = []
            for name in try row.text(3).split(separator: ",") {
                guard let role = Clerk.Role(rawValue: String(name)) else { return nil }
                roles.append(role)
            }
            return ClerkSession(
                device: try row.device(0), seat: try row.text(1), clerk: try row.name(2), roles: roles,
                until: try row.instant(4))
        }
    }

    /// Opens, or with `nil` ends, the session at a seat.
    public func setSession(device: DeviceID, seat: String, _ session: ClerkSession?) throws(StorageFailure) {
        if let session {
            try clerks.put.run(
                device.value, seat, session.clerk.value, session.roles.map(\.rawValue).joined(separator: ","),
                session.until)
        } else {
            try clerks.remove.run(device.value, seat)
        }
    }

    /// Wrong PINs of a badge.
    public func attempts(badge: String) throws(StorageFailure) -> SignInAttempts {
        try clerks.findAttempts.first(badge) { (row) throws(StorageError) in
            SignInAttempts(wrong: try row.int(1), lockedUntil: try row.optionalInstant(2))
        } ?? SignInAttempts()
    }

    /// Remembers wrong PINs of a badge; none at all leave no row.
    public func setAttempts(badge: String, _ attempts: SignInAttempts) throws(StorageFailure) {
        if attempts == SignInAttempts() {
            try clerks.removeAttempts.run(badge)
        } else {
            try clerks.putAttempts.run(badge, attempts.wrong, attempts.lockedUntil)
        }
    }
}
