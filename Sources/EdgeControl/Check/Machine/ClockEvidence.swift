// What on this box is later than its clock says: nothing that lies here was made in the future.

import Contract
import Glibc
import ShopModel

/// A lower bound of the time, where nobody who knows it answers.
struct ClockEvidence: Equatable, Sendable {
    /// The file that is of then.
    let path: String
    let at: Instant

    /// The agent's own files, by which its last run shows as well.
    private static let stateFiles = ["ledger.db", "ledger.db-wal", "keys.db", "run.json", "heard.json"]

    /// The latest that the agent's files are of.
    static func ofState(_ context: CheckContext) -> ClockEvidence? {
        latest(stateFiles.map { "\(context.stateDirectory)/\($0)" })
    }

    /// The latest that the box's programs are of: when they were built, and when the last package was installed.
    static func ofPrograms(_ context: CheckContext) -> ClockEvidence? {
        latest([context.tool, context.edged, context.machine("/var/lib/dpkg/status")].compactMap(\.self))
    }

    private static func latest(_ paths: [String]) -> ClockEvidence? {
        paths.compactMap { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return ClockEvidence(path: path, at: Instant(milliseconds: Int64(status.st_mtim.tv_sec) * 1_000))
        }.max { $0.at < $1.at }
    }

    /// How far the clock stands behind it; 0 when it does not.
    func milliseconds(after now: Instant) -> Int { max(0, Int(at - now)) }
}
