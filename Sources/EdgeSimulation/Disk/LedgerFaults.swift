// What a simulated disk can do to the shop, and how often it did.

/// How a box goes down.
public enum Crash: Sendable, CaseIterable {
    /// The process dies; what the kernel took over is kept.
    case process
    /// The power fails; what was not synced is lost.
    case power
}

/// How a commit fails.
public enum CommitFault: Sendable, CaseIterable {
    /// There is no space: nothing of the transaction is kept, and it may be rolled back and tried again.
    case full
    /// The sync failed: whether the transaction is on disk shows at the next start, and until then nothing works.
    case broken
}

/// Faults that a world switches on. The others are planted: a shop that relied on such a disk would be wrong, and
/// the checkers have to find it.
public struct LedgerFaults: Equatable, Sendable {
    /// A sync that returns without having synced: commits from now on vanish when the power fails.
    public var lieAboutSync = false
    /// Every crash forgets which commands were decided.
    public var forgetCommandsAtCrash = false
    /// Every crash forgets how far the feeds were taken in.
    public var forgetCursorsAtCrash = false
    /// Stock lines are handed out as if headquarters' rights were the shop's.
    public var handOutGlobalRights = false

    /// No fault.
    public init() {}
}

/// How often a disk did what a shop must survive. A fault that never happened proved nothing (DESIGN §11).
public struct LedgerCounts: Equatable, Sendable {
    /// Commits that succeeded.
    public var commits = 0
    /// Commits that failed for want of space.
    public var fullCommits = 0
    /// Commits whose sync failed.
    public var brokenCommits = 0
    /// Of those, the ones that were on disk all the same.
    public var brokenCommitsKept = 0
    /// Crashes.
    public var crashes = 0
    /// Crashes in the middle of a transaction.
    public var crashesInTransaction = 0
    /// Commits that vanished since a sync was a lie.
    public var vanishedCommits = 0
    /// Decided commands that a crash forgot.
    public var forgottenCommands = 0
    /// Cursors that a crash forgot.
    public var forgottenCursors = 0
    /// Times the ballast was given up.
    public var ballastReleases = 0
    /// Times a backup was put in place.
    public var restores = 0
}
