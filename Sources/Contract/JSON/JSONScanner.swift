// One pass over the bytes of a JSON text: the grammar of RFC 8259, section by section.

import ShopModel

/// Where the reading of one text stands.
///
/// Recursion is bounded by `JSONLimits.depthMax`. A string without escapes becomes a `String` in one step; the place of
/// a fault is counted only when there is one.
struct JSONScanner {
    private let bytes: ArraySlice<UInt8>
    private let end: Int
    private let limits: JSONLimits
    private let isConfiguration: Bool
    private var at: Int
    private var depth = 0

    init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits, dialect: JSONReader.Dialect) {
        self.bytes = bytes
        self.limits = limits
        isConfiguration = dialect == .configuration
        at = bytes.startIndex
        end = bytes.endIndex
    }

    /// Section 2: blanks, one value, blanks.
    mutating func readText() throws(Refusal) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw Refusal(.jsonByteOrderMark) }
        try skipBlanks()
        let value = try readValue()
        try skipBlanks()
        guard at == end else { throw syntax(expected: "EOF") }
        return value
    }

    private mutating func skipBlanks() throws(Refusal) {
        while at < end {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            case 0x2F where isConfiguration: try skipComment()
            default: return
            }
        }
    }

    /// `//` up to the end of the line.
    private mutating func skipComment() throws(Refusal) {
        let start = at
        at += 1
        guard at < end, bytes[at] == 0x2F else { throw syntax(expected: "/") }
        while at < end, bytes[at] != 0x0A, bytes[at] != 0x0D { at += 1 }
        guard String(validating: bytes[start..<at], as: UTF8.self) != nil else { throw invalidUTF8(start..<at) }
    }

    /// Section 3.
    private mutating func readValue() throws(Refusal) -> JSON {
        guard at < end else { throw syntax(expected: Expected.value) }
        switch bytes[at] {
        case 0x22: return .string(try readString())
        case 0x7B: return try readObject()
        case 0x5B: return try readArray()
        case 0x2D, 0x30...0x39: return try readNumber()
        case 0x74: return try readWord("true", .bool(true))
        case 0x66: return try readWord("false", .bool(false))
        case 0x6E: return try readWord("null", .null)
        default: throw syntax(expected: Expected.value)
        }
    }

    private mutating func readWord(_ word: StaticString, _ value: JSON) throws(Refusal) -> JSON {
        let start = at
        for expected in word.description.utf8 {
            guard at < end, bytes[at] == expected else {
                at = start
                throw syntax(expected: word.description)
            }
            at += 1
        }
        return value
    }

    /// Section 4.
    private mutating func readObject() throws(Refusal) -> JSON {
        try descend()
        var members: [JSON.Member] = []
        var names: Set<String> = []
        try skipBlanks()
        if takes(0x7D) {
            depth -= 1
            return .object(members)
        }
        while true {
            guard at < end, bytes[at] == 0x22 else {
                throw syntax(expected: members.isEmpty || isConfiguration ? "\" }" : "\"")
            }
            guard members.count < limits.elementsMax else { throw tooManyElements() }
            let start = at
            let name = try readString()
            guard !isKnown(name, in: members, &names) else {
                throw refusal(.jsonDuplicateKey, at: start, [.text("name", name)])
            }
            try skipBlanks()
            guard takes(0x3A) else { throw syntax(expected: ":") }
            try skipBlanks()
            members.append(JSON.Member(name, try readValue()))
            try skipBlanks()
            if takes(0x2C) {
                try skipBlanks()
                guard isConfiguration, takes(0x7D) else { continue }
            } else {
                guard takes(0x7D) else { throw syntax(expected: ", }") }
            }
            depth -= 1
            return .object(members)
        }
    }

    /// Whether an object has the name already. Few names are compared in turn; many go through a set, so that a
    /// message of a thousand names costs no million comparisons.
    private func isKnown(_ name: String, in members: [JSON.Member], _ names: inout Set<String>) -> Bool {
        if members.count <= 16 {
            for member in members where member.name == name { return true }
            return false
        }
        if names.isEmpty { for member in members { names.insert(member.name) } }
        return !names.insert(name).inserted
    }

    /// Section 5.
    private mutating func readArray() throws(Refusal) -> JSON {
        try descend()
        var elements: [JSON] = []
        try skipBlanks()
        if takes(0x5D) {
            depth -= 1
            return .array(elements)
        }
        while true {
            guard elements.count < limits.elementsMax else { throw tooManyElements() }
            elements.append(try readValue())
            try skipBlanks()
            if takes(0x2C) {
                try skipBlanks()
                guard isConfiguration, takes(0x5D) else { continue }
            } else {
                guard takes(0x5D) else { throw syntax(expected: ", ]") }
            }
            depth -= 1
            return .array(elements)
        }
    }

    private mutating func descend() throws(Refusal) {
        guard depth < limits.depthMax else {
            throw refusal(.jsonTooDeep, at: at, [.integer("limit", limits.depthMax)])
        }
        depth += 1
        at += 1
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
        guard at < end, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Section 6. Accumulates below zero, where 64 bits hold one number more.
    private mutating func readNumber() throws(Refusal) -> JSON {
        let start = at
        let isNegative = takes(0x2D)
        var fits = true
        var value: Int64 = 0
        if !takes(0x30) {
            let first = at
            while at < end, (0x30...0x39).contains(bytes[at]) {
                let (tenfold, overTenfold) = value.multipliedReportingOverflow(by: 10)
                let (sum, overSum) = tenfold.subtractingReportingOverflow(Int64(bytes[at] - 0x30))
                fits = fits && !overTenfold && !overSum
                value = sum
                at += 1
            }
            guard at > first else { throw syntax(expected: Expected.digit) }
        }
        if takes(0x2E) {
            fits = false
            try skipDigits()
        }
        if takes(0x65) || takes(0x45) {
            fits = false
            if !takes(0x2B) { _ = takes(0x2D) }
            try skipDigits()
        }
        if fits, isNegative ? value != 0 : value != .min { return .integer(isNegative ? value : -value) }
        return .decimal(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func skipDigits() throws(Refusal) {
        let first = at
        while at < end, (0x30...0x39).contains(bytes[at]) { at += 1 }
        guard at > first else { throw syntax(expected: Expected.digit) }
    }

    /// Section 7, the common case: no escape.
    private mutating func readString() throws(Refusal) -> String {
        at += 1
        let start = at
        while at < end {
            switch bytes[at] {
            case 0x22:
                guard let text = String(validating: bytes[start..<at], as: UTF8.self) else {
                    throw invalidUTF8(start..<at)
                }
                at += 1
                return text
            case 0x5C: return try readEscapedString(from: start)
            case 0..<0x20: throw controlCharacter()
            default: at += 1
            }
        }
        throw syntax(expected: "\"")
    }

    /// Section 7, from the first escape on. `start` is the string's first byte.
    private mutating func readEscapedString(from start: Int) throws(Refusal) -> String {
        var decoded = Array(bytes[start..<at])
        while at < end {
            let byte = bytes[at]
            switch byte {
            case 0x22:
                // An escape yields whole characters, so it can neither break nor mend the bytes around it.
                guard let text = String(validating: decoded, as: UTF8.self) else { throw invalidUTF8(start..<at) }
                at += 1
                return text
            case 0x5C: try readEscape(into: &decoded)
            case 0..<0x20: throw controlCharacter()
            default:
                decoded.append(byte)
                at += 1
            }
        }
        throw syntax(expected: "\"")
    }

    private mutating func readEscape(into decoded: inout [UInt8]) throws(Refusal) {
        let start = at
        at += 1
        guard at < end else { throw syntax(expected: Expected.escape) }
        switch bytes[at] {
        case 0x22, 0x5C, 0x2F: decoded.append(bytes[at])
        case 0x62: decoded.append(0x08)
        case 0x66: decoded.append(0x0C)
        case 0x6E: decoded.append(0x0A)
        case 0x72: decoded.append(0x0D)
        case 0x74: decoded.append(0x09)
        case 0x75:
            at += 1
            return decoded.append(contentsOf: String(try readScalar(escapedAt: start)).utf8)
        default: throw syntax(expected: Expected.escape)
        }
        at += 1
    }

    /// The character of `\uXXXX`, or of a pair of them; `at` is on the first hexadecimal digit.
    private mutating func readScalar(escapedAt start: Int) throws(Refusal) -> Unicode.Scalar {
        let unit = try readHexadecimal()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        if unit < 0xDC00, at + 1 < end, bytes[at] == 0x5C, bytes[at + 1] == 0x75 {
            at += 2
            let low = try readHexadecimal()
            if (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit - 0xD800) << 10) + UInt32(low - 0xDC00))
            {
                return scalar
            }
        }
        let escape = String(decoding: bytes[start..<min(start + 6, end)], as: UTF8.self)
        throw refusal(.jsonLoneSurrogate, at: start, [.text("seen", escape)])
    }

    private mutating func readHexadecimal() throws(Refusal) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard at < end else { throw syntax(expected: Expected.hexadecimal) }
            let byte = bytes[at]
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt16(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt16(byte - 0x41 + 10)
            case 0x61...0x66: unit = unit << 4 | UInt16(byte - 0x61 + 10)
            default: throw syntax(expected: Expected.hexadecimal)
            }
            at += 1
        }
        return unit
    }
}

// MARK: - Saying what is wrong

extension JSONScanner {
    /// Symbols of the grammar, the same in every language.
    private enum Expected {
        static let value = "{ [ \" - 0-9 true false null"
        static let digit = "0-9"
        static let hexadecimal = "0-9 A-F"
        static let escape = "\" \\ / b f n r t u"
    }

    private func syntax(expected: String) -> Refusal {
        refusal(.jsonSyntax, at: at, [.text("expected", expected), .text("seen", seen)])
    }

    private func controlCharacter() -> Refusal {
        refusal(.jsonControlCharacter, at: at, [.text("seen", seen)])
    }

    private func tooManyElements() -> Refusal {
        refusal(.jsonTooManyElements, at: at, [.integer("limit", limits.elementsMax)])
    }

    private func invalidUTF8(_ range: Range<Int>) -> Refusal {
        var decoder = UTF8()
        var iterator = bytes[range].makeIterator()
        var place = range.lowerBound
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { place += UTF8.width(scalar) }
        return refusal(.jsonInvalidUTF8, at: place, [])
    }

    private func refusal(_ code: Refusal.Code, at place: Int, _ facts: [Refusal.Fact]) -> Refusal {
        var line = 1
        var column = 1
        for byte in bytes[bytes.startIndex..<place] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return Refusal(code, [.integer("line", line), .integer("column", column)] + facts)
    }

    /// What stands at the present place, printable: the character, its number, the bare byte, or `EOF`.
    private var seen: String {
        guard at < end else { return "EOF" }
        var decoder = UTF8()
        var iterator = bytes[at..<min(at + 4, end)].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else {
            return "0x" + String(bytes[at], radix: 16, uppercase: true)
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator, .nonspacingMark, .enclosingMark:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        default: return String(scalar)
        }
    }
}
