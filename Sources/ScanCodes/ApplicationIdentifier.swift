// What a GS1 application identifier says of its value: which characters, how many, and what can be checked.

/// An application identifier, or a row of them that differ in their last digits only.
struct ApplicationIdentifier: Sendable {
    /// The first identifier of the row as four places, zeros behind: `10` is 1000, `240` is 2400.
    let first: Int
    /// The last identifier of the row, in the same form.
    let last: Int
    /// How many digits at the value's start are fixed.
    let digits: Int
    /// What may follow them.
    let rest: Rest
    /// What can be checked beyond characters and length.
    let check: Check
    /// The data title of the General Specifications.
    let title: String

    /// The part of a value behind its fixed digits.
    struct Rest: Sendable {
        let characters: Characters
        let minimum: Int
        let maximum: Int

        static let none = Rest(characters: .digits, minimum: 0, maximum: 0)
        static func digits(_ range: ClosedRange<Int>) -> Rest {
            Rest(characters: .digits, minimum: range.lowerBound, maximum: range.upperBound)
        }
        static func text(_ range: ClosedRange<Int>, _ characters: Characters = .set82) -> Rest {
            Rest(characters: characters, minimum: range.lowerBound, maximum: range.upperBound)
        }
    }

    /// The character sets of the General Specifications, 7.11.
    enum Characters: Sendable {
        case digits, set82, set39, set64

        func contains(_ byte: UInt8) -> Bool {
            switch self {
            case .digits:
                byte.isDigit
            case .set82:
                // All of ASCII's graphic characters but # $ @ [ \ ] ^ ` { | } ~
                byte > 0x20 && byte < 0x7B && byte != 0x23 && byte != 0x24 && byte != 0x40
                    && !(0x5B...0x5E).contains(byte) && byte != 0x60
            case .set39:
                byte.isDigit || (0x41...0x5A).contains(byte) || byte == 0x23 || byte == 0x2D || byte == 0x2F
            case .set64:
                byte.isDigit || byte.isLetter || byte == 0x2D || byte == 0x5F || byte == 0x3D
            }
        }
    }

    /// What a value must satisfy beyond its characters and length. Lists that others keep (countries, currencies)
    /// are not checked: they change without us.
    enum Check: Sendable {
        case none
        /// The last of so many digits is a check digit (General Specifications, 7.9.1).
        case checkDigit(of: Int)
        /// `YYMMDD`, `DD` may be `00`.
        case date
        /// `YYMMDD` with a day, followed by nothing, or by another such day.
        case exactDates
        /// `YYMMDD` and an hour, or an hour and more (`HHMM`, `HH`, `HHMMSS`); whether `DD` may be `00`.
        case dateAndTime(wholeMonth: Bool)
        /// `0` or `1`.
        case yesOrNo
        /// `PPTT`, piece and total, behind a GTIN: neither zero, piece not beyond total.
        case piece
    }

    /// The shortest value.
    var minimum: Int { digits + rest.minimum }
    /// The longest value.
    var maximum: Int { digits + rest.maximum }

    /// Whether the value's length follows from the first two digits, so that no separator is needed behind it
    /// (General Specifications, figure 7.8.5-2).
    var isPredefined: Bool { ApplicationIdentifier.isPredefined(first / 100) }

    private static func isPredefined(_ prefix: Int) -> Bool {
        switch prefix {
        case 0...4, 11...20, 31...36, 41: true
        default: false
        }
    }

    /// How many digits the identifiers have that begin with these two; `nil` when there are none.
    static func length(ofPrefix prefix: Int) -> Int? {
        switch prefix {
        case 0...3, 10...13, 15...17, 20...22, 30, 37, 90...99: 2
        case 23...25, 40...42, 71: 3
        case 31...36, 39, 43, 70, 72, 80...82: 4
        default: nil
        }
    }

    /// The identifier at the start of `bytes[start..<end]` and its length in digits; `nil` when there is none known.
    static func find(in bytes: [UInt8], from start: Int, to end: Int) -> (row: ApplicationIdentifier, length: Int)? {
        guard start + 2 <= end, bytes[start].isDigit, bytes[start + 1].isDigit else { return nil }
        guard
            let length = length(
                ofPrefix: Int(bytes[start] - 0x30) * 10 + Int(bytes[start + 1] - 0x30)), start + length <= end
        else { return nil }
        var key = 0
        for place in 0..<4 {
            key *= 10
            guard place < length else { continue }
            guard bytes[start + place].isDigit else { return nil }
            key += Int(bytes[start + place] - 0x30)
        }
        guard let row = row(for: key) else { return nil }
        return (row, length)
    }

    private static func row(for key: Int) -> ApplicationIdentifier? {
        var low = 0
        var high = table.count
        while low < high {
            let middle = (low + high) / 2
            if table[middle].last < key { low = middle + 1 } else { high = middle }
        }
        guard low < table.count, table[low].first <= key else { return nil }
        return table[low]
    }
}
