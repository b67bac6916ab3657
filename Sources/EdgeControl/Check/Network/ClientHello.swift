// The first message of TLS, as large as one likes: what a server answers to it shows which sizes of packets get through.

/// A ClientHello (RFC 8446 §4.1.2) that every server of TLS 1.2 or 1.3 answers.
enum ClientHello {
    /// The message in its record.
    ///
    /// - Parameters:
    ///   - name: the server's, told unless it is an address.
    ///   - byteCount: how large the record is made by padding (RFC 7685), at most 16 KiB; never smaller than it must be.
    static func bytes(name: String?, byteCount: Int) -> [UInt8] {
        var extensions: [UInt8] = []
        if let name {
            let host = Array(name.utf8)
            extensions += field(0, sized(2, [0] + sized(2, host)))
        }
        // Groups x25519 and P-256; points uncompressed; signatures that certificates in use have.
        extensions += field(10, sized(2, [0, 29, 0, 23]))
        extensions += field(11, sized(1, [0]))
        extensions += field(13, sized(2, [4, 3, 5, 3, 8, 4, 8, 5, 8, 6, 8, 7, 4, 1, 5, 1, 6, 1]))
        extensions += field(43, sized(1, [3, 4, 3, 3]))
        extensions += field(45, sized(1, [1]))
        // A key for x25519: any 32 bytes are a point, and nobody goes on to compute with it.
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        extensions += field(51, sized(2, [0, 29] + sized(2, key)))
        let random = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let ciphers: [UInt8] = [
            0x13, 1, 0x13, 2, 0x13, 3, 0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x2C, 0xC0, 0x30, 0xCC, 0xA9, 0xCC, 0xA8,
        ]
        let head: [UInt8] = [3, 3] + random + [0] + sized(2, ciphers) + [1, 0]
        // Around it: 5 bytes of record, 4 of message, 2 of length, and 4 of the padding's own head.
        let padding = byteCount - head.count - extensions.count - 15
        if padding > 0 { extensions += field(21, [UInt8](repeating: 0, count: padding)) }
        return [22, 3, 1] + sized(2, [1] + sized(3, head + sized(2, extensions)))
    }

    private static func field(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] { [0, kind] + sized(2, content) }

    /// The bytes after their count, which takes `width` bytes.
    private static func sized(_ width: Int, _ content: [UInt8]) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: content.count >> ($0 * 8)) } + content
    }
}

/// A request to connect of MQTT 3.1.1 and 5, enough to learn whether a broker answers.
enum ConnectRequest {
    /// The request, without a name and a password; the session is clean.
    static func bytes(clientID: String) -> [UInt8] {
        packet(version: 4, properties: [], clientID: clientID)
    }

    /// The same of MQTT 5, made larger by properties that mean nothing.
    static func padded(clientID: String, byteCount: Int) -> [UInt8] {
        let value = [UInt8](repeating: UInt8(ascii: "-"), count: max(1, min(byteCount, 16_000) - 64))
        return packet(version: 5, properties: [0x26] + text(Array("padding".utf8)) + text(value), clientID: clientID)
    }

    private static func packet(version: UInt8, properties: [UInt8], clientID: String) -> [UInt8] {
        var body = text(Array("MQTT".utf8)) + [version, 0x02, 0, 30]
        if version == 5 { body += variable(properties.count) + properties }
        body += text(Array(clientID.utf8))
        return [0x10] + variable(body.count) + body
    }

    private static func text(_ content: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: content.count >> 8), UInt8(truncatingIfNeeded: content.count)] + content
    }

    private static func variable(_ count: Int) -> [UInt8] {
        var rest = count
        var bytes: [UInt8] = []
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }
}
