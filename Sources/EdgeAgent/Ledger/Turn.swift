// One turn of the ledger's loop: what it has decided so far, none of it told to anyone before the commit.

import ShopCore
import ShopModel

/// The work of one turn.
final class Turn {
    /// The shop's time, the same for all of the turn.
    let now: Instant
    /// What leaves after the commit.
    var outcome = TurnOutcome()
    /// What the front sees after the commit.
    var changes = ViewChanges()
    /// Enrolled devices as they are after the commit.
    var devices: [EnrolledDevice] = []
    /// Whether any row was written.
    var changedAnything = false
    /// What has to be kept of a command that is refused.
    var afterRefusal: (() throws(StorageFailure) -> Void)?
    /// Whether more is due than one turn records.
    var moreIsDue = false

    init(now: Instant) { self.now = now }
}

/// Whom a change is owed to: the cause in the journal, and the seed of the ids of events (DESIGN law 2).
struct Author {
    /// The seed of event ids: a command's id, or what was due and when.
    let seed: String
    /// What did it: a verb, `expiry`, or `feed.<name>`.
    let by: String
    let command: CommandID?
    let device: DeviceID
    let clerk: ClerkID?
    /// When it happened, which for an expiry is its own instant.
    let at: Instant
    /// How many events came of it so far.
    private(set) var eventCount = 0

    init(
        seed: String, by: String, command: CommandID? = nil, device: DeviceID = .agent, clerk: ClerkID? = nil,
        at: Instant
    ) {
        self.seed = seed
        self.by = by
        self.command = command
        self.device = device
        self.clerk = clerk
        self.at = at
    }

    /// The id of the next event.
    mutating func nextEventID() -> String {
        eventCount += 1
        return "\(seed)/\(eventCount)"
    }

    func cause(_ reference: String) -> JournalEntry.Cause {
        JournalEntry.Cause(by: by, reference: reference, command: command, device: device, clerk: clerk)
    }
}
