// Commands that were decided, on a simulated disk.

import EdgeAgent
import ShopModel

/// Commands that still have their reply, by when they were decided.
struct CommandIndexes: RowIndexes {
    var replied = SortedElements<Ranked<CommandID>>()

    mutating func insert(_ row: StoredCommand) {
        if row.reply != nil { replied.insert(Ranked(row.decidedAt.milliseconds, row.id)) }
    }

    mutating func remove(_ row: StoredCommand) {
        if row.reply != nil { replied.remove(Ranked(row.decidedAt.milliseconds, row.id)) }
    }
}

extension SimulatedLedger {
    /// The command of that id.
    public func command(_ id: CommandID) throws(StorageFailure) -> StoredCommand? {
        try checkWorking()
        return commands[id]
    }

    /// Remembers a command; the same id twice is broken, as a key that is not unique is.
    public func insert(_ command: StoredCommand) throws(StorageFailure) {
        try checkWriting()
        guard commands[command.id] == nil else { throw .broken("command \(command.id) is stored already") }
        commands[command.id] = command
    }

    /// Forgets replies, the oldest first.
    public func forgetReplies(before: Instant, limit: Int) throws(StorageFailure) -> Int {
        try checkWriting()
        let old = Array(commands.indexes.replied.prefix { $0.rank >= before.milliseconds }.prefix(limit))
        for entry in old {
            guard let row = commands[entry.name] else { continue }
            commands[entry.name] = StoredCommand(
                id: row.id, device: row.device, verb: row.verb, digest: row.digest, outcome: row.outcome, reply: nil,
                decidedAt: row.decidedAt)
        }
        return old.count
    }

    /// How often the process died while it decided this.
    public func deaths(of digest: [UInt8]) throws(StorageFailure) -> Int {
        try checkWorking()
        return deaths[digest] ?? 0
    }

    /// Counts a death.
    public func countDeath(of digest: [UInt8]) throws(StorageFailure) {
        try checkWriting()
        deaths[digest] = (deaths[digest] ?? 0) + 1
    }
}
