// Reads bytes from outside as one JSON text (RFC 8259), strictly and within limits, or refuses them.

import ShopModel

/// How much a JSON text may hold before it is refused (DESIGN §7, limits).
public struct JSONLimits: Equatable, Sendable {
    /// The longest text, in bytes.
    public let bytesMax: Int
    /// How deep arrays and objects may lie in each other; a number alone has depth 0, `[]` depth 1. At most 64.
    public let depthMax: Int
    /// How many elements an array, or members an object, may have.
    public let elementsMax: Int

    /// Makes limits; without arguments those of a message.
    public init(bytesMax: Int = 65_536, depthMax: Int = 16, elementsMax: Int = 1_000) {
        self.bytesMax = bytesMax
        self.depthMax = min(depthMax, 64)
        self.elementsMax = elementsMax
    }

    /// The greatest number that counts something on a wire: every reader of JSON has it exactly (RFC 8259, 6), and what is
    /// added to it still fits 64 bits.
    public static let counterMax = 1 << 53 - 1

    /// A device's message: 64 KiB, depth 16, 1,000 elements.
    public static let message = JSONLimits()
    /// Whatever a broker lets through: 256 KiB, depth 16, 10,000 elements.
    public static let packet = JSONLimits(bytesMax: 262_144, elementsMax: 10_000)
    /// A message of a feed from headquarters: 256 KiB, depth 16, 10,000 elements.
    public static let feed = packet
    /// A batch of events, and what headquarters keeps of one. A message of a device that lies in an event lies deeper in it
    /// than it came: depth 20.
    public static let events = JSONLimits(bytesMax: 262_144, depthMax: 20, elementsMax: 10_000)
    /// A configuration file: 1 MiB, depth 16, 10,000 elements.
    public static let configuration = JSONLimits(bytesMax: 1_048_576, elementsMax: 10_000)
}

/// Turns bytes into a `JSON` value, once, at the border.
///
/// Strict means: UTF-8 without byte order mark, no overlong form and no surrogate in it; escapes complete, surrogates
/// only in pairs; no control character in a string; nothing after the value; and no name twice in an object, since two
/// readers of such a text may believe different things. Two names are the same when Swift's `String` says so, which
/// compares by canonical equivalence, because members are looked up in that way.
///
/// A number without fraction and exponent that fits 64 bits is `.integer`; every other one is `.decimal` as it was
/// written, `-0` included, which no integer can say.
public enum JSONReader {
    /// What the author of a text may write.
    public enum Dialect: Sendable {
        /// RFC 8259 and nothing else: everything that comes over a wire.
        case strict
        /// RFC 8259 with `//` comments to the end of a line and one comma after the last element or member.
        case configuration
    }

    /// Reads one JSON text.
    ///
    /// - Parameters:
    ///   - bytes: the whole text.
    ///   - limits: how much it may hold.
    ///   - dialect: what else than RFC 8259 is allowed.
    /// - Throws: one of `Refusal.Code.jsonCodes`, with line and column from 1 (a column is a Unicode scalar).
    public static func read(
        _ bytes: [UInt8], limits: JSONLimits = .message, dialect: Dialect = .strict
    ) throws(Refusal) -> JSON {
        try read(bytes[...], limits: limits, dialect: dialect)
    }

    /// Reads one JSON text that is a part of an array, without copying it.
    public static func read(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .message, dialect: Dialect = .strict
    ) throws(Refusal) -> JSON {
        guard bytes.count <= limits.bytesMax else {
            throw Refusal(.jsonTooLarge, [.integer("bytes", bytes.count), .integer("limit", limits.bytesMax)])
        }
        var scanner = JSONScanner(bytes, limits: limits, dialect: dialect)
        return try scanner.readText()
    }
}
