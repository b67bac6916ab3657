// What is on its way to a shop, as far as headquarters remembers: never more than the shop's broker can hold.

import Contract
import ShopModel

/// The ways of all feeds to one shop. It is memory only: the shop's cursors put it right.
struct FeedLink {
    /// The size of a message.
    static let messageBytesMax = 60_000
    /// How many entries a message may have (the shop's reader takes 10,000).
    static let messageEntriesMax = 5_000
    /// How many messages of one feed may be on their way without the shop having told that it took them in.
    static let flightsMax = 8
    /// How many messages of a snapshot leave at once, and how long until the next leave.
    static let snapshotBurst = 16
    static let snapshotPauseMilliseconds: Int64 = 100
    /// How long after a snapshot's end the shop may still be busy with it, before it is sent again.
    static let snapshotPatienceMilliseconds: Int64 = 10_000
    /// A shop that tells the same cursor again, and no other for so long, misses something: it is sent again.
    static let resendPauseMilliseconds: Int64 = 1_000

    var flows: [FeedStream: FeedFlow] = [:]
    /// When the next part of a snapshot may leave.
    var nextTry: Instant?

    /// What is on its way may be lost: each feed goes back to what the shop told.
    mutating func startOver() {
        for stream in Array(flows.keys) {
            guard let flow = flows[stream] else { continue }
            flows[stream]?.goBack(to: flow.told)
            flows[stream]?.snapshot?.next = 0
            flows[stream]?.snapshot?.endedAt = nil
        }
        nextTry = nil
    }
}

/// The way of one feed to one shop.
struct FeedFlow {
    /// The last entry that the shop is known to have.
    var told: Int64
    /// The last entry sent.
    var sent: Int64
    /// The last sequences of the messages on their way, oldest first.
    var flights: [Int64] = []
    /// Whether the shop itself told `told`, or headquarters only supposes it.
    var isTold = false
    /// When the shop told the same cursor again although something was on its way.
    var suspectedAt: Instant?
    /// Whether a log feed has to tell the shop first how this epoch follows the one that the shop knows.
    var introducesEpoch = false
    /// When the last part of a snapshot left.
    var burstAt: Instant?
    /// The snapshot on its way.
    var snapshot: Transfer?

    /// A snapshot on its way.
    struct Transfer {
        /// Its cursor.
        let sequence: Int64
        /// The next message of it.
        var next = 0
        /// When the last of it left.
        var endedAt: Instant?
    }

    var hasRoom: Bool { flights.count < FeedLink.flightsMax }

    init(at sequence: Int64) {
        told = sequence
        sent = sequence
    }

    /// Goes back to what the shop is known to have.
    mutating func goBack(to sequence: Int64) {
        told = sequence
        sent = sequence
        suspectedAt = nil
        flights.removeAll(keepingCapacity: true)
    }

    /// The shop has taken in everything up to a sequence.
    mutating func hears(_ sequence: Int64) {
        if sequence > told { suspectedAt = nil }
        told = sequence
        sent = max(sent, sequence)
        flights.removeAll { $0 <= sequence }
    }
}

/// The messages of a snapshot, made once for all shops that need it.
struct SnapshotText {
    /// The cursor after it.
    let sequence: Int64
    /// Begin, parts, end.
    let messages: [[UInt8]]
}
