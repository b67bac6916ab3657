// By which names and addresses devices may reach this box, as its certificate has to say them.

import Glibc
import ShopModel

/// The names of a certificate for this box.
enum ServerNames {
    /// Names of the machine, its addresses, and those that somebody chose.
    ///
    /// - Parameters:
    ///   - chosenFile: a name or address a line, `#` begins a remark; it may be missing.
    ///   - addressFile: the machine's addresses, parted by blanks; `nil` asks the machine.
    /// - Returns: `DNS:…` and `IP:…`, sorted, each once.
    static func wanted(chosenFile: String, addressFile: String?, _ words: Words) throws(Failure) -> [String] {
        let host = hostName()
        let short = host.split(separator: ".").first.map(String.init) ?? host
        var names: Set<String> = ["DNS:localhost", "IP:127.0.0.1"]
        for name in [host, short, short + ".local"] where isName(name) { names.insert("DNS:" + name) }
        for address in try addresses(addressFile, words) where !address.isLoopback {
            // An address of one link names its interface, which no certificate can.
            if !address.host.hasPrefix("fe80:") { names.insert("IP:" + address.host) }
        }
        let text = String(decoding: SmallFile.bytes(chosenFile, max: 65_536) ?? [], as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            var chosen = line.prefix { $0 != "#" }.drop { $0.isWhitespace }.lowercased()
            while chosen.last?.isWhitespace == true { chosen.removeLast() }
            if chosen.isEmpty { continue }
            if isAddress(chosen) {
                names.insert("IP:" + chosen)
            } else if isName(chosen) {
                names.insert("DNS:" + chosen)
            } else {
                throw Failure(
                    code: "certificate.badName",
                    message: words.say(
                        "\(chosen) in \(chosenFile) is neither a name nor an address.",
                        "\(chosen) dans \(chosenFile) n'est ni un nom ni une adresse."),
                    mend: words.say(
                        "a line is a name (box-1.example.org) or an address (10.0.0.5).",
                        "une ligne est un nom (box-1.example.org) ou une adresse (10.0.0.5)."), status: .configuration)
            }
        }
        return names.sorted()
    }

    private static func addresses(_ file: String?, _ words: Words) throws(Failure) -> [SocketAddress] {
        guard let file else { return SocketAddress.ofThisMachine() }
        guard let bytes = SmallFile.bytes(file, max: 65_536) else { throw .certificateFile(file, errno, words) }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
            SocketAddress(String($0))
        }
    }

    /// The names that a certificate lacks, of those that it should have.
    static func missing(_ wanted: [String], in facts: CertificateFacts) -> [String] {
        let present = Set(facts.names.map(canonical))
        return wanted.filter {
            !present.contains(canonical(String($0[$0.index(after: $0.firstIndex(of: ":") ?? $0.startIndex)...])))
        }
    }

    /// A name or address in one way of writing: openssl writes IPv6 addresses in full and in capitals.
    private static func canonical(_ text: String) -> String {
        var bytes = in6_addr()
        guard text.contains(":"), inet_pton(AF_INET6, text, &bytes) == 1 else { return text.lowercased() }
        return withUnsafeBytes(of: &bytes) { $0.map { String($0, radix: 16) }.joined(separator: ":") }
    }

    /// The machine's name, in small letters.
    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }

    static func isAddress(_ text: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
    }

    /// Letters, digits and hyphens in labels of 1 to 63, 253 in all.
    private static func isName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            }
    }
}
