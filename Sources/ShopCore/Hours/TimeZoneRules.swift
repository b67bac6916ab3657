// The shop's zone, read from the system's TZif bytes (RFC 8536). Whoever has the bytes hands them in.

import ShopModel

/// A time zone: offsets from UTC by moment.
public struct TimeZoneRules: Equatable, Sendable {
    private var transitions: [(at: Int64, offset: Int)]
    private let firstOffset: Int
    private let footer: PosixRule?

    /// UTC, always.
    public static let utc = TimeZoneRules(transitions: [], firstOffset: 0, footer: nil)

    /// Two zones are the same when they say the same.
    public static func == (a: TimeZoneRules, b: TimeZoneRules) -> Bool {
        a.firstOffset == b.firstOffset && a.footer == b.footer && a.transitions.count == b.transitions.count
            && zip(a.transitions, b.transitions).allSatisfy { $0.at == $1.at && $0.offset == $1.offset }
    }

    private init(transitions: [(at: Int64, offset: Int)], firstOffset: Int, footer: PosixRule?) {
        self.transitions = transitions
        self.firstOffset = firstOffset
        self.footer = footer
    }

    /// Reads a TZif file of version 2 or later; `nil` when the bytes are anything else.
    public init?(tzif bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0), first.version >= 2 else { return nil }
        let secondAt = Header.length + first.bodyLength(timeLength: 4)
        guard let header = Header(bytes, at: secondAt) else { return nil }
        let timesAt = secondAt + Header.length
        let indexesAt = timesAt + header.timeCount * 8
        let typesAt = indexesAt + header.timeCount
        let footerAt = secondAt + Header.length + header.bodyLength(timeLength: 8)
        guard footerAt <= bytes.count, header.typeCount > 0 else { return nil }
        func offset(_ type: Int) -> Int { Int(Int32(truncatingIfNeeded: bigEndian(bytes, typesAt + type * 6, 4))) }
        var transitions: [(at: Int64, offset: Int)] = []
        for index in 0..<header.timeCount {
            let type = Int(bytes[indexesAt + index])
            guard type < header.typeCount else { return nil }
            transitions.append((bigEndian(bytes, timesAt + index * 8, 8), offset(type)))
        }
        var text = ""
        for byte in bytes[footerAt...].dropFirst() {
            if byte == 0x0A { break }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        self.init(transitions: transitions, firstOffset: offset(0), footer: PosixRule(text))
    }

    /// Seconds to add to UTC at that moment.
    public func offsetSeconds(at instant: Instant) -> Int {
        let seconds = instant.milliseconds.floorDivided(by: 1000)
        if let last = transitions.last, seconds >= last.at, let footer { return footer.offsetSeconds(at: seconds) }
        if transitions.isEmpty { return footer?.offsetSeconds(at: seconds) ?? firstOffset }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : transitions[low - 1].offset
    }

    /// The day and the minute of the day in the zone.
    public func civil(_ instant: Instant) -> (date: CivilDate, minute: Int) {
        let local = instant.milliseconds.floorDivided(by: 1000) + Int64(offsetSeconds(at: instant))
        let day = local.floorDivided(by: 86_400)
        return (CivilDate(daysSinceEpoch: Int(day)), Int((local - day * 86_400) / 60))
    }

    /// The moment at which the zone's clocks show that minute of that day; where clocks are put forward over it, the
    /// moment of the change.
    public func instant(_ date: CivilDate, minute: Int) -> Instant {
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(minute) * 60
        // Offsets before and after any change nearby: the earlier reading is taken when clocks show a time twice.
        let before = offsetSeconds(at: Instant(milliseconds: (local - 86_400) * 1000))
        let candidate = Instant(milliseconds: (local - Int64(before)) * 1000)
        if offsetSeconds(at: candidate) == before { return candidate }
        let after = offsetSeconds(at: Instant(milliseconds: (local + 86_400) * 1000))
        var early = local - Int64(after)
        if offsetSeconds(at: Instant(milliseconds: early * 1000)) == after {
            return Instant(milliseconds: early * 1000)
        }
        // No clock shows that time: read with either offset it lies on the other's side of the change between.
        var late = local - Int64(before)
        while late - early > 1 {
            let middle = early + (late - early) / 2
            if offsetSeconds(at: Instant(milliseconds: middle * 1000)) == before {
                early = middle
            } else {
                late = middle
            }
        }
        return Instant(milliseconds: late * 1000)
    }

    private struct Header {
        static let length = 44
        let version: Int
        let isUTCCount: Int
        let isStandardCount: Int
        let leapCount: Int
        let timeCount: Int
        let typeCount: Int
        let characterCount: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard start + Self.length <= bytes.count, Array(bytes[start..<start + 4]) == Array("TZif".utf8)
            else { return nil }
            version = bytes[start + 4] == 0 ? 1 : Int(bytes[start + 4]) - 0x30
            func count(_ index: Int) -> Int { Int(bigEndian(bytes, start + 20 + index * 4, 4)) }
            isUTCCount = count(0)
            isStandardCount = count(1)
            leapCount = count(2)
            timeCount = count(3)
            typeCount = count(4)
            characterCount = count(5)
            let counts = [isUTCCount, isStandardCount, leapCount, timeCount, typeCount, characterCount]
            guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        }

        func bodyLength(timeLength: Int) -> Int {
            timeCount * (timeLength + 1) + typeCount * 6 + characterCount + leapCount * (timeLength + 4)
                + isStandardCount + isUTCCount
        }
    }
}

private func bigEndian(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int64 {
    var value: UInt64 = 0
    for byte in bytes[at..<at + count] { value = value << 8 | UInt64(byte) }
    return Int64(bitPattern: value)
}
