// The port through which a digest is computed: the core has no cryptography of its own.

/// Computes a digest; SHA-256 in production.
public protocol Digesting {
    /// The digest of bytes, always of the same length.
    func digest(_ bytes: [UInt8]) -> [UInt8]
}

/// The hash over a snapshot's entries: h(0) is 32 zero bytes, h(n+1) the digest of h(n) followed by entry n.
public struct SnapshotHash<Digest: Digesting> {
    /// The hash over the entries so far.
    public private(set) var value: [UInt8]
    private let digest: Digest

    /// Begins a hash, or goes on from a value kept earlier.
    public init(_ digest: Digest, from value: [UInt8] = [UInt8](repeating: 0, count: 32)) {
        self.digest = digest
        self.value = value
    }

    /// Takes in the next entry, as our own encoder writes it: member order as received, nothing between the tokens.
    public mutating func add(_ entry: StateEntry) {
        var bytes = value
        entry.json.append(to: &bytes)
        value = digest.digest(bytes)
    }

    /// The hash in lower-case hexadecimal, as the announcement of a snapshot has it.
    public var text: String { hexadecimal(value) }
}

/// Bytes in lower-case hexadecimal.
func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 0x0F)])
    }
    return String(decoding: text, as: UTF8.self)
}
