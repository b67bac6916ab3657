// What happened in a simulated day, as one number that two runs of a seed must agree on, and as its last lines.

/// A record of everything that happened: a rolling hash over all of it, and the last lines as text.
public final class Trace {
    /// The hash over every line so far.
    public private(set) var hash: UInt64 = FNVDigest.offsetBasis
    /// How many lines there were.
    public private(set) var count = 0
    /// How many of the last lines are kept to be read.
    public let tailMax: Int
    private var tail: [Line] = []
    private var oldest = 0

    /// Text is only made of lines that somebody reads.
    private struct Line {
        let at: Int64
        let what: String
        let whom: String
        let about: String
        let number: Int64
    }

    /// A record that keeps the last `tailMax` lines; with 0 the hash alone.
    public init(tailMax: Int = 0) { self.tailMax = max(0, tailMax) }

    /// Records a line.
    ///
    /// - Parameters:
    ///   - at: when, in milliseconds since the world began.
    ///   - what: what happened: `deliver`, `crash`.
    ///   - whom: whom it happened to: a client, a part of the box.
    ///   - about: what it was about: a topic, an id.
    ///   - number: a number that belongs to it: a size, a digest.
    public func line(at: Int64, _ what: String, _ whom: String, _ about: String = "", _ number: Int64 = 0) {
        count += 1
        mix(UInt64(bitPattern: at))
        mix(what)
        mix(whom)
        mix(about)
        mix(UInt64(bitPattern: number))
        guard tailMax > 0 else { return }
        let line = Line(at: at, what: what, whom: whom, about: about, number: number)
        if tail.count < tailMax {
            tail.append(line)
        } else {
            tail[oldest] = line
            oldest = (oldest + 1) % tailMax
        }
    }

    /// Records bytes, a message's for example, in the hash alone.
    public func mix(_ bytes: [UInt8]) {
        for byte in bytes { hash = FNVDigest.mixed(hash, byte) }
        hash = FNVDigest.mixed(hash, 0xFF)
    }

    /// The last lines, oldest first.
    public var lastLines: [String] {
        (tail[oldest...] + tail[..<oldest]).map {
            "\($0.at) ms  \($0.what)  \($0.whom)  \($0.about)\($0.number == 0 ? "" : "  \($0.number)")"
        }
    }

    /// The hash as 16 hexadecimal digits, to be compared between two processes.
    public var hexadecimalHash: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private func mix(_ text: String) {
        for byte in text.utf8 { hash = FNVDigest.mixed(hash, byte) }
        hash = FNVDigest.mixed(hash, 0xFF)
    }

    private func mix(_ word: UInt64) {
        hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 32
    }
}
