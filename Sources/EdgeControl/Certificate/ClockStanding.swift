// Whether the time of day may be written into a certificate: after a start, a box's clock may be years off for a while.

import CLinux
import Glibc
import ShopModel

/// What is known of the clock where a timer, and no person, has a certificate made.
enum ClockStanding: Equatable {
    case synchronised
    case free
    /// Nobody can be asked.
    case unknown

    /// What `edged-clock.service` last heard from the kernel, for services that may not ask it themselves.
    static let witness = "/run/edged-clock/synchronised"
    /// A line is that old at most: the witness writes every 10 s.
    private static let lineMillisecondsMax: Int64 = 30_000
    /// For so long after a start a clock that is not synchronised is waited for. A box that reaches no time server at all
    /// goes on by what it has: its certificate must not end for that.
    static let waitMilliseconds: Int64 = 3_600_000

    /// So long the witness may take to see that the clock was set, in seconds: it asks every 10.
    private static let witnessSeconds = 24

    /// What is known, and where the witness says that the clock is free, what it says a little later: a timer runs in the
    /// moment in which the clock is set, before the witness has asked again.
    static func settled() -> ClockStanding {
        guard linux_clock_is_synchronised() < 0 else { return ofMachine() }
        for _ in 0..<(witnessSeconds / 2) {
            guard ofMachine() == .free else { break }
            sleep(2)
        }
        return ofMachine()
    }

    /// What the kernel says, or else the witness.
    static func ofMachine() -> ClockStanding {
        switch linux_clock_is_synchronised() {
        case 1: .synchronised
        case 0: .free
        default: SmallFile.bytes(witness, max: 64).map { ClockStanding(line: $0, sinceBoot: sinceBoot()) } ?? .unknown
        }
    }

    /// What a line of the witness says.
    ///
    /// - Parameters:
    ///   - line: milliseconds since the boot, and `synchronised` or `unsynchronised`.
    ///   - sinceBoot: now, in the same milliseconds. A line that is old, or of the future, says nothing.
    init(line: [UInt8], sinceBoot: Int64) {
        let words = line.split(whereSeparator: { $0 <= 0x20 }).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 2, let at = Int64(words[0]), at <= sinceBoot, sinceBoot - at <= Self.lineMillisecondsMax
        else {
            self = .unknown
            return
        }
        switch words[1] {
        case "synchronised": self = .synchronised
        case "unsynchronised": self = .free
        default: self = .unknown
        }
    }

    /// Whether a certificate that need not be made at once is better made later.
    func isWaitedFor(sinceBoot: Int64) -> Bool { self == .free && sinceBoot < Self.waitMilliseconds }

    /// Milliseconds since the boot, sleep included.
    static func sinceBoot() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
