// What was lately seen of each device, in memory alone: presence, last message, counts, refusals, and a ring of heads.

import Contract
import ShopModel
import Synchronization

/// What is known of the devices from their messages. The loops write, the control socket reads; each holds it for
/// microseconds, so that no scan waits.
public final class DeviceWatch: Sendable {
    /// Devices of the shop that are remembered.
    public static let listedMax = 1_000
    /// Strangers that are remembered; the one heard of longest ago makes room.
    public static let unlistedMax = 200
    /// Heads of messages that are remembered.
    public static let rowsMax = 512
    /// Kinds of refusals that are counted apart for a device; the rest counts together.
    public static let codesMax = 16

    private let state = Mutex(State())

    fileprivate struct State {
        var devices: [DeviceID: Seen] = [:]
        var unlistedCount = 0
        var presenceVersion = 0
        var rows: [TraceRow] = []
        var nextRow: Int64 = 1
    }

    private let onMessage: (@Sendable (_ head: MessageHead, _ microseconds: Int) -> Void)?
    /// When runs of the agent before this one heard of devices last.
    private let heardBefore: [DeviceID: Instant]

    /// Nothing was seen yet.
    ///
    /// - Parameters:
    ///   - heardBefore: when runs of the agent before this one heard of devices last.
    ///   - onMessage: told of each message that was answered, on the loop's thread; must not wait.
    public init(
        heardBefore: [DeviceID: Instant] = [:],
        onMessage: (@Sendable (_ head: MessageHead, _ microseconds: Int) -> Void)? = nil
    ) {
        self.heardBefore = heardBefore
        self.onMessage = onMessage
    }

    /// Accounts of the box itself: what its own tools try at the broker is no device's doing.
    private static func isOfTheBox(_ device: DeviceID) -> Bool { EnrolmentRequest.reserved.contains(device.value) }

    /// Whether a device says that it is there.
    public enum Presence: String, Sendable {
        /// It said so, and its connection did not end since.
        case online
        /// It said goodbye, or the broker said for it that its connection ended.
        case offline
        /// It never said anything about it.
        case never
    }

    /// How often a device was refused with a code, and when last.
    public struct Refusals: Equatable, Sendable {
        /// The code; `…` stands for those beyond `codesMax`.
        public let code: String
        /// How often.
        public var count: Int
        /// When last.
        public var at: Instant
    }

    /// What is known of one device since the agent started.
    public struct Seen: Equatable, Sendable {
        /// Whether it says that it is there.
        public internal(set) var presence = Presence.never
        /// When it said so.
        public internal(set) var presenceAt: Instant?
        /// How often it said that it is there.
        public internal(set) var greetings = 0
        /// When it was heard of last, presence not counted.
        public internal(set) var lastMessageAt: Instant?
        /// What it asked last.
        public internal(set) var lastVerb: String?
        /// How many of its messages were answered.
        public internal(set) var messages = 0
        /// How many of them were refused.
        public internal(set) var refused = 0
        /// Why, most frequent first, then by code.
        public internal(set) var refusals: [Refusals] = []
        /// The last of them.
        public var lastRefusal: Refusals? { refusals.max { ($0.at, $0.code) < ($1.at, $1.code) } }
        /// Whether it is one of the shop's.
        public internal(set) var isListed = false
        /// The row of its latest line of the trace: what orders strangers by when they were heard of.
        var latestRow: Int64 = 0
    }

    /// A line of the trace.
    public struct TraceRow: Equatable, Sendable {
        /// Its number, from 1 at the agent's start; `after` asks for what follows one.
        public let row: Int64
        /// What happened.
        public let event: Event
        /// From the message's arrival to its reply's departure; 0 for presences.
        public let microseconds: Int

        /// What happened.
        public enum Event: Equatable, Sendable {
            case message(MessageHead)
            case presence(DeviceID, Presence, at: Instant)
        }

        /// Whose line it is.
        public var device: DeviceID {
            switch event {
            case .message(let head): head.device
            case .presence(let device, _, _): device
            }
        }
    }

    /// Takes note of a message that was answered.
    public func note(_ head: MessageHead, microseconds: Int) {
        guard !Self.isOfTheBox(head.device) else { return }
        onMessage?(head, microseconds)
        state.withLock { state in
            state.add(.message(head), microseconds: microseconds)
            state.change(head.device, isListed: head.isListed) { seen in
                // What a technician did in its name is no sign of life.
                guard !head.isSimulated else { return }
                seen.lastMessageAt = head.at
                seen.lastVerb = head.verb
                seen.messages += 1
                guard head.outcome == .refused, let code = head.code else { return }
                seen.refused += 1
                seen.count(code, at: head.at)
            }
        }
    }

    /// Takes note of what a device, or its will, says of its presence.
    public func note(presence: Presence, of device: DeviceID, isListed: Bool, at: Instant) {
        guard !Self.isOfTheBox(device) else { return }
        state.withLock { state in
            state.add(.presence(device, presence, at: at), microseconds: 0)
            if state.devices[device]?.presence ?? .never != presence { state.presenceVersion += 1 }
            state.change(device, isListed: isListed) { seen in
                seen.presence = presence
                seen.presenceAt = at
                if presence == .online { seen.greetings += 1 }
            }
        }
    }

    /// What is known of a device; `nil` when nothing was heard of it.
    public func seen(_ device: DeviceID) -> Seen? { state.withLock { $0.devices[device] } }

    /// Grows with every presence that is another than before.
    public var presenceVersion: Int { state.withLock { $0.presenceVersion } }

    /// When a run of the agent before this one heard of a device last; `nil` when none did, as far as is remembered.
    public func heardBefore(_ device: DeviceID) -> Instant? { heardBefore[device] }

    /// When each of those devices was heard of last, in this run or before it.
    public func lastHeard(of devices: [DeviceID]) -> [DeviceID: Instant] {
        let seen = state.withLock { $0.devices }
        var heard: [DeviceID: Instant] = [:]
        for device in devices {
            let own = seen[device].flatMap { [$0.lastMessageAt, $0.presenceAt].compactMap(\.self).max() }
            heard[device] = [own, heardBefore[device]].compactMap(\.self).max()
        }
        return heard
    }

    /// What is known of all devices, by name.
    public func all() -> [(device: DeviceID, seen: Seen)] {
        let devices = state.withLock { $0.devices }
        return devices.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// Lines of the trace behind a row, oldest first.
    ///
    /// - Parameters:
    ///   - device: only its lines; all when `nil`.
    ///   - after: the row before the first wanted; `nil` for the latest ones.
    ///   - limit: at most so many.
    /// - Returns: the lines; the number of the latest row, whosever it is; and whether lines between `after` and the
    ///   first are forgotten.
    public func trace(
        of device: DeviceID?, after: Int64?, limit: Int
    ) -> (rows: [TraceRow], latest: Int64, hasGap: Bool) {
        let (rows, next) = state.withLock { ($0.rows, $0.nextRow) }
        let sorted = rows.sorted { $0.row < $1.row }
        let wanted = sorted.filter { (device == nil || $0.device == device) && $0.row > after ?? 0 }
        let oldest = sorted.first?.row ?? next
        let hasGap = after.map { $0 + 1 < oldest } ?? false
        return (Array(after == nil ? wanted.suffix(limit) : wanted.prefix(limit)), next - 1, hasGap)
    }
}

extension DeviceWatch.State {
    mutating func add(_ event: DeviceWatch.TraceRow.Event, microseconds: Int) {
        let row = DeviceWatch.TraceRow(row: nextRow, event: event, microseconds: microseconds)
        if rows.count < DeviceWatch.rowsMax {
            rows.append(row)
        } else {
            rows[Int((nextRow - 1) % Int64(DeviceWatch.rowsMax))] = row
        }
        nextRow += 1
    }

    mutating func change(_ device: DeviceID, isListed: Bool, _ body: (inout DeviceWatch.Seen) -> Void) {
        if devices[device] == nil {
            guard makeRoom(isListed: isListed) else { return }
            devices[device] = DeviceWatch.Seen()
            if !isListed { unlistedCount += 1 }
            devices[device]?.isListed = isListed
        }
        // In place: a record is not copied for each scan.
        guard let index = devices.index(forKey: device) else { return }
        if devices.values[index].isListed != isListed {
            unlistedCount += isListed ? -1 : 1
            devices.values[index].isListed = isListed
        }
        devices.values[index].latestRow = nextRow - 1
        body(&devices.values[index])
    }

    /// Whether there is room for one more device of its kind, after a stranger gave way.
    private mutating func makeRoom(isListed: Bool) -> Bool {
        if isListed { return devices.count - unlistedCount < DeviceWatch.listedMax }
        guard unlistedCount >= DeviceWatch.unlistedMax else { return true }
        let strangers = devices.filter { !$0.value.isListed }
        guard let oldest = strangers.min(by: { ($0.value.latestRow, $0.key) < ($1.value.latestRow, $1.key) }) else {
            return false
        }
        devices[oldest.key] = nil
        unlistedCount -= 1
        return true
    }
}

extension DeviceWatch.Seen {
    /// Counts a refusal under its code; beyond the bound, under `…`.
    mutating func count(_ code: String, at: Instant) {
        let isRoom = refusals.count < DeviceWatch.codesMax - 1
        let name = isRoom || refusals.contains { $0.code == code } ? code : "…"
        if let index = refusals.firstIndex(where: { $0.code == name }) {
            refusals[index].count += 1
            refusals[index].at = at
        } else {
            refusals.append(DeviceWatch.Refusals(code: name, count: 1, at: at))
        }
        refusals.sort { ($1.count, $0.code) < ($0.count, $1.code) }
    }
}
