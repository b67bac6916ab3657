// Where the feeds of the assortment stand, as headquarters' loop last wrote them, for those on other threads.

import Synchronization

/// How far the feeds were taken in that headquarters' loop keeps.
public final class FeedBoard: Sendable {
    private let state = Mutex<(cursors: [FeedCursor], parked: [ParkedCount])>(([], []))

    /// Nothing is known yet.
    public init() {}

    /// How far, and what was set aside.
    public var standing: (cursors: [FeedCursor], parked: [ParkedCount]) { state.withLock { $0 } }

    /// Shows what storage has.
    func show(_ feeds: any FeedStorage) throws(StorageFailure) {
        let (cursors, parked) = (try feeds.cursors(), try feeds.parkedEntryCounts())
        state.withLock { $0 = (cursors, parked) }
    }
}
