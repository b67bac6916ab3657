// Headquarters' lives: when a new one begins, and how the log feeds go on in it (DESIGN §7).

import Contract
import ShopModel

/// A headquarters that was restored from a backup has lost its latest entries, and would give their numbers to others.
/// So it begins a new epoch. Of a state feed the shops get a snapshot. A log feed goes on: up to where it stands now, its
/// entries are those of the epoch before, and so back through all epochs that are known. That is told to each shop as
/// `follows`; the shop knows how many of those it has applied, and goes on behind them.
extension Headquarters {
    private static let formerEpochsName = "formerEpochs"
    /// Epochs that shops told of and that are nobody's here.
    private static let foreignEpochsName = "foreignEpochs"
    /// How many former epochs are remembered.
    private static let formerEpochsMax = 64

    /// Begins a new epoch by the word of those who restored the storage. Nothing has to be behind for that: entries that
    /// were made since may have hidden it.
    public func beginEpoch(now: Instant) throws -> HeadquartersOutcome {
        try turn(now: now) { try beginEpoch(because: "by the word of its operator") }
    }

    /// Begins a new epoch when a shop has heard what headquarters does not know of: its storage was restored, and lost
    /// something. In a new epoch the shops send again what was lost.
    func beginEpochIfBehind(_ message: CursorMessage, _ shop: ShopID) throws {
        let foreign = try names(Self.foreignEpochsName)
        let known = try names(Self.formerEpochsName) + foreign
        for cursor in message.cursors {
            guard let told = cursor.epoch else { continue }
            if told == epoch {
                let last = try storage.head(FeedStream(owner(of: cursor.scope, shop), cursor.feed))?.last ?? 0
                guard cursor.sequence > last else { continue }
                return try beginEpoch(
                    because: "shop \(shop) heard entry \(cursor.sequence) of feed \(cursor.feed.rawValue), and "
                        + "headquarters knows \(last): it was restored")
            } else if !known.contains(told), cursor.sequence > 0 {
                // Remembered, so that a shop that stays in it does not begin an epoch with each of its words.
                try set(Self.foreignEpochsName, [told] + foreign)
                return try beginEpoch(
                    because:
                        "shop \(shop) heard feed \(cursor.feed.rawValue) in the epoch \(told), of which headquarters "
                        + "knows nothing: it was restored")
            }
        }
    }

    private func owner(of scope: FeedScope, _ shop: ShopID) -> FeedOwner {
        switch scope {
        case .shop: .shop(shop)
        case .group(let group): .group(group)
        }
    }

    private func beginEpoch(because reason: String) throws {
        let former = epoch
        for owner in policy.shops.map({ FeedOwner.shop($0.id) }) + allGroups.map(FeedOwner.group) {
            for head in try storage.heads(of: owner) where !head.stream.feed.isState {
                try set(
                    [FeedMessage.Ancestor(epoch: former, sequence: head.last)] + ancestors(of: head.stream),
                    of: head.stream)
            }
        }
        try set(Self.formerEpochsName, [former] + names(Self.formerEpochsName))
        epoch = mint()
        try storage.setValue("epoch", epoch)
        links.removeAll()
        groupSent.removeAll()
        snapshots.removeAll()
        report("\(reason). It begins the epoch \(epoch)")
    }

    /// A log feed has its first entry: it has nothing in common with the epochs before it.
    func beginsInThisEpoch(_ stream: FeedStream) throws {
        let former = try names(Self.formerEpochsName)
        guard !former.isEmpty else { return }
        try set(former.map { FeedMessage.Ancestor(epoch: $0, sequence: 0) }, of: stream)
    }

    /// How a log feed goes on in this epoch, for a shop that stands in another.
    func introduction(of stream: FeedStream) throws -> [UInt8] {
        FeedMessage(
            feed: stream.feed, scope: stream.owner.scope, epoch: epoch, body: .follows(try ancestors(of: stream))
        ).json.encoded()
    }

    private func ancestors(of stream: FeedStream) throws -> [FeedMessage.Ancestor] {
        guard let text = try storage.value(Self.ancestorsName(stream)) else { return [] }
        return try (try JSONReader.read(Array(text.utf8)).elements ?? []).map { element in
            var reader = try ObjectReader(element)
            return try FeedMessage.Ancestor(from: &reader)
        }
    }

    private func set(_ ancestors: [FeedMessage.Ancestor], of stream: FeedStream) throws {
        let kept = JSON.array(ancestors.prefix(Self.formerEpochsMax).map(\.json))
        try storage.setValue(Self.ancestorsName(stream), String(decoding: kept.encoded(), as: UTF8.self))
    }

    private static func ancestorsName(_ stream: FeedStream) -> String {
        "ancestors/\(stream.owner)/\(stream.feed.rawValue)"
    }

    /// Names of epochs, the latest first.
    private func names(_ value: String) throws -> [String] {
        guard let text = try storage.value(value) else { return [] }
        return (try JSONReader.read(Array(text.utf8)).elements ?? []).compactMap(\.text)
    }

    private func set(_ value: String, _ names: [String]) throws {
        let kept = JSON.array(names.prefix(Self.formerEpochsMax).map(JSON.string))
        try storage.setValue(value, String(decoding: kept.encoded(), as: UTF8.self))
    }
}
