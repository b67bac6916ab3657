// How a feed is taken in: in order, each entry once, gaps told, snapshots verified before they are believed (DESIGN §7).

import Contract
import ShopModel

/// What became of a message of a feed.
struct FeedOutcome {
    /// Whether headquarters should hear where the feed stands: something was taken in, or is missing.
    var tellsCursors = false
    /// What went wrong, for those who look after the box.
    var problem: String?
}

/// What a feed does with its entries. Entries come inside the storage's transaction.
protocol FeedKeeper {
    /// Where cursors and what is staged are kept.
    var feeds: any FeedStorage { get }
    /// Takes an entry in, in order and once.
    func apply(_ entry: FeedEntry, sequence: Int64, of feed: Feed, scope: String, epoch: String) throws(StorageFailure)
    /// Keeps an entry of a snapshot aside. What cannot be read is parked under `sequence`: the snapshot's, below zero, so
    /// that it is told from entries with numbers of their own.
    func stage(_ entry: StateEntry, sequence: Int64, of feed: Feed, scope: String) throws(StorageFailure)
    /// Makes what was kept aside the living values; what is absent there is deleted.
    func adopt(_ feed: Feed, scope: String) throws(StorageFailure)
}

extension Refusal {
    /// The reason under which an entry is set aside: the code, which programs read, and the sentence.
    var noted: String { "\(code.name): \(sentence(in: .english))" }
}

/// Takes messages of feeds in.
struct FeedIntake<Keeper: FeedKeeper> {
    let keeper: Keeper
    let digest: any Digesting
    /// The moment that a cursor's move is dated with.
    let now: Instant

    /// Takes a message in.
    func take(_ message: FeedMessage) throws(StorageFailure) -> FeedOutcome {
        let scope = message.scope.description
        switch message.body {
        case .entries(let first, let entries): return try take(entries, first: first, message, scope)
        case .begin(let header): return try begin(header, message, scope)
        case .items(let snapshot, let index, let entries):
            return try take(entries, at: index, of: snapshot, message, scope)
        case .end(let snapshot): return try end(snapshot, message, scope)
        case .follows: return FeedOutcome(problem: "feed \(message.feed.rawValue) is no log and follows no epoch")
        }
    }

    private func take(
        _ entries: [FeedEntry], first: Int64, _ message: FeedMessage, _ scope: String
    ) throws(StorageFailure) -> FeedOutcome {
        let name = message.feed.rawValue
        let cursor = try keeper.feeds.cursor(scope: scope, feed: name)
        var known = cursor?.sequence ?? 0
        if let cursor, cursor.epoch != message.epoch {
            return FeedOutcome(
                tellsCursors: true,
                problem: "feed \(name) comes from another life of headquarters (\(message.epoch), not \(cursor.epoch))")
        }
        let last = first + Int64(entries.count) - 1
        guard last > known else { return FeedOutcome(tellsCursors: true) }
        guard first <= known + 1 else {
            return FeedOutcome(tellsCursors: true, problem: "feed \(name) has a gap behind \(known)")
        }
        for (offset, entry) in entries.enumerated() {
            let sequence = first + Int64(offset)
            guard sequence > known else { continue }
            try keeper.apply(entry, sequence: sequence, of: message.feed, scope: scope, epoch: message.epoch)
            known = sequence
        }
        try keeper.feeds.setCursor(
            FeedCursor(scope: scope, feed: name, epoch: message.epoch, sequence: known, takenAt: now))
        return FeedOutcome(tellsCursors: true)
    }

    private func begin(
        _ header: FeedMessage.SnapshotBegin, _ message: FeedMessage, _ scope: String
    ) throws(StorageFailure) -> FeedOutcome {
        guard message.feed.isState else {
            return FeedOutcome(problem: "feed \(message.feed.rawValue) is a log and has no snapshots")
        }
        // The same snapshot sent again goes on where it is.
        if let open = try keeper.feeds.snapshot(scope: scope, feed: message.feed.rawValue), open.id == header.snapshot,
            open.epoch == message.epoch
        {
            return FeedOutcome()
        }
        // What was set aside of a former try at this snapshot will be again.
        try keeper.feeds.forgetParked(
            scope: scope, feed: message.feed.rawValue, from: -header.sequence, through: -header.sequence)
        try keeper.feeds.beginSnapshot(
            FeedSnapshot(
                scope: scope, feed: message.feed.rawValue, epoch: message.epoch, id: header.snapshot,
                sequence: header.sequence, count: header.count, hash: header.hash))
        return FeedOutcome()
    }

    private func take(
        _ entries: [StateEntry], at index: Int, of id: String, _ message: FeedMessage, _ scope: String
    ) throws(StorageFailure) -> FeedOutcome {
        let name = message.feed.rawValue
        guard var snapshot = try keeper.feeds.snapshot(scope: scope, feed: name), snapshot.id == id else {
            // Its beginning was lost, or it is finished: where the feed stands tells headquarters which.
            return FeedOutcome(tellsCursors: true)
        }
        guard index <= snapshot.seen else {
            try keeper.feeds.dropSnapshot(scope: scope, feed: name)
            return FeedOutcome(tellsCursors: true, problem: "a part of the snapshot of \(name) is missing")
        }
        for entry in entries.dropFirst(snapshot.seen - index) {
            try keeper.stage(entry, sequence: -snapshot.sequence, of: message.feed, scope: scope)
            snapshot.hashSoFar = digest.digest(snapshot.hashSoFar + entry.json.encoded())
            snapshot.seen += 1
        }
        try keeper.feeds.updateSnapshot(snapshot)
        return FeedOutcome()
    }

    private func end(_ id: String, _ message: FeedMessage, _ scope: String) throws(StorageFailure) -> FeedOutcome {
        let name = message.feed.rawValue
        guard let snapshot = try keeper.feeds.snapshot(scope: scope, feed: name), snapshot.id == id else {
            return FeedOutcome(tellsCursors: true)
        }
        guard snapshot.seen == snapshot.count, snapshot.hashSoFar == snapshot.hash else {
            try keeper.feeds.dropSnapshot(scope: scope, feed: name)
            return FeedOutcome(
                tellsCursors: true,
                problem: "the snapshot of \(name) does not verify (\(snapshot.seen) of \(snapshot.count) entries)")
        }
        try keeper.adopt(message.feed, scope: scope)
        // What was set aside before speaks of values that this snapshot replaces.
        try keeper.feeds.forgetParked(scope: scope, feed: name, from: 1 - snapshot.sequence, through: .max)
        try keeper.feeds.forgetParked(scope: scope, feed: name, from: .min, through: -1 - snapshot.sequence)
        try keeper.feeds.dropSnapshot(scope: scope, feed: name)
        try keeper.feeds.setCursor(
            FeedCursor(
                scope: scope, feed: name, epoch: snapshot.epoch, sequence: snapshot.sequence, takenAt: now))
        return FeedOutcome(tellsCursors: true)
    }
}
