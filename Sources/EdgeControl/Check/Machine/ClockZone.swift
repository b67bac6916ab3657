// The shop's time zone: its data is on this box, or opening hours mean nothing.

import Contract
import ShopModel

/// The zone's data.
enum ClockZone {
    /// The data of the shop's zone is installed.
    static let rung = Rung("clock.zone", needs: ["configuration.file"]) { context in
        let words = context.words
        guard let name = context.configuration?.shop.timeZone else {
            return .unknown(words.say("the configuration is not known", "la configuration n'est pas connue"))
        }
        let path = "/usr/share/zoneinfo/\(name)"
        let mend = words.say(
            "sudo apt install --reinstall tzdata, or correct shop.timeZone in the configuration; then: sudo systemctl start edged",
            "sudo apt install --reinstall tzdata, ou corrigez shop.timeZone dans la configuration ; puis : sudo systemctl start edged"
        )
        guard let bytes = SmallFile.bytes(context.machine(path), max: 1 << 20) else {
            return .fault(
                "clock.zoneMissing",
                words.say("the time zone \(name) is not on this box", "le fuseau \(name) n'est pas sur cette machine"),
                cause: words.say("there is no \(path)", "il n'y a pas de \(path)"), mend: mend)
        }
        guard isWhole(tzif: bytes) else {
            return .fault(
                "clock.zoneDamaged",
                words.say("the data of zone \(name) is damaged", "les données du fuseau \(name) sont abîmées"),
                cause: words.say("\(path) is no whole TZif file", "\(path) n'est pas un fichier TZif entier"),
                mend: mend)
        }
        return .fine(name)
    }

    /// Whether these are the bytes of a zone of version 2 or later, from the first to the last (RFC 8536); the agent does
    /// not start with less.
    static func isWhole(tzif bytes: [UInt8]) -> Bool {
        guard let secondAt = end(of: 0, in: bytes, secondsLength: 4), bytes[4] >= 0x32,
            let footerAt = end(of: secondAt, in: bytes, secondsLength: 8)
        else { return false }
        let footer = bytes[footerAt...]
        return footer.count >= 2 && footer.first == 0x0A && footer.last == 0x0A
    }

    /// Where a header with its data ends; nil when it does not begin there, or is longer than the file.
    private static func end(of start: Int, in bytes: [UInt8], secondsLength: Int) -> Int? {
        let dataAt = start + 44
        guard dataAt <= bytes.count, bytes[start...].starts(with: Array("TZif".utf8)) else { return nil }
        let counts = (0..<6).map { number in
            bytes[(start + 20 + 4 * number)...].prefix(4).reduce(0) { $0 << 8 | Int($1) }
        }
        let (isUTC, isStandard, leaps) = (counts[0], counts[1], counts[2])
        let (times, types, characters) = (counts[3], counts[4], counts[5])
        let end =
            dataAt + times * (secondsLength + 1) + types * 6 + characters + leaps * (secondsLength + 4) + isStandard
            + isUTC
        return types > 0 && end <= bytes.count ? end : nil
    }
}
