// What a certificate says of itself, read by the machine's openssl: whose it is, who vouches for it, from when to when.

import Glibc
import ShopModel

/// A certificate as far as a technician cares.
struct CertificateFacts: Equatable, Sendable {
    let subject: String
    let issuer: String
    let notBefore: Instant
    let notAfter: Instant
    /// The names and addresses that it stands for, as openssl writes them.
    var names: [String] = []

    /// Whole days until it ends at `now`; below 0 once it has ended.
    func daysLeft(at now: Instant) -> Int { Int((notAfter - now).floorDivided(by: 86_400_000)) }

    /// Reads what `openssl x509 -noout -subject -issuer -dates -ext subjectAltName` prints.
    init?(_ text: String) {
        var fields: [String: String] = [:]
        var names: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if let equals = line.firstIndex(of: "="),
                ["subject", "issuer", "notBefore", "notAfter"].contains(line[..<equals])
            {
                fields[String(line[..<equals])] = String(line[line.index(after: equals)...])
            } else if line.hasPrefix("    ") {
                names = line.split(separator: ",").map {
                    String($0.drop { $0 == " " }).replacing("DNS:", with: "").replacing("IP Address:", with: "")
                }
            }
        }
        guard let notBefore = fields["notBefore"].flatMap(Self.moment),
            let notAfter = fields["notAfter"].flatMap(Self.moment)
        else { return nil }
        self.init(
            subject: fields["subject"] ?? "–", issuer: fields["issuer"] ?? "–", notBefore: notBefore,
            notAfter: notAfter, names: names)
    }

    init(subject: String, issuer: String, notBefore: Instant, notAfter: Instant, names: [String] = []) {
        self.subject = subject
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.names = names
    }

    /// `Nov 22 18:16:11 2026 GMT`.
    static func moment(_ text: some StringProtocol) -> Instant? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count >= 4, let month = months.firstIndex(where: { $0 == words[0] }) else { return nil }
        func two(_ text: some StringProtocol) -> String { text.count < 2 ? "0" + text : String(text) }
        return Instant(rfc3339: "\(words[3])-\(two(String(month + 1)))-\(two(words[1]))T\(two(words[2]))Z")
    }

    /// The certificates of a PEM text, each as PEM.
    static func blocks(of pem: String) -> [String] {
        var blocks: [String] = []
        var block: [Substring]?
        for line in pem.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("-----BEGIN") && line.contains("CERTIFICATE-----") { block = [] }
            block?.append(line)
            if line.hasPrefix("-----END"), let lines = block {
                blocks.append(lines.joined(separator: "\n") + "\n")
                block = nil
            }
        }
        return blocks
    }

    /// What became of reading a file of certificates.
    enum FileReading: Equatable, Sendable {
        case certificates([CertificateFacts])
        case missing
        case forbidden
        /// It holds none, or what openssl cannot read.
        case noCertificate
        /// There is no openssl here.
        case noTool
    }

    /// Reads the certificates of a file, at most eight.
    static func read(file: String) -> FileReading {
        guard let bytes = SmallFile.bytes(file, max: 1 << 20) else {
            return errno == EACCES || errno == EPERM ? .forbidden : .missing
        }
        var found: [CertificateFacts] = []
        for block in blocks(of: String(decoding: bytes, as: UTF8.self)).prefix(8) {
            let run = describe(block)
            if run.isMissing { return .noTool }
            guard run.succeeded, let facts = CertificateFacts(run.text) else { return .noCertificate }
            found.append(facts)
        }
        return found.isEmpty ? .noCertificate : .certificates(found)
    }

    /// Reads one certificate.
    static func read(pem: String) -> CertificateFacts? { CertificateFacts(describe(pem).text) }

    private static func describe(_ pem: String) -> ToolRun {
        ToolRun.run(
            "openssl", ["x509", "-noout", "-subject", "-issuer", "-dates", "-ext", "subjectAltName"],
            reading: Array(pem.utf8), seconds: 3)
    }
}
