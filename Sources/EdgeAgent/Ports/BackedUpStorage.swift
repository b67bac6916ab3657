// What storage offers whoever makes a backup of it while it is in use.

/// How far a backup is, in pages.
public struct BackupProgress: Equatable, Sendable {
    /// Pages still to be copied.
    public let left: Int
    /// All pages.
    public let all: Int
    /// Whether the copy is whole.
    public let isDone: Bool

    /// A progress.
    public init(left: Int, all: Int, isDone: Bool) {
        self.left = left
        self.all = all
        self.isDone = isDone
    }
}

/// Storage that copies itself in small steps, between the turns of the ledger.
///
/// What fails here fails on the copy's side: the storage itself works on.
public protocol BackedUpStorage: AnyObject {
    /// Begins a copy; one that was under way is given up.
    ///
    /// - Parameter path: a file that is not there yet.
    func beginBackup(to path: String) throws(StorageFailure)
    /// Copies some pages more; what was committed meanwhile is in the copy.
    func stepBackup(pages: Int) throws(StorageFailure) -> BackupProgress
    /// Ends the copy, whole or not, and closes its file.
    func endBackup()
}

/// What ties a ledger's file to one life.
public enum LedgerLife {
    /// The small durable value without which a ledger's next start begins a new incarnation.
    public static let identityValue = ValueName.identity
}
