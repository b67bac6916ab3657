// What others may ask of headquarters' link: a word of headquarters' application, and feeds once more.

import Contract
import EdgeAgent
import Glibc
import MQTT
import ShopModel

/// Work for the link's thread. Its answer is given on that thread, and must not wait.
public enum LinkErrand: Sendable {
    /// Asks headquarters' application for a word, under an id of its own. Without a word there is no answer: whoever
    /// asks waits as long as they like.
    case ping(id: String, answer: @Sendable (Result<EchoHeard, Refusal>) -> Void)
    /// Asks for a feed, or all, to be sent again.
    case resync(Feed?, answer: @Sendable (Result<[Asked], Refusal>) -> Void)

    /// What was asked for.
    public struct Asked: Equatable, Sendable {
        /// Where the feed stood.
        public let cursor: FeedCursor
        /// Whether all of it is sent again, or only what is behind the cursor.
        public let fromStart: Bool
    }
}

/// A word of headquarters' application.
public struct EchoHeard: Sendable {
    /// The word.
    public let answer: EchoAnswer
    /// When the question left, by the machine's clock.
    public let sentAt: Instant
    /// When the word came.
    public let answeredAt: Instant
    /// How long that took, by the monotonic clock.
    public let microseconds: Int64
}

/// A moment by both of the machine's clocks.
struct LinkMoment {
    let wall: Instant
    let monotonicMicroseconds: Int64

    static var now: LinkMoment {
        var wall = timespec()
        var monotonic = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        clock_gettime(CLOCK_MONOTONIC, &monotonic)
        return LinkMoment(
            wall: Instant(milliseconds: Int64(wall.tv_sec) * 1_000 + Int64(wall.tv_nsec) / 1_000_000),
            monotonicMicroseconds: Int64(monotonic.tv_sec) * 1_000_000 + Int64(monotonic.tv_nsec) / 1_000)
    }
}

/// Echoes that are waited for.
struct PendingEchoes {
    /// Nobody waits longer; what comes later finds nobody.
    private static let microsecondsMax: Int64 = 60_000_000

    private var waiting: [String: (since: LinkMoment, answer: @Sendable (Result<EchoHeard, Refusal>) -> Void)] = [:]

    /// Notes a question that is about to leave.
    mutating func wait(
        for id: String, since moment: LinkMoment, _ answer: @escaping @Sendable (Result<EchoHeard, Refusal>) -> Void
    ) {
        waiting = waiting.filter {
            moment.monotonicMicroseconds - $0.value.since.monotonicMicroseconds < Self.microsecondsMax
        }
        waiting[id] = (moment, answer)
    }

    /// A word came; one for another box of the same shop finds nobody.
    mutating func answer(_ word: EchoAnswer) {
        guard let asked = waiting.removeValue(forKey: word.id) else { return }
        let now = LinkMoment.now
        asked.answer(
            .success(
                EchoHeard(
                    answer: word, sentAt: asked.since.wall, answeredAt: now.wall,
                    microseconds: max(0, now.monotonicMicroseconds - asked.since.monotonicMicroseconds))))
    }

    /// The connection is gone, and what was on its way with it.
    mutating func refuseAll(_ cause: String) {
        let lost = waiting
        waiting.removeAll()
        for asked in lost.values {
            asked.answer(.failure(Refusal(.headquartersNotConnected, [.text("cause", cause)])))
        }
    }
}

/// Notices that the broker gives this box's session to another one of its name.
///
/// A broker may say so (MQTT 5, reason 142). Mosquitto 2.0.11 just closes: then it is a connection that ends without a
/// word and is had again at the first attempt, which a broker that stops or a line that breaks does not give.
struct TakeOvers {
    private static let sessionTakenOver: Int32 = 142
    private var wasClosedWithoutAWord = false

    /// Whether the end itself tells.
    mutating func disconnected(_ error: MQTTError) -> Bool {
        wasClosedWithoutAWord = error.isClosedWithoutAWord
        if case .closedByBroker(Self.sessionTakenOver, _) = error { return true }
        return false
    }

    mutating func attemptFailed() { wasClosedWithoutAWord = false }

    /// Whether the next connection tells.
    mutating func connected() -> Bool {
        defer { wasClosedWithoutAWord = false }
        return wasClosedWithoutAWord
    }
}
