// Whether the clock is synchronised, for an agent that the kernel does not let ask: a witness asks and writes it down.

import CLinux
import Contract
import Glibc

/// The word of `edged-clock.service` on the kernel's clock.
///
/// The system-call filter of `edged.service` holds back every call that could set a clock, and adjtimex(2), which asks,
/// is one of them. So a process without network, files and privileges asks instead, and writes one line that the agent
/// reads: milliseconds since the boot, and `synchronised` or `unsynchronised`. A line that is old, or of the future, says
/// nothing.
enum ClockWitness {
    /// Where the witness writes and the agent reads.
    static let file = "/run/edged-clock/synchronised"
    /// How often the witness asks. The kernel itself takes minutes to hours to lose its trust.
    private static let everySeconds: UInt32 = 10
    /// How old a line may be: two that were missed.
    static let ageMillisecondsMax: Int64 = 30_000

    /// What a line says at `now`, both in milliseconds since the boot.
    static func isSynchronised(_ line: [UInt8], at now: Int64) -> Bool {
        let words = line.split(whereSeparator: { $0 <= 0x20 })
        guard words.count == 2, let at = Int64(String(decoding: words[0], as: UTF8.self)) else { return false }
        return now >= at && now - at <= ageMillisecondsMax && words[1].elementsEqual("synchronised".utf8)
    }

    /// What the witness last wrote, if it did lately.
    static func testimony(at now: Int64) -> Bool {
        guard case .success(let line) = ConfigurationFile.bytes(of: file, limit: 64) else { return false }
        return isSynchronised(line, at: now)
    }

    /// Asks and writes until the process is ended.
    ///
    /// - Returns: what the process ends with, when the file cannot be written or nothing can be asked.
    static func run(file: String) -> Int32 {
        while true {
            let answer = linux_clock_is_synchronised()
            guard answer >= 0 else {
                say(
                    "edged: the kernel does not say whether its clock is synchronised: \(String(cString: strerror(errno)))."
                )
                return ExitCode.configuration
            }
            let line = "\(sinceBoot()) \(answer > 0 ? "synchronised" : "unsynchronised")\n"
            if let problem = SmallFile.replace(file, with: Array(line.utf8), mode: 0o644, isDurable: false) {
                say("edged: \(file) cannot be written: \(problem).")
                return ExitCode.configuration
            }
            sleep(everySeconds)
        }
    }

    /// Milliseconds since the boot, sleep included.
    private static func sinceBoot() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
