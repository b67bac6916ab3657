// How the disk can fail, as far as the agent acts on it (DESIGN §6).

/// A failure of storage.
public enum StorageFailure: Error, Equatable, Sendable {
    /// No space is left: the work is rolled back and may be tried again later.
    case full
    /// Anything else, a failed sync above all: the process must end before anything is told to anyone.
    case broken(String)
}
