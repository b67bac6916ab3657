// Seals what the shop knows about a customer, so that it is readable only here, in its own row, and while its key lives.

/// Where sealed bytes live. They open nowhere else: a value copied to another row or column is refused.
public struct Cell: Equatable, Sendable {
    /// The table.
    public let table: String
    /// The row's key as text.
    public let row: String
    /// The column.
    public let column: String

    /// Names a cell.
    public init(table: String, row: String, column: String) {
        self.table = table
        self.row = row
        self.column = column
    }
}

/// A value as it is stored, sealed under a customer's key.
public struct Sealed: Equatable, Sendable {
    /// Format (1 byte), key version (4, highest first), nonce (12), ciphertext, tag (16).
    public let bytes: [UInt8]

    /// How many bytes sealing adds.
    public static let overhead = headerByteCount + AuthenticatedCipher.overhead
    static let headerByteCount = 5

    /// Takes a value up from storage; whether it is sound shows when it is opened.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The version of the customer's key that opens this; `nil` when the bytes are no sealed value.
    public var keyVersion: UInt32? {
        guard bytes.count >= Self.overhead, bytes[0] == SnippetSealer.format else { return nil }
        return bytes[1..<Self.headerByteCount].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Seals and opens snippets with AES-256-GCM under the customer's key, bound to their cell and the key's version.
///
/// ```swift
/// let key = try CustomerKey(version: 1)
/// let cell = Cell(table: "customers", row: customer.value, column: "snippet")
/// let sealed = try SnippetSealer.seal(snippet, under: key, in: cell)
/// let again = try SnippetSealer.open(sealed, under: key, in: cell)
/// ```
public enum SnippetSealer {
    static let format: UInt8 = 1

    /// How many bytes a snippet may have: 64 KiB, as any payload.
    public static let plainByteCountMax = 65_536

    /// Seals a snippet. The same snippet sealed twice gives different bytes.
    ///
    /// - Throws: `VaultError.malformed` when it is longer than 64 KiB, `.cryptographyFailed` when libcrypto fails.
    public static func seal(
        _ plain: [UInt8], under key: CustomerKey, in cell: Cell
    ) throws(VaultError) -> Sealed {
        guard plain.count <= plainByteCountMax else { throw .malformed(what: "snippet") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(plain.count + Sealed.overhead)
        bytes.append(format)
        bytes += bigEndian(key.version)
        try AuthenticatedCipher.seal(
            plain, key: key.secret, nonce: try SecureRandom.bytes(AuthenticatedCipher.nonceByteCount),
            authenticating: context(cell, key.version), into: &bytes)
        return Sealed(bytes: bytes)
    }

    /// Opens a snippet.
    ///
    /// - Throws: `VaultError.tampered` when it was changed, comes from another cell, or was sealed under another key;
    ///   `.keyVersionMismatch` when `key` is not the version it names; `.malformed` when it is no sealed value at all.
    public static func open(
        _ sealed: Sealed, under key: CustomerKey, in cell: Cell
    ) throws(VaultError) -> [UInt8] {
        guard let version = sealed.keyVersion else { throw .malformed(what: "snippet") }
        guard version == key.version else { throw .keyVersionMismatch(sealed: version, given: key.version) }
        return try AuthenticatedCipher.open(
            sealed.bytes.dropFirst(Sealed.headerByteCount), key: key.secret,
            authenticating: context(cell, version), what: "snippet")
    }

    private static func context(_ cell: Cell, _ version: UInt32) -> [UInt8] {
        unambiguous([
            Array("store-edge snippet".utf8), [format], Array(cell.table.utf8), Array(cell.row.utf8),
            Array(cell.column.utf8), bigEndian(version),
        ])
    }
}
