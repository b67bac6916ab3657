// What headquarters' link knows of itself, for whoever asks: written by the link's thread, read by any other.

import Contract
import ShopModel
import Synchronization

/// A board on which the link's thread writes and everybody reads, without ever waiting for the line.
public final class LinkBoard: Sendable {
    private let facts = Mutex(LinkFacts())

    /// An empty board.
    public init() {}

    /// What is written there now.
    public var now: LinkFacts { facts.withLock { $0 } }

    /// Writes; by the link's thread.
    public func write(_ change: (inout LinkFacts) -> Void) { facts.withLock { change(&$0) } }
}

/// What the link knows.
public struct LinkFacts: Sendable {
    /// Where the feeds of the assortment's database stand; `nil` before they were first read.
    public var catalogueCursors: [FeedCursor]?
    /// What of them was set aside.
    public var catalogueParked: [ParkedCount] = []
    /// The first of them, one by one.
    public var catalogueSetAside: [SetAsideEntry] = []
    /// What came down the line and could not be taken, by feed.
    public var troubles: [FeedTrouble] = []
    /// What headquarters said last when it was asked for a word, and when.
    public var echo: (answer: EchoAnswer, at: Instant)?
    /// When headquarters' broker threw this box out in favour of another session of its name, in the last hour.
    public var thrownOutAt: [Instant] = []

    /// Counts what could not be taken.
    mutating func count(_ kind: FeedTrouble.Kind, of feed: String, _ detail: String, at: Instant) {
        let index = troubles.firstIndex { $0.kind == kind && $0.feed == feed }
        var trouble = index.map { troubles[$0] } ?? FeedTrouble(kind: kind, feed: feed)
        trouble.count += 1
        trouble.lastAt = at
        trouble.detail = detail
        if let index {
            troubles[index] = trouble
        } else if troubles.count < 64 {
            troubles.append(trouble)
        }
    }
}

/// Messages of a feed that could not be taken since the process began. Nothing of them is kept: headquarters has them.
public struct FeedTrouble: Equatable, Sendable {
    /// What is wrong with them.
    public let kind: Kind
    /// The feed's name as the message or its topic has it; `receipts` and `echo` for those.
    public let feed: String
    /// How many there were.
    public var count = 0
    /// When the last came.
    public var lastAt = Instant(milliseconds: 0)
    /// What the last one was, in English.
    public var detail = ""

    /// What can be wrong with a message.
    public enum Kind: String, Sendable {
        /// It is meant for another shop.
        case foreign
        /// It comes from a headquarters that has nothing in common with the one that this shop heard before.
        case unrelated
        /// It insists on what this version of the agent does not know.
        case newer
    }

    init(kind: Kind, feed: String) {
        self.kind = kind
        self.feed = feed
    }
}

extension Refusal.Code {
    /// What a later version of headquarters says and this one cannot read: an update of the agent is the mend.
    public static let newerThanThisVersion: [Refusal.Code] = [
        .contractMustUnknown, .contractUnknownFeed, .contractUnknownType, .contractUnknownValue, .feedEntryUnknown,
    ]
}
