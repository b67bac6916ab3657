// What goes wrong in a simulated shop, and how often it did.

/// A kind of fault that a seed may switch on.
public enum Fault: String, CaseIterable, Sendable {
    /// A broker acknowledges a message and gives it to nobody.
    case messageLost
    /// A broker delivers a message twice.
    case messageDuplicated
    /// A message overtakes an earlier one of another topic, since some take long.
    case messagesReordered
    /// The shop's broker stops and forgets what was in its memory.
    case shopBrokerRestarted
    /// Headquarters' broker stops and forgets what was in its memory.
    case headquartersBrokerRestarted
    /// A device sends a command that was answered again.
    case commandRepeated
    /// A device sends a command under an id that stood for another one, or for another device's.
    case commandIDReused
    /// The agent dies with messages in hand, before anything of them is written.
    case crashBeforeCommit
    /// The agent dies in the commit, and nothing of it is on the disk.
    case crashInCommitLost
    /// The agent dies in the commit, and all of it is on the disk.
    case crashInCommitKept
    /// The agent dies after the commit, before any reply leaves.
    case crashAfterCommit
    /// The agent dies after some of the replies left.
    case crashBetweenReplies
    /// The power fails: unsynced writes are lost, the machine starts anew.
    case powerLost
    /// The power stays off beyond the end of a hold.
    case powerOffOverHold
    /// The assortment loses commits that were not synced.
    case assortmentLost
    /// The disk has no space for a while.
    case diskFull
    /// The line to headquarters is cut, for up to days.
    case lineCut
    /// Headquarters dies in a commit.
    case headquartersCrashInCommit
    /// Headquarters dies after a commit, before anything of it leaves.
    case headquartersCrashAfterCommit
    /// The wall clock jumps ahead.
    case clockAhead
    /// The wall clock jumps back.
    case clockBack
    /// The box starts without a clock, in 1970.
    case clockLost
}

/// How often each fault was switched on by a seed, and how often it happened.
public struct FaultCounts: Sendable {
    /// How many seeds had it switched on.
    public private(set) var enabled: [Int]
    /// How often it happened.
    public private(set) var fired: [Int]

    /// Nothing happened yet.
    public init() {
        enabled = Fault.allCases.map { _ in 0 }
        fired = Fault.allCases.map { _ in 0 }
    }

    mutating func enable(_ fault: Fault) { enabled[fault.index] += 1 }
    mutating func fire(_ fault: Fault, _ count: Int = 1) { fired[fault.index] += count }

    /// How often a fault happened.
    public func fired(_ fault: Fault) -> Int { fired[fault.index] }
    /// How many seeds had it switched on.
    public func enabled(_ fault: Fault) -> Int { enabled[fault.index] }

    /// Adds what another run counted.
    public mutating func add(_ other: FaultCounts) {
        for index in enabled.indices {
            enabled[index] += other.enabled[index]
            fired[index] += other.fired[index]
        }
    }

    /// Faults that were switched on and never happened: they proved nothing.
    public var silent: [Fault] { Fault.allCases.filter { enabled($0) > 0 && fired($0) == 0 } }
}

extension Fault {
    /// Its place in `allCases`.
    var index: Int { Fault.allCases.firstIndex(of: self) ?? 0 }
}

/// A mistake put into the world on purpose, at its ports and never in the shop's own code: the checkers must find it.
public enum PlantedFault: String, CaseIterable, Sendable {
    /// Replies leave although their commit reaches the disk only with the next one.
    case replyBeforeCommit
    /// Every start forgets which commands were decided.
    case dedupForgottenAtRestart
    /// Storage hands stock lines out as if headquarters' rights were the shop's.
    case rightsFromGlobalValue
    /// Headquarters receipts events before its commit is durable.
    case receiptTrustedBeforeCommit
    /// The clock always says that it is synchronised.
    case expiryByWallClock
    /// Every start forgets how far the feeds were taken in.
    case cursorForgottenAtRestart
    /// Now and then an event is marked as received that never was.
    case outboxSkipsARow
    /// Headquarters forgets which events it has.
    case headquartersForgetsDuplicates
    /// The front sees a commit some time after its replies left.
    case viewPublishedAfterReplies
    /// A hold that ends leaves its units locked.
    case holdNotReleasedOnExpiry
    /// A hold that ends frees its units twice.
    case holdReleasedTwice
    /// The disk says that it synced and did not.
    case lyingDisk
}
