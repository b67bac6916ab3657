// A log feed goes on under a new epoch of headquarters (DESIGN §7).

import Contract
import ShopModel

/// A headquarters that was restored from a backup begins a new epoch, and tells of each log feed which former epochs it
/// follows and up to which entry it has them in common. The shop remembers how many entries of each epoch it applied, so
/// that it knows which of the new epoch's it has already: the lesser of both numbers. What comes behind is new, what
/// headquarters lost of the former epoch stays applied, and no entry counts twice.
extension Ledger {
    /// Takes over the numbering of a new epoch.
    func follow(
        _ ancestors: [FeedMessage.Ancestor], of message: FeedMessage, in turn: Turn
    ) throws(StorageFailure) {
        let (scope, feed) = (message.scope.description, message.feed.rawValue)
        guard let cursor = try storage.cursor(scope: scope, feed: feed) else {
            // Nothing was ever heard: everything is new.
            return try setCursor(scope, feed, message.epoch, 0, in: turn)
        }
        guard cursor.epoch != message.epoch else {
            tellsCursors = true
            return
        }
        var applied = try appliedEntries(of: feed, scope)
        applied[cursor.epoch] = max(applied[cursor.epoch] ?? 0, cursor.sequence)
        let shared = ancestors.compactMap { ancestor in
            applied[ancestor.epoch].map { min($0, ancestor.sequence) }
        }.max()
        guard let shared else {
            // Its entries may be those that were applied under other numbers: nobody here can know.
            let problem = "feed \(feed) follows no epoch of headquarters that this shop heard of"
            board.write { $0.count(.unrelated, of: feed, problem, at: turn.now) }
            return turn.outcome.problems.append(problem)
        }
        let kept = JSON.object(
            applied.keys.sorted().compactMap { epoch in
                applied[epoch].map { .init(epoch, .integer($0)) }
            })
        try storage.setValue(
            Self.appliedName(feed, scope), String(decoding: kept.encoded(), as: UTF8.self))
        try setCursor(scope, feed, message.epoch, shared, in: turn)
    }

    private func setCursor(
        _ scope: String, _ feed: String, _ epoch: String, _ sequence: Int64, in turn: Turn
    ) throws(StorageFailure) {
        try storage.setCursor(
            FeedCursor(scope: scope, feed: feed, epoch: epoch, sequence: sequence, takenAt: turn.now))
        turn.changedAnything = true
        tellsCursors = true
    }

    /// How many entries of each former epoch were applied.
    private func appliedEntries(of feed: String, _ scope: String) throws(StorageFailure) -> [String: Int64] {
        guard let text = try storage.value(Self.appliedName(feed, scope)),
            let members = (try? JSONReader.read(Array(text.utf8)))?.objectMembers
        else { return [:] }
        return Dictionary(members.map { ($0.name, Int64($0.value.integer ?? 0)) }) { max($0, $1) }
    }

    private static func appliedName(_ feed: String, _ scope: String) -> String { "feed.applied/\(scope)/\(feed)" }
}
