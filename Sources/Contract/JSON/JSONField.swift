// A JSON value with its place in the message, which becomes a value of the shop or a refusal that names the place.

import ShopModel

/// A member of an object or an element of an array: what stands there, and where.
///
/// ```swift
/// for day in try hours.array("mon", max: 4) {
///     let times = try day.array(max: 2, min: 2)
///     let opens = try times[0].text(max: 5)
/// }
/// ```
public struct JSONField: Equatable, Sendable {
    /// What stands there.
    public let value: JSON
    /// The pointer of the array or object around it.
    private let base: String
    /// The member's name or the element's index; `nil` for a whole text.
    private let step: String?

    /// A whole text.
    public init(root value: JSON) {
        self.value = value
        base = ""
        step = nil
    }

    /// What stands at `step` of the object or array that `base` points to.
    init(_ value: JSON, at step: String, in base: String) {
        self.value = value
        self.base = base
        self.step = step
    }

    /// The place as a JSON pointer (RFC 6901).
    public var pointer: String {
        guard let step else { return base }
        return base + "/" + step.escapedForPointer
    }

    /// The text, when it is a string of `min` to `max` bytes of UTF-8.
    ///
    /// - Throws: `contract.wrongType`, `contract.badLength`.
    public func text(max: Int, min: Int = 1) throws(Refusal) -> String {
        guard case .string(let text) = value else { throw wrongType("string") }
        guard text.utf8.count >= min, text.utf8.count <= max else {
            throw badLength(text.utf8.count, min, max)
        }
        return text
    }

    /// The number, when it is an integer within `range`.
    ///
    /// - Throws: `contract.wrongType`, also for `1.0` and `1e2`, `contract.outOfRange`.
    public func integer(in range: ClosedRange<Int>) throws(Refusal) -> Int {
        guard case .integer(let number) = value else { throw wrongType("integer") }
        guard let integer = Int(exactly: number), range.contains(integer) else {
            throw refusal(
                .contractOutOfRange,
                [
                    .integer("seen", Int(clamping: number)), .integer("least", range.lowerBound),
                    .integer("most", range.upperBound),
                ])
        }
        return integer
    }

    /// The quantity, when it is an integer of 1 to 999,999.
    ///
    /// - Throws: `contract.wrongType`, `contract.outOfRange`.
    public func quantity() throws(Refusal) -> Quantity {
        let units = try integer(in: 1...999_999)
        guard let quantity = Quantity(units) else { throw wrongType("integer") }
        return quantity
    }

    /// The truth value, when it is one.
    ///
    /// - Throws: `contract.wrongType`.
    public func truth() throws(Refusal) -> Bool {
        guard case .bool(let truth) = value else { throw wrongType("boolean") }
        return truth
    }

    /// The moment, when it is a string with a date-time of RFC 3339.
    ///
    /// - Throws: `contract.wrongType`, `contract.badIdentifier` for a string that is no such moment.
    public func instant() throws(Refusal) -> Instant {
        guard case .string(let text) = value else { throw wrongType("string") }
        guard let instant = Instant(rfc3339: text) else { throw badIdentifier("RFC 3339 date-time", text) }
        return instant
    }

    /// The day, when it is a string `YYYY-MM-DD`.
    ///
    /// - Throws: `contract.wrongType`, `contract.badIdentifier` for a string that is no such day.
    public func day() throws(Refusal) -> CivilDate {
        guard case .string(let text) = value else { throw wrongType("string") }
        guard let day = CivilDate(text) else { throw badIdentifier("YYYY-MM-DD", text) }
        return day
    }

    /// The name, when it is a string that is one of its kind.
    ///
    /// - Throws: `contract.wrongType`, `contract.badIdentifier`.
    public func identifier<Name: Identifier>(as kind: Name.Type) throws(Refusal) -> Name {
        guard case .string(let text) = value else { throw wrongType("string") }
        guard let name = Name(text) else { throw badIdentifier(String(describing: kind), text) }
        return name
    }

    /// The GTIN, when it is a string of 8, 12, 13 or 14 digits with its right check digit.
    ///
    /// - Throws: `contract.wrongType`, `contract.badIdentifier`.
    public func gtin() throws(Refusal) -> GTIN {
        guard case .string(let text) = value else { throw wrongType("string") }
        guard let gtin = GTIN(text) else { throw badIdentifier("GTIN", text) }
        return gtin
    }

    /// The case of an enumeration, when it is a string that names one.
    ///
    /// - Throws: `contract.wrongType`, `contract.unknownValue`.
    public func choice<Choice: RawRepresentable & CaseIterable>(
        as kind: Choice.Type
    ) throws(Refusal) -> Choice where Choice.RawValue == String {
        guard case .string(let text) = value else { throw wrongType("string") }
        guard let choice = Choice(rawValue: text) else {
            throw refusal(
                .contractUnknownValue,
                [.text("seen", text.excerpt), .texts("known", Choice.allCases.map(\.rawValue))])
        }
        return choice
    }

    /// The elements, when it is an array of `min` to `max` of them.
    ///
    /// - Throws: `contract.wrongType`, `contract.badLength`.
    public func array(max: Int, min: Int = 0) throws(Refusal) -> [JSONField] {
        guard case .array(let elements) = value else { throw wrongType("array") }
        guard elements.count >= min, elements.count <= max else { throw badLength(elements.count, min, max) }
        let place = pointer
        return elements.indices.map { JSONField(elements[$0], at: String($0), in: place) }
    }

    /// The object, when it is one.
    ///
    /// - Throws: `contract.wrongType`.
    public func object() throws(Refusal) -> ObjectReader {
        guard case .object(let members) = value else { throw wrongType("object") }
        return ObjectReader(members, at: pointer)
    }

    /// A refusal of this field, for rules that its type alone does not have: `name` is put before the facts.
    public func refusal(_ code: Refusal.Code, _ facts: [Refusal.Fact] = []) -> Refusal {
        let place = pointer
        let name = place.isEmpty ? "JSON" : String(place.dropFirst())
        return Refusal(code, field: place, [.text("name", name)] + facts)
    }

    private func wrongType(_ expected: String) -> Refusal {
        refusal(.contractWrongType, [.text("expected", expected), .text("seen", value.typeName)])
    }

    private func badLength(_ seen: Int, _ least: Int, _ most: Int) -> Refusal {
        refusal(.contractBadLength, [.integer("seen", seen), .integer("least", least), .integer("most", most)])
    }

    private func badIdentifier(_ kind: String, _ seen: String) -> Refusal {
        refusal(.contractBadIdentifier, [.text("kind", kind), .text("seen", seen.excerpt)])
    }
}

extension JSON {
    /// The type as JSON Schema names it; `number` for one that is no exact 64-bit integer.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .decimal: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension String {
    /// This as a step of a JSON pointer (RFC 6901, 3).
    fileprivate var escapedForPointer: String {
        guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return self }
        var escaped = ""
        for character in unicodeScalars {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// The first 64 characters: a refusal is short, however long what caused it.
    fileprivate var excerpt: String {
        let start = prefix(64)
        return start.endIndex == endIndex ? self : start + "…"
    }
}
