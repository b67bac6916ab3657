// Commands that were decided, on a simulated disk.

import EdgeAgent
import ShopModel

/// Commands of a device, and those that still have their reply, by when they were decided.
struct CommandIndexes: RowIndexes {
    var replied = SortedElements<Ranked<CommandID>>()
    var ofDevice = SortedGroups<DeviceID, Ranked<CommandID>>()

    mutating func insert(_ row: StoredCommand) {
        ofDevice.insert(Ranked(row.decidedAt.milliseconds, row.id), in: row.device)
        if row.reply != nil { replied.insert(Ranked(row.decidedAt.milliseconds, row.id)) }
    }

    mutating func remove(_ row: StoredCommand) {
        ofDevice.remove(Ranked(row.decidedAt.milliseconds, row.id), from: row.device)
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

    /// The latest commands of a device, newest first.
    public func commands(of device: DeviceID, limit: Int) throws(StorageFailure) -> [StoredCommand] {
        try checkWorking()
        return commands.indexes.ofDevice[device].elements.suffix(max(0, limit)).reversed()
            .compactMap { commands[$0.name] }
    }

    /// Remembers a message that was refused before it was decided; the oldest gives way.
    public func insert(_ refusal: RefusedMessage) throws(StorageFailure) {
        try checkWriting()
        let number = next(.refusals)
        refusals[number] = RefusalRow(number: number, refusal: refusal)
        let last = number - Int64(RefusedMessage.keptMax)
        if refusals[last] != nil { refusals[last] = nil }
    }

    /// What was refused under an id, oldest first.
    public func refusals(of id: CommandID, limit: Int) throws(StorageFailure) -> [RefusedMessage] {
        try checkWorking()
        return refusals.indexes.ofID[id].elements.prefix(max(0, limit)).compactMap { refusals[$0]?.refusal }
    }

    /// The latest refusals of a device, newest first.
    public func refusals(of device: DeviceID, limit: Int) throws(StorageFailure) -> [RefusedMessage] {
        try checkWorking()
        return refusals.indexes.ofDevice[device].elements.suffix(max(0, limit)).reversed()
            .compactMap { refusals[$0]?.refusal }
    }
}

/// A refused message and its number in the ring.
struct RefusalRow {
    let number: Int64
    let refusal: RefusedMessage
}

/// Refused messages by the id and the device that they came with.
struct RefusalIndexes: RowIndexes {
    var ofID = SortedGroups<CommandID, Int64>()
    var ofDevice = SortedGroups<DeviceID, Int64>()

    mutating func insert(_ row: RefusalRow) {
        ofID.insert(row.number, in: row.refusal.id)
        ofDevice.insert(row.number, in: row.refusal.device)
    }

    mutating func remove(_ row: RefusalRow) {
        ofID.remove(row.number, from: row.refusal.id)
        ofDevice.remove(row.number, from: row.refusal.device)
    }
}
