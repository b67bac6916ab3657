// A JSON text as a value (RFC 8259). Members keep the order in which they were written, so that output is repeatable.

/// A JSON value.
public enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits 64 bits: exact.
    case integer(Int64)
    /// Any other number, as it was written: never rounded.
    case decimal(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A member of an object.
    public struct Member: Equatable, Sendable {
        /// The name, unescaped.
        public let name: String
        /// The value.
        public let value: JSON

        /// Makes a member.
        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }
}

// `nil` is no literal of JSON: where a field may be absent (`JSON?`), `isThere ? value : nil` would mean `.null`.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object, members in the order written.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }

    /// An integer from a count.
    public static func count(_ value: Int) -> JSON { .integer(Int64(value)) }

    /// The member of that name, if this is an object that has one.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
    /// The string, if this is one.
    public var text: String? { if case .string(let value) = self { value } else { nil } }
    /// The integer, if this is one.
    public var integer: Int? { if case .integer(let value) = self { Int(value) } else { nil } }
    /// The truth value, if this is one.
    public var truth: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements, if this is an array.
    public var elements: [JSON]? { if case .array(let value) = self { value } else { nil } }
}
