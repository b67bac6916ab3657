// How the agent's runs ended: a small file beside the ledger, so that the next start knows what became of the last.

import Contract
import EdgeAgent
import Glibc
import ShopCore
import ShopModel

/// How a run ended.
struct RunEnd: Equatable, Sendable {
    /// What ended it.
    enum Reason: String, CaseIterable, Sendable {
        /// It was asked to stop.
        case stopped
        /// It was asked to stop, and the box was started again since.
        case rebooted
        /// It stood still, and systemd's watchdog ended it.
        case watchdog
        /// The kernel ended it for want of memory.
        case outOfMemory
        /// It ended without being asked, and the box ran on: neither of the two, as far as systemd said.
        case crashed
        /// The box was started anew, and nobody had asked the agent to stop: the power failed, or the kernel.
        case powerLost
        /// The record is missing or cannot be read.
        case unknown
    }

    let reason: Reason
    /// When it ended; when it was last seen to write, if nobody was there to note it. `nil` when not even that is known.
    let at: Instant?

    var isClean: Bool { reason == .stopped || reason == .rebooted }
}

/// The record of the runs, `run.json` in the state directory: written when a run begins and when it ends as asked.
struct RunRecord: Sendable {
    /// How the run before this one ended; `nil` when this is the first.
    let previous: RunEnd?
    private let folder: String
    private let boot: String
    private let startedAt: Instant
    private let version: String
    /// When runs ended without being asked, of the last 30 days.
    private let unclean: [Unclean]

    private struct Unclean: Sendable {
        let at: Instant
        let reason: RunEnd.Reason
    }

    static let fileName = "run.json"
    private static let keptMilliseconds: Int64 = 30 * 86_400_000
    /// An agent that ends every few seconds must not make a large file of it.
    private static let keptMax = 1_000

    /// Begins a run: reads how the last one ended, and notes that this one runs.
    ///
    /// Only for the one that has the state to itself, so once the ledger is open.
    ///
    /// - Parameters:
    ///   - lastWrite: when the former run was last seen to write its ledger, from before it was opened; `nil` when there
    ///     was no ledger, which makes this the first run.
    ///   - now: what the clocks say.
    init(folder: String, lastWrite: Instant?, now: ClockReading, version: String) {
        self.folder = folder
        let path = folder + "/" + Self.fileName
        boot = now.boot
        startedAt = now.wall
        self.version = version
        let bytes = try? ConfigurationFile.bytes(of: path, limit: 1 << 20).get()
        let former = bytes.flatMap { try? Former($0) }
        var unclean = former?.unclean ?? []
        switch former {
        case .some(let former):
            let isSameBoot = former.boot == now.boot
            if let stoppedAt = former.stoppedAt {
                previous = RunEnd(reason: isSameBoot ? .stopped : .rebooted, at: stoppedAt)
            } else {
                let end = RunEnd(
                    reason: isSameBoot ? EndWord.reason(in: folder) : .powerLost,
                    at: max(former.startedAt, lastWrite ?? former.startedAt))
                previous = end
                unclean.append(Unclean(at: end.at ?? now.wall, reason: end.reason))
            }
        case .none: previous = bytes == nil && lastWrite == nil ? nil : RunEnd(reason: .unknown, at: lastWrite)
        }
        self.unclean = Array(
            unclean.filter { now.wall - $0.at <= Self.keptMilliseconds }.suffix(Self.keptMax))
    }

    /// How many runs ended without being asked, of the last 30 days.
    func uncleanCount(now: Instant) -> Int { uncleanCount(now: now, withinMilliseconds: Self.keptMilliseconds) }

    /// How many runs ended without being asked lately: within so many milliseconds, of the last 30 days at most.
    func uncleanCount(now: Instant, withinMilliseconds: Int64) -> Int {
        unclean.count { now - $0.at <= withinMilliseconds }
    }

    /// How many of those were the power's doing, or the kernel's, of the last 30 days.
    func powerLossCount(now: Instant) -> Int {
        unclean.count { now - $0.at <= Self.keptMilliseconds && $0.reason == .powerLost }
    }

    /// Notes that the run goes on.
    ///
    /// - Returns: why it could not be noted, in which case the next start will be misled; `nil` when all is well.
    func noteStart() -> String? {
        if let problem = write(stoppedAt: nil) { return problem }
        EndWord.forget(in: folder)
        return nil
    }

    /// Notes that the run ended as asked. Whatever it did is on disk by then.
    func noteStop(at now: Instant) -> String? { write(stoppedAt: now) }

    private func write(stoppedAt: Instant?) -> String? {
        var members: [JSON.Member] = [
            .init("boot", .string(boot)), .init("startedAt", .string(startedAt.description)),
            .init("version", .string(version)), .init("process", .count(Int(getpid()))),
            .init(
                "unclean",
                .array(
                    unclean.map {
                        ["at": .string($0.at.description), "reason": .string($0.reason.rawValue)]
                    })),
        ]
        if let stoppedAt { members.append(.init("stoppedAt", .string(stoppedAt.description))) }
        return SmallFile.replace(
            "\(folder)/\(Self.fileName)", with: JSON.object(members).encoded(), mode: 0o600, isDurable: true)
    }

    /// What the former run left.
    private struct Former {
        let boot: String
        let startedAt: Instant
        let stoppedAt: Instant?
        let unclean: [Unclean]

        init(_ bytes: [UInt8]) throws(Refusal) {
            var reader = try ObjectReader(try JSONReader.read(bytes, limits: .configuration))
            boot = try reader.text("boot", max: 128, min: 0)
            startedAt = try reader.instant("startedAt")
            stoppedAt = try reader.optionalInstant("stoppedAt")
            var unclean: [Unclean] = []
            for var entry in try reader.optionalObjects("unclean", max: RunRecord.keptMax) ?? [] {
                unclean.append(
                    Unclean(
                        at: try entry.instant("at"), reason: try entry.choice("reason", as: RunEnd.Reason.self)))
            }
            self.unclean = unclean
        }
    }
}
