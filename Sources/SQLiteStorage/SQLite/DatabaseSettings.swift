// How a database file is opened, and the bounds it is held to (DESIGN §10).

extension Database {
    /// Who else may have the file open, and how hard a commit is.
    public enum Mode: Equatable, Sendable {
        /// The only connection there is, every commit synced before it returns: the ledger and the keys.
        ///
        /// The write-ahead log's index is then in memory, without a `-shm` file, and SQLite 3.40.1's WAL-reset fault,
        /// which needs two connections, cannot occur.
        case exclusiveFull
        /// The one writer of a file that others read; commits survive the process, not always the power: the catalogue.
        case sharedNormal
        /// A reader beside that writer. It never checkpoints and never writes.
        case readOnly
    }

    /// The bounds of one connection. Zero or less of a bound is refused when opening, as SQLite reads that differently.
    public struct Settings: Equatable, Sendable {
        /// Memory for pages, in KiB.
        public var cacheKibibytesMax: Int
        /// What the write-ahead log is cut back to after a checkpoint, in bytes.
        public var journalBytesMax: Int
        /// Pages (of 4 KiB) that the file may grow to; nil leaves it to the disk. A file that is larger already keeps
        /// its size and cannot grow.
        public var pageCountMax: Int?
        /// Pages in the write-ahead log at which a commit checkpoints by itself; 0 leaves checkpoints to the owner.
        public var checkpointPages: Int
        /// How long a shared connection waits for a lock, in milliseconds. An exclusive one never waits.
        public var busyMilliseconds: Int

        /// Makes settings; the defaults suit a shop's box with little memory.
        public init(
            cacheKibibytesMax: Int = 1_024, journalBytesMax: Int = 4 << 20, pageCountMax: Int? = nil,
            checkpointPages: Int = 1_000, busyMilliseconds: Int = 2_000
        ) {
            self.cacheKibibytesMax = cacheKibibytesMax
            self.journalBytesMax = journalBytesMax
            self.pageCountMax = pageCountMax
            self.checkpointPages = checkpointPages
            self.busyMilliseconds = busyMilliseconds
        }
    }
}
