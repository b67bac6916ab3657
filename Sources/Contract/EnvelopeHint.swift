// What can still be read of a message that was refused, so that the refusal finds its way to who asked.

import ShopModel

/// Id, context and seat of a message, as far as they can be made out, however broken the message is.
///
/// It reads no values that the strict reader would not: a member counts only when it stands in the outermost object,
/// is a complete string within its limits, and occurs once.
public struct EnvelopeHint: Equatable, Sendable {
    /// The id, when there is one that is well formed.
    public private(set) var id: CommandID?
    /// The verb as the message names it.
    public private(set) var verb: String?
    /// What is to be echoed.
    public private(set) var context: String?
    /// The seat.
    public private(set) var seat: String?

    /// Looks through a message. Only its first 64 KiB count.
    public init(_ payload: [UInt8]) {
        var scanner = Scanner(payload: payload[..<min(payload.count, 65_536)])
        let found = scanner.run()
        id = Self.only("id", in: found, max: 36).flatMap { CommandID($0) }
        verb = Self.only("verb", in: found, max: 64)
        context = Self.only("context", in: found, max: 256)
        seat = Self.only("seat", in: found, max: 32)
    }

    /// An outermost member of a message that cannot be read, as far as it can be made out.
    ///
    /// - Parameter name: one of `id`, `verb`, `context` and `seat`.
    static func text(_ name: String, of payload: ArraySlice<UInt8>, max: Int) -> String? {
        var scanner = Scanner(payload: payload)
        return only(name, in: scanner.run(), max: max)
    }

    private static func only(_ name: String, in found: [(name: String, value: String)], max: Int) -> String? {
        let values = found.filter { $0.name == name }
        guard values.count == 1, let value = values.first?.value, value.utf8.count <= max else { return nil }
        return value
    }

    /// Walks over bytes that may be no JSON at all, keeping count of depth and strings only.
    private struct Scanner {
        let payload: ArraySlice<UInt8>
        var depth = 0
        var found: [(name: String, value: String)] = []

        mutating func run() -> [(name: String, value: String)] {
            var at = payload.startIndex
            var name: String?
            var isValue = false
            while at < payload.endIndex {
                switch payload[at] {
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    name = nil
                    at += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    name = nil
                    at += 1
                case UInt8(ascii: ":"):
                    isValue = true
                    at += 1
                case UInt8(ascii: ","):
                    isValue = false
                    name = nil
                    at += 1
                case UInt8(ascii: "\""):
                    guard let end = end(ofStringAt: at) else { return found }
                    if depth == 1 {
                        let text = string(at..<end)
                        if isValue, let known = name {
                            if let text { found.append((known, text)) }
                            name = nil
                        } else if !isValue {
                            name = text.flatMap { ["id", "verb", "context", "seat"].contains($0) ? $0 : nil }
                        }
                    }
                    at = end
                default: at += 1
                }
            }
            return found
        }

        /// Behind the closing quote of the string that opens at `start`; `nil` when it never closes.
        private func end(ofStringAt start: Int) -> Int? {
            var at = start + 1
            while at < payload.endIndex {
                if payload[at] == UInt8(ascii: "\"") { return at + 1 }
                at += payload[at] == UInt8(ascii: "\\") ? 2 : 1
            }
            return nil
        }

        /// The string, quotes included in `range`, by the strict reader; `nil` when that refuses it.
        private func string(_ range: Range<Int>) -> String? {
            guard range.count <= 1_600 else { return nil }
            return (try? JSONReader.read(payload[range]))?.text
        }
    }
}
