// The steps of a story: each has one cause, what it changed in the stock, and what headquarters is told of it.

import Contract
import ShopCore
import ShopModel

/// Gathers journal entries, events and commands, and puts them in order of time, by cause.
struct Story {
    /// How many entries, and how many events, a story has at most: its answer is one line of 256 KiB.
    static let partsMax = 250

    private var steps: [Step] = []
    private var places: [Cause: Int] = [:]
    private var positions: Set<Int64> = []
    private var rows: Set<Int64> = []
    /// Whether there is more than the story tells.
    private(set) var isCut = false

    /// What brought a step about: a command, or what nobody asked for at its moment.
    private enum Cause: Hashable {
        case command(CommandID)
        case own(by: String, at: Instant)
        case act(Int64)
        case refusal(CommandID, at: Instant, code: String)
    }

    private struct Step {
        let by: String
        let at: Instant
        var command: CommandID?
        var device: String?
        var clerk: String?
        var entries: [(entry: JournalEntry, event: OutboxEntry?)] = []
        var events: [OutboxEntry] = []
        var decided: StoredCommand?
        var act: OperatorAct?
        var refused: JSON?

        var order: (Int64, Int64, Int64) {
            (
                (decided?.decidedAt ?? at).milliseconds, events.first?.event.row ?? .max,
                entries.first?.entry.position ?? .max
            )
        }
    }

    /// The commands that the steps name.
    var commands: [CommandID] { steps.compactMap(\.command) }
    /// The events that the steps tell, those of changes of stock included.
    var eventIDs: [String] {
        steps.flatMap { step in
            step.events.map(\.event.id) + step.entries.compactMap { $0.event?.event.id }
        }
    }
    /// The positions of the journal that are told.
    func has(_ entry: JournalEntry) -> Bool { positions.contains(entry.position) }

    /// There is more than what was found.
    mutating func cut() { isCut = true }

    /// Adds a change of stock, with the event that tells headquarters of it, when that is known.
    mutating func add(_ entry: JournalEntry, event: OutboxEntry? = nil) {
        guard positions.count < Self.partsMax else { return cut() }
        guard positions.insert(entry.position).inserted else { return }
        let place = step(entry.cause.command, by: entry.cause.by, at: entry.at)
        if entry.cause.device != .agent { steps[place].device = entry.cause.device.value }
        steps[place].clerk = steps[place].clerk ?? entry.cause.clerk?.value
        steps[place].entries.append((entry, event))
    }

    /// Adds an event for headquarters.
    mutating func add(_ entry: OutboxEntry) {
        guard rows.count < Self.partsMax else { return cut() }
        guard rows.insert(entry.event.row).inserted else { return }
        let data = try? JSONReader.read(entry.event.data)
        let seed = entry.event.id.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let command = seed.count == 1 ? seed.first.flatMap { CommandID(String($0)) } : nil
        let by = data?["by"]?.text ?? (seed.first == "feed" ? "feed" : "expiry")
        let place: Int
        if seed.first == "act", seed.count == 3, let number = seed.last.flatMap({ Int64($0) }) {
            place = step(.act(number), by: by, at: entry.event.time)
        } else {
            place = step(command, by: by, at: entry.event.time)
        }
        steps[place].device = steps[place].device ?? data?["device"]?.text
        steps[place].clerk = steps[place].clerk ?? data?["clerk"]?.text
        steps[place].events.append(entry)
    }

    /// Adds a command as it was decided.
    mutating func add(_ command: StoredCommand) {
        let place = step(command.id, by: command.verb, at: command.decidedAt)
        steps[place].device = command.device.value
        steps[place].decided = command
    }

    /// Adds what a technician did.
    mutating func add(_ act: OperatorAct) {
        let place = step(.act(act.number), by: act.command, at: act.at)
        steps[place].act = act
    }

    /// Adds a message that was refused before it was decided, with why.
    mutating func add(_ refusal: RefusedMessage, problem: JSON) {
        let cause = Cause.refusal(refusal.id, at: refusal.at, code: refusal.code)
        let place = step(cause, by: refusal.verb, at: refusal.at)
        steps[place].command = refusal.id
        steps[place].device = refusal.device.value
        steps[place].refused = problem
    }

    private mutating func step(_ command: CommandID?, by: String, at: Instant) -> Int {
        let place = step(command.map(Cause.command) ?? .own(by: by, at: at), by: by, at: at)
        steps[place].command = command
        return place
    }

    private mutating func step(_ cause: Cause, by: String, at: Instant) -> Int {
        if let place = places[cause] { return place }
        places[cause] = steps.count
        steps.append(Step(by: by, at: at))
        return steps.count - 1
    }

    /// The steps, oldest first.
    var json: JSON { .array(steps.sorted { $0.order < $1.order }.map(Self.json)) }

    private static func json(_ step: Step) -> JSON {
        let problem = step.decided?.problem.map {
            JSON.told(("code", .string($0.code)), ("detail", .string($0.detail)))
        }
        let outcome = step.decided?.outcome ?? (step.refused == nil ? step.act?.outcome : "refused")
        return .told(
            ("at", .moment(step.decided?.decidedAt ?? step.act?.at ?? step.at)),
            ("by", .string(step.decided?.verb ?? step.act?.command ?? step.by)),
            ("command", step.command.map { .name($0) }), ("device", step.device.map(JSON.string)),
            ("clerk", step.clerk.map(JSON.string)), ("outcome", outcome.map(JSON.string)),
            ("problem", problem ?? step.refused), ("act", step.act?.described),
            ("changes", .array(step.entries.map { $0.entry.described($0.event) })),
            ("events", .array(step.events.map(\.told))))
    }
}

extension StoredCommand {
    /// Why it was refused, while its reply is kept.
    var problem: Problem? { reply.flatMap { try? Reply($0) }?.problem }
}

extension OutboxEntry {
    /// Fields of an event's data that tell what happened; no person is in any of them.
    private static let tellingFields = [
        "state", "until", "expiredAt", "reason", "code", "place", "where", "proof", "claimedBy", "takenOverFrom",
        "typedReason", "short", "counted",
    ]

    /// The event as a story tells it.
    fileprivate var told: JSON {
        let data = (try? JSONReader.read(event.data))?.objectMembers ?? []
        let telling = data.filter { Self.tellingFields.contains($0.name) }
        return .told(
            ("row", .integer(event.row)), ("id", .string(event.id)), ("lane", .string(event.lane.name)),
            ("type", .string(event.type)), ("subject", .string(event.subject)),
            ("subjectsequence", .integer(event.subjectSequence)), ("time", .moment(event.time)),
            ("state", .string(state.name)), ("reason", reason.map(JSON.string)), ("follows", follows.map(JSON.string)),
            ("told", .object(telling)))
    }
}
