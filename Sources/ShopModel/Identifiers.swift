// The names of things. Each is checked once, when bytes from outside become a value, and trusted after.

/// A name that came from outside and was checked: no control characters, no MQTT wildcards, bounded length.
public protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text of the name.
    var value: String { get }
    /// Reads a name; `nil` when it breaks the rules of its kind.
    init?(_ value: String)
}

extension Identifier {
    /// The text of the name.
    public var description: String { value }
    /// Byte order of the UTF-8 text, the same on every machine.
    public static func < (a: Self, b: Self) -> Bool { a.value.utf8.lexicographicallyPrecedes(b.value.utf8) }
}

extension String {
    /// Whether this can be a name: 1 to `limit` bytes of printable ASCII without blanks, `#`, `+`, `"` and `\`.
    fileprivate func isName(limit: Int) -> Bool {
        let bytes = utf8
        return !bytes.isEmpty && bytes.count <= limit
            && bytes.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "+")
                    && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
    }
}

/// A stock-keeping unit, as headquarters' assortment names it: 1 to 64 bytes of printable ASCII.
public struct SKU: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a SKU; `nil` when empty, too long, or with blanks, controls, quotes or MQTT wildcards.
    public init?(_ value: String) {
        guard value.isName(limit: 64) else { return nil }
        self.value = value
    }
}

/// A device of the shop: `[a-z0-9-]{1,32}`, which is also its MQTT user name (DESIGN §7).
public struct DeviceID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a device id; `nil` outside `[a-z0-9-]{1,32}`, and for the reserved `all`, `staff` and `agent`.
    public init?(_ value: String) {
        let bytes = value.utf8
        guard (1...32).contains(bytes.count),
            bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }),
            !["all", "staff", "agent"].contains(value)
        else { return nil }
        self.value = value
    }

    private init(unchecked value: String) { self.value = value }

    /// The agent itself, as the author of what no device asked for: expiries, feeds.
    public static let agent = DeviceID(unchecked: "agent")
}

/// A shop, as headquarters names it: `[A-Za-z0-9-]{1,32}`, since it is a level of MQTT topics.
public struct ShopID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a shop id; `nil` outside `[A-Za-z0-9-]{1,32}`.
    public init?(_ value: String) {
        let bytes = value.utf8
        guard (1...32).contains(bytes.count),
            bytes.allSatisfy({
                (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            })
        else { return nil }
        self.value = value
    }
}

/// The id of a command or question, minted by its sender: a UUID (RFC 9562) or a ULID.
public struct CommandID: Identifier {
    /// The text of the name: a UUID in lower case, a ULID in upper case, so that equal ids compare equal.
    public let value: String
    /// Reads an id; `nil` when it is neither a UUID (8-4-4-4-12 hexadecimal) nor a ULID (26 of Crockford's base 32).
    public init?(_ value: String) {
        let bytes = Array(value.utf8)
        if bytes.count == 36 {
            for (index, byte) in bytes.enumerated() {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == 0x2D else { return nil }
                } else {
                    guard byte.isHexDigit else { return nil }
                }
            }
            self.value = value.lowercased()
        } else if bytes.count == 26 {
            let upper = value.uppercased()
            // Letters beyond ASCII become other, more or fewer letters when they are made capitals (ß, SS).
            guard bytes.allSatisfy({ $0 < 0x80 }), bytes[0] <= 0x37,
                upper.utf8.allSatisfy({ "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.contains($0) })
            else { return nil }
            self.value = upper
        } else {
            return nil
        }
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        (0x30...0x39).contains(self) || (0x61...0x66).contains(self) || (0x41...0x46).contains(self)
    }
}

/// A reservation, by the code that the customer holds: see `OwnCode`.
public struct ReservationID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a reservation's id; `nil` when it is no name.
    public init?(_ value: String) {
        guard value.isName(limit: 32) else { return nil }
        self.value = value
    }
}

/// An order, as headquarters names it; a pickup is known by its order. 1 to 64 bytes of printable ASCII.
public struct OrderID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads an order's id; `nil` when it is no name.
    public init?(_ value: String) {
        guard value.isName(limit: 64) else { return nil }
        self.value = value
    }
}

/// A clerk, as headquarters names them: 1 to 64 bytes of printable ASCII.
public struct ClerkID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a clerk's id; `nil` when it is no name.
    public init?(_ value: String) {
        guard value.isName(limit: 64) else { return nil }
        self.value = value
    }
}

/// A customer, as headquarters names them: 1 to 64 bytes of printable ASCII. Never a name or an address.
public struct CustomerID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a customer's id; `nil` when it is no name.
    public init?(_ value: String) {
        guard value.isName(limit: 64) else { return nil }
        self.value = value
    }
}

/// A line of a till's ticket: the physical key of a sale (DESIGN §3.2).
public struct TicketLine: Hashable, Sendable {
    /// The till, as the shop names it.
    public let till: String
    /// The ticket (receipt) number, unique for the till.
    public let ticket: String
    /// The line of the ticket, from 1.
    public let line: Int

    /// Makes the key; `nil` unless both names are 1 to 64 bytes of printable ASCII and the line is 1 to 9,999.
    public init?(till: String, ticket: String, line: Int) {
        guard till.isName(limit: 64), ticket.isName(limit: 64), (1...9_999).contains(line) else { return nil }
        self.till = till
        self.ticket = ticket
        self.line = line
    }
}

/// One life of this box's stock ledger; a restored or copied ledger begins a new one (DESIGN §8).
public struct Incarnation: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads an incarnation; `nil` when it is no name.
    public init?(_ value: String) {
        guard value.isName(limit: 36) else { return nil }
        self.value = value
    }
}
