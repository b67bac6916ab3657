// What every part of a message can do: come out of a JSON object, once checked, and go back into one.

import ShopModel

/// A part of a message with fields of its own.
///
/// `init(from:)` and `json` are each other's inverse for everything that this version writes itself.
public protocol MessagePart: Equatable, Sendable {
    /// Takes the fields out of an object.
    ///
    /// - Throws: a refusal that names the field; see `Refusal.Code.fieldCodes`.
    init(from reader: inout ObjectReader) throws(Refusal)
    /// The fields as a JSON object, in the order in which the contract lists them.
    var json: JSON { get }
}

/// The fields of a question or command, all but the envelope's.
public protocol RequestPayload: MessagePart {
    /// The verb that has these fields.
    static var verb: Verb { get }
}

extension ObjectReader {
    /// An array of `min` to `max` parts.
    mutating func parts<Part: MessagePart>(
        _ name: String, as kind: Part.Type, max: Int, min: Int = 0
    ) throws(Refusal) -> [Part] {
        try Self.parts(try objects(name, max: max, min: min))
    }

    /// An array of parts that may be absent.
    mutating func optionalParts<Part: MessagePart>(
        _ name: String, as kind: Part.Type, max: Int, min: Int = 0
    ) throws(Refusal) -> [Part]? {
        guard let readers = try optionalObjects(name, max: max, min: min) else { return nil }
        return try Self.parts(readers)
    }

    /// An object that is a part.
    mutating func part<Part: MessagePart>(_ name: String, as kind: Part.Type) throws(Refusal) -> Part {
        var reader = try object(name)
        return try Part(from: &reader)
    }

    /// An object that is a part, and may be absent.
    mutating func optionalPart<Part: MessagePart>(_ name: String, as kind: Part.Type) throws(Refusal) -> Part? {
        guard var reader = try optionalObject(name) else { return nil }
        return try Part(from: &reader)
    }

    private static func parts<Part: MessagePart>(_ readers: [ObjectReader]) throws(Refusal) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(readers.count)
        for var reader in readers { parts.append(try Part(from: &reader)) }
        return parts
    }
}

extension JSON {
    /// An object of those fields that are there; an absent one is not written, rather than written as `null`.
    static func fields(_ fields: (String, JSON?)...) -> JSON {
        var members: [Member] = []
        members.reserveCapacity(fields.count)
        for (name, value) in fields {
            if let value { members.append(Member(name, value)) }
        }
        return .object(members)
    }

    /// An array of parts.
    static func parts(_ parts: [some MessagePart]) -> JSON { .array(parts.map(\.json)) }
    /// An array of texts.
    static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
    /// The members, if this is an object.
    var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    /// These fields with those of another object behind them.
    func appending(_ other: JSON) -> JSON { .object((members ?? []) + (other.members ?? [])) }
}

extension Identifier {
    /// The name as JSON.
    var json: JSON { .string(value) }
}

extension RawRepresentable where RawValue == String {
    /// The case's name as JSON.
    var json: JSON { .string(rawValue) }
}

extension Instant {
    /// The moment as RFC 3339.
    var json: JSON { .string(description) }
}

extension CivilDate {
    /// The day as `YYYY-MM-DD`.
    var json: JSON { .string(description) }
}

extension Quantity {
    /// The number of units.
    var json: JSON { .count(units) }
}

extension GTIN {
    /// All 14 digits.
    var json: JSON { .string(description) }
}
