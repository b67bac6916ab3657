// How long the disk takes to hold what was decided, measured for those who look after the box.

/// Measures how long the disk takes to hold what was decided. The agent itself decides nothing by it.
public struct CommitStopwatch: Sendable {
    let nanoseconds: @Sendable () -> Int64
    let committed: @Sendable (_ nanoseconds: Int64) -> Void

    /// A stopwatch.
    ///
    /// - Parameters:
    ///   - nanoseconds: a clock that only goes forward.
    ///   - committed: told of each commit that wrote anything, on the ledger's thread; must not wait.
    public init(
        nanoseconds: @escaping @Sendable () -> Int64, committed: @escaping @Sendable (_ nanoseconds: Int64) -> Void
    ) {
        self.nanoseconds = nanoseconds
        self.committed = committed
    }
}
