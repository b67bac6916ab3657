// Turns what SQLite reported into what the agent acts on.

import EdgeAgent

extension StorageFailure {
    /// `full` stays what it is; everything else is a reason to stop, in the words for a technician.
    init(_ error: StorageError) {
        switch error {
        case .full: self = .full
        default: self = .broken(error.description)
        }
    }
}

/// Runs `body` and names its failure as the agent knows it.
@inline(__always)
func failing<Result>(_ body: () throws(StorageError) -> Result) throws(StorageFailure) -> Result {
    do throws(StorageError) { return try body() } catch { throw StorageFailure(error) }
}
