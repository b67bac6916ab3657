// Takes the fields of a JSON object one by one, each once checked, each refusal with the field's place.

import ShopModel

/// The fields of one object of a message or a configuration.
///
/// It remembers which names were asked for, so that a configuration can refuse every other key, and a message those
/// that its `must` names. In a message every other unknown field is ignored (DESIGN §7, evolution). A field that is
/// `null` counts as absent, except for `value(_:)`.
///
/// ```swift
/// var fields = try ObjectReader(json)
/// let id = try fields.identifier("id", as: CommandID.self)
/// let seat = try fields.optionalText("seat", max: 32)
/// for var line in try fields.objects("lines", max: 50, min: 1) {
///     let sku = try line.identifier("sku", as: SKU.self)
///     let quantity = try line.optionalQuantity("quantity") ?? .one
/// }
/// ```
public struct ObjectReader: Sendable {
    /// Where the object stands in its text, as a JSON pointer.
    public let pointer: String
    private let members: [JSON.Member]
    private var asked: [String] = []

    /// Begins to read an object.
    ///
    /// - Throws: `contract.wrongType` for anything else.
    public init(_ json: JSON, at pointer: String = "") throws(Refusal) {
        guard case .object(let members) = json else {
            let name = pointer.isEmpty ? "JSON" : String(pointer.dropFirst())
            throw Refusal(
                .contractWrongType, field: pointer,
                [.text("name", name), .text("expected", "object"), .text("seen", json.typeName)])
        }
        self.init(members, at: pointer)
    }

    init(_ members: [JSON.Member], at pointer: String) {
        self.members = members
        self.pointer = pointer
        asked.reserveCapacity(8)
    }

    /// What stands under a name as it is, `null` included; `nil` only when there is no such member.
    public mutating func value(_ name: String) -> JSON? {
        asked.append(name)
        for member in members where member.name == name { return member.value }
        return nil
    }

    /// The field, unless it is absent or `null`.
    public mutating func optional(_ name: String) -> JSONField? {
        guard let value = value(name), value != .null else { return nil }
        return JSONField(value, at: name, in: pointer)
    }

    /// The field.
    ///
    /// - Throws: `contract.missing`. So does every getter below whose name does not begin with `optional`.
    public mutating func required(_ name: String) throws(Refusal) -> JSONField {
        guard let field = optional(name) else {
            throw JSONField(.null, at: name, in: pointer).refusal(.contractMissing)
        }
        return field
    }

    /// Whether the field is there and not `null`.
    public mutating func has(_ name: String) -> Bool { optional(name) != nil }

    /// A text of `min` to `max` bytes of UTF-8, not empty unless `min` says so.
    public mutating func text(_ name: String, max: Int, min: Int = 1) throws(Refusal) -> String {
        try required(name).text(max: max, min: min)
    }

    /// A text of `min` to `max` bytes of UTF-8 that may be absent.
    public mutating func optionalText(_ name: String, max: Int, min: Int = 0) throws(Refusal) -> String? {
        try optional(name)?.text(max: max, min: min)
    }

    /// An integer within a range.
    public mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int {
        try required(name).integer(in: range)
    }

    /// An integer within a range that may be absent.
    public mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        try optional(name)?.integer(in: range)
    }

    /// A quantity, 1 to 999,999.
    public mutating func quantity(_ name: String) throws(Refusal) -> Quantity { try required(name).quantity() }

    /// A quantity that may be absent.
    public mutating func optionalQuantity(_ name: String) throws(Refusal) -> Quantity? {
        try optional(name)?.quantity()
    }

    /// A truth value.
    public mutating func truth(_ name: String) throws(Refusal) -> Bool { try required(name).truth() }

    /// A truth value that may be absent.
    public mutating func optionalTruth(_ name: String) throws(Refusal) -> Bool? { try optional(name)?.truth() }

    /// A moment, RFC 3339.
    public mutating func instant(_ name: String) throws(Refusal) -> Instant { try required(name).instant() }

    /// A moment that may be absent.
    public mutating func optionalInstant(_ name: String) throws(Refusal) -> Instant? {
        try optional(name)?.instant()
    }

    /// A day, `YYYY-MM-DD`.
    public mutating func day(_ name: String) throws(Refusal) -> CivilDate { try required(name).day() }

    /// A day that may be absent.
    public mutating func optionalDay(_ name: String) throws(Refusal) -> CivilDate? { try optional(name)?.day() }

    /// A name of its kind.
    public mutating func identifier<Name: Identifier>(
        _ name: String, as kind: Name.Type
    ) throws(Refusal) -> Name {
        try required(name).identifier(as: kind)
    }

    /// A name of its kind that may be absent.
    public mutating func optionalIdentifier<Name: Identifier>(
        _ name: String, as kind: Name.Type
    ) throws(Refusal) -> Name? {
        try optional(name)?.identifier(as: kind)
    }

    /// A GTIN.
    public mutating func gtin(_ name: String) throws(Refusal) -> GTIN { try required(name).gtin() }

    /// A GTIN that may be absent.
    public mutating func optionalGTIN(_ name: String) throws(Refusal) -> GTIN? { try optional(name)?.gtin() }

    /// A case of an enumeration, by its raw value.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, as kind: Choice.Type
    ) throws(Refusal) -> Choice where Choice.RawValue == String {
        try required(name).choice(as: kind)
    }

    /// A case of an enumeration that may be absent.
    public mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, as kind: Choice.Type
    ) throws(Refusal) -> Choice? where Choice.RawValue == String {
        try optional(name)?.choice(as: kind)
    }

    /// An array of `min` to `max` elements, each with its place.
    public mutating func array(_ name: String, max: Int, min: Int = 0) throws(Refusal) -> [JSONField] {
        try required(name).array(max: max, min: min)
    }

    /// An array that may be absent.
    public mutating func optionalArray(_ name: String, max: Int, min: Int = 0) throws(Refusal) -> [JSONField]? {
        try optional(name)?.array(max: max, min: min)
    }

    /// An array of `min` to `max` objects.
    public mutating func objects(_ name: String, max: Int, min: Int = 0) throws(Refusal) -> [ObjectReader] {
        try ObjectReader.readers(try array(name, max: max, min: min))
    }

    /// An array of objects that may be absent.
    public mutating func optionalObjects(
        _ name: String, max: Int, min: Int = 0
    ) throws(Refusal) -> [ObjectReader]? {
        guard let elements = try optionalArray(name, max: max, min: min) else { return nil }
        return try ObjectReader.readers(elements)
    }

    /// An array of up to `max` texts of 1 to `bytesMax` bytes that may be absent: then empty.
    public mutating func texts(_ name: String, max: Int, bytesMax: Int) throws(Refusal) -> [String] {
        var texts: [String] = []
        for element in try optionalArray(name, max: max) ?? [] { texts.append(try element.text(max: bytesMax)) }
        return texts
    }

    /// An object.
    public mutating func object(_ name: String) throws(Refusal) -> ObjectReader { try required(name).object() }

    /// An object that may be absent.
    public mutating func optionalObject(_ name: String) throws(Refusal) -> ObjectReader? {
        try optional(name)?.object()
    }

    private static func readers(_ elements: [JSONField]) throws(Refusal) -> [ObjectReader] {
        var readers: [ObjectReader] = []
        readers.reserveCapacity(elements.count)
        for element in elements { readers.append(try element.object()) }
        return readers
    }
}

// MARK: - Which fields there are

extension ObjectReader {
    /// The one of these fields that is there.
    ///
    /// - Throws: `contract.exactlyOne` when none or several are.
    public mutating func exactlyOne(of names: [String]) throws(Refusal) -> String {
        var present: [String] = []
        for name in names where has(name) { present.append(name) }
        guard let name = present.first, present.count == 1 else {
            throw refusal(.contractExactlyOne, [.texts("names", names), .integer("seen", present.count)])
        }
        return name
    }

    /// The names of all members, in the order written: for objects whose names are data. Counts as asking for each.
    public mutating func names() -> [String] {
        let names = members.map(\.name)
        asked += names
        return names
    }

    /// The names of the members that nobody asked for until now, in the order written.
    public var unknownNames: [String] {
        members.map(\.name).filter { !asked.contains($0) }
    }

    /// Refuses a message that insists on a field which nobody asked for. Call it when all fields were read.
    ///
    /// - Throws: `contract.mustUnknown`.
    public func refuseUnlessUnderstood(_ must: [String]) throws(Refusal) {
        for name in must where !asked.contains(name) {
            throw JSONField(.null, at: name, in: pointer).refusal(.contractMustUnknown)
        }
    }

    /// Refuses a configuration with a key that nobody asked for. Call it when all keys were read.
    ///
    /// - Throws: `contract.unknownKey`, with the known key that is nearest.
    public func refuseUnknown() throws(Refusal) {
        guard let name = unknownNames.first else { return }
        var nearest = (name: "–", distance: Int.max)
        for known in asked {
            let distance = editDistance(from: name, to: known)
            if distance < nearest.distance { nearest = (known, distance) }
        }
        throw JSONField(.null, at: name, in: pointer).refusal(.contractUnknownKey, [.text("nearest", nearest.name)])
    }

    /// A refusal of this object, for rules that its fields alone do not have: `name` is put before the facts.
    public func refusal(_ code: Refusal.Code, _ facts: [Refusal.Fact] = []) -> Refusal {
        Refusal(code, field: pointer, [.text("name", pointer.isEmpty ? "JSON" : String(pointer.dropFirst()))] + facts)
    }
}

/// How many bytes must be added, removed or changed (Levenshtein's distance), upper and lower case being the same.
/// Only the first 64 bytes count: no name of ours is longer.
func editDistance(from a: String, to b: String) -> Int {
    let (a, b) = (Array(a.lowercased().utf8.prefix(64)), Array(b.lowercased().utf8.prefix(64)))
    var row = Array(0...b.count)
    for (i, byte) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in b.enumerated() {
            let change = diagonal + (byte == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(change, diagonal + 1, row[j] + 1)
        }
    }
    return row[b.count]
}
