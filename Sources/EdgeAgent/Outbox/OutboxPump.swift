// Sends what headquarters has not receipted, most urgent lane first, a bounded number at a time (DESIGN §7).

import Contract
import ShopModel

/// Knows which events are on their way. It holds no event: those lie in storage until they are receipted. Its patience
/// is measured by the machine's uptime, which no wrong clock holds up.
struct OutboxPump {
    /// The most events on their way without a receipt (DESIGN §7).
    static let inFlightMax = 500
    /// The size of a message, unless one event alone is larger.
    static let messageBytesMax = 60_000
    /// Without any receipt for so long, everything is sent again: brokers drop silently (DESIGN law 3). It doubles with
    /// each silence, so that a headquarters that is away is not flooded.
    static let silenceMillisecondsFirst: Int64 = 5_000
    /// The longest silence before everything is sent again.
    static let silenceMillisecondsMax: Int64 = 60_000
    /// The longest wait for one event's receipt while others are receipted.
    static let receiptMillisecondsMax: Int64 = 30_000
    /// How long a lane waits after headquarters could not take an event yet.
    static let blockedMilliseconds: Int64 = 2_000

    /// An event on its way.
    struct Flight {
        let row: Int64
        let lane: Lane
        let subject: String
        let subjectSequence: Int64
        let incarnation: Incarnation
        /// When it was sent last.
        let sentAt: Instant
    }

    private var linkIsUp = false
    private var inFlight: [String: Flight] = [:]
    /// The last row sent, by lane.
    private var sentRow: [Int64] = Lane.allCases.map { _ in 0 }
    private var planned: [(id: String, flight: Flight)] = []
    /// What was receipted in this turn: on its way still, should the turn not reach the disk.
    private var heardInTurn: [(id: String, flight: Flight)] = []
    private var heardAt: Instant?
    private var silenceMilliseconds = OutboxPump.silenceMillisecondsFirst
    /// By lane: when headquarters may be asked again after it could not take an event. One lane never holds up another.
    private var blockedUntil: [Instant?] = Lane.allCases.map { _ in nil }

    /// When the pump has to try again although nothing happens.
    var nextTry: Instant? {
        guard linkIsUp else { return nil }
        var tries = blockedUntil.compactMap { $0 }
        if let heardAt, !(inFlight.isEmpty && planned.isEmpty) { tries.append(heardAt + silenceMilliseconds) }
        if let oldest { tries.append(oldest + receiptMilliseconds) }
        return tries.min()
    }

    /// An event that stays without a receipt for so long, while others have theirs, was lost on the way.
    private var receiptMilliseconds: Int64 { max(Self.receiptMillisecondsMax, silenceMilliseconds) }
    /// When the event was sent that waits longest for its receipt.
    private var oldest: Instant? { inFlight.values.lazy.map(\.sentAt).min() }

    /// How many events are on their way.
    var inFlightCount: Int { inFlight.count }

    /// With a new connection everything unreceipted is sent again, from the first.
    mutating func linkChanged(up: Bool) {
        linkIsUp = up
        silenceMilliseconds = Self.silenceMillisecondsFirst
        startOver()
    }

    /// Forgets what is on its way: it will be sent again.
    mutating func startOver() {
        inFlight.removeAll(keepingCapacity: true)
        planned.removeAll(keepingCapacity: true)
        heardInTurn.removeAll(keepingCapacity: true)
        for lane in sentRow.indices { sentRow[lane] = 0 }
        heardAt = nil
        for lane in blockedUntil.indices { blockedUntil[lane] = nil }
    }

    /// A lane is sent again from its first pending event, at once.
    mutating func startOver(_ lane: Lane) {
        sentRow[lane.rawValue] = 0
        inFlight = inFlight.filter { $0.value.lane != lane }
        blockedUntil[lane.rawValue] = nil
    }

    /// What headquarters will say of these events is not waited for any more: they were parked on their way.
    mutating func forget(subject: String, _ incarnation: Incarnation, from sequence: Int64) {
        inFlight = inFlight.filter {
            $0.value.subject != subject || $0.value.incarnation != incarnation || $0.value.subjectSequence < sequence
        }
    }

    /// The next messages for headquarters. They may leave once the turn is committed, which `committed()` tells.
    mutating func next(
        from storage: any OutboxStorage, shop: ShopID, now: Instant
    ) throws(StorageFailure) -> [EventBatch] {
        guard linkIsUp else { return [] }
        if let heardAt, !inFlight.isEmpty, now - heardAt >= silenceMilliseconds {
            startOver()
            silenceMilliseconds = min(Self.silenceMillisecondsMax, silenceMilliseconds * 2)
        } else if let oldest, now - oldest >= receiptMilliseconds {
            startOver()
        }
        var batches: [EventBatch] = []
        for lane in Lane.allCases {
            if let until = blockedUntil[lane.rawValue], now < until { continue }
            blockedUntil[lane.rawValue] = nil
            let room = Self.inFlightMax - inFlight.count - planned.count
            guard room > 0 else { break }
            let events = try storage.pending(lane, afterRow: sentRow[lane.rawValue], limit: room)
            guard !events.isEmpty else { continue }
            var writer = BatchWriter(lane: lane, shop: shop)
            for event in events {
                if let full = writer.add(event) { batches.append(full) }
                planned.append(
                    (
                        event.id,
                        Flight(
                            row: event.row, lane: lane, subject: event.subject,
                            subjectSequence: event.subjectSequence, incarnation: event.incarnation, sentAt: now)
                    ))
            }
            if let last = writer.finish() { batches.append(last) }
        }
        if !batches.isEmpty, heardAt == nil || inFlight.isEmpty { heardAt = now }
        return batches
    }

    /// The turn is on disk: what was planned is on its way.
    mutating func committed() {
        for (id, flight) in planned {
            inFlight[id] = flight
            sentRow[flight.lane.rawValue] = max(sentRow[flight.lane.rawValue], flight.row)
        }
        planned.removeAll(keepingCapacity: true)
        heardInTurn.removeAll(keepingCapacity: true)
    }

    /// The turn did not happen: its receipts were not taken, and are asked for again by sending again.
    mutating func rolledBack() {
        planned.removeAll(keepingCapacity: true)
        for (id, flight) in heardInTurn { inFlight[id] = flight }
        heardInTurn.removeAll(keepingCapacity: true)
    }

    /// Headquarters said something of an event.
    mutating func heard(_ id: String, now: Instant) -> Flight? {
        heardAt = now
        silenceMilliseconds = Self.silenceMillisecondsFirst
        guard let flight = inFlight.removeValue(forKey: id) else { return nil }
        heardInTurn.append((id, flight))
        return flight
    }

    /// Headquarters cannot take a lane's event yet: after a moment the lane is sent again from its first pending event.
    mutating func goBack(_ lane: Lane, now: Instant) {
        sentRow[lane.rawValue] = 0
        // A way that is full of events which wait for the missing one would not let it through.
        inFlight = inFlight.filter { $0.value.lane != lane }
        blockedUntil[lane.rawValue] = now + Self.blockedMilliseconds
    }
}

/// Packs events of a lane into messages.
private struct BatchWriter {
    let lane: Lane
    let shop: ShopID
    private var bytes: [UInt8] = []
    private var count = 0

    init(lane: Lane, shop: ShopID) {
        self.lane = lane
        self.shop = shop
    }

    /// Adds an event; returns the message before it when that became full.
    mutating func add(_ event: OutboxEvent) -> EventBatch? {
        var encoded: [UInt8] = []
        CloudEvent.append(
            id: event.id, shop: shop, type: event.type, subject: event.subject, time: event.time,
            incarnation: event.incarnation, subjectSequence: event.subjectSequence, data: event.data, to: &encoded)
        let full = count > 0 && bytes.count + encoded.count + 2 > OutboxPump.messageBytesMax ? finish() : nil
        bytes.append(count == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
        bytes += encoded
        count += 1
        return full
    }

    /// The message so far, if it has events.
    mutating func finish() -> EventBatch? {
        guard count > 0 else { return nil }
        defer {
            bytes = []
            count = 0
        }
        return EventBatch(lane: lane, payload: bytes + [UInt8(ascii: "]")], count: count)
    }
}
