// The machine's openssl, for keys, requests, signatures and questions; each within a bounded time.

import Glibc
import ShopModel

/// The tool `openssl`.
struct OpenSSL {
    let words: Words

    /// Runs it and returns what it printed.
    ///
    /// - Throws: `certificate.openssl` with its own first complaint.
    @discardableResult
    func run(_ arguments: [String], reading text: String = "") throws(Failure) -> String {
        let run = ToolRun.run("openssl", arguments, reading: Array(text.utf8), seconds: 20)
        guard run.succeeded else {
            throw Failure(
                code: "certificate.openssl",
                message: words.say(
                    "openssl \(arguments.first ?? "") failed.", "openssl \(arguments.first ?? "") a échoué."),
                cause: run.isMissing
                    ? words.say("it is not installed", "il n'est pas installé")
                    : run.ending == .timedOut
                        ? words.say("it took over 20 s", "il a pris plus de 20 s") : run.complaintLine,
                mend: run.isMissing ? "sudo apt install openssl" : nil, status: .fault)
        }
        return run.text
    }

    /// Makes a private key on the curve P-256, readable for its owner alone.
    func makeKey(_ path: String) throws(Failure) {
        try run(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path])
    }

    /// The public half of a key, of a certificate's or of a request's: equal where they belong together.
    func publicKey(ofKey path: String) throws(Failure) -> String { try run(["pkey", "-in", path, "-pubout"]) }

    /// The public key in a certificate.
    func publicKey(ofCertificate path: String) throws(Failure) -> String {
        try run(["x509", "-in", path, "-noout", "-pubkey"])
    }

    /// SHA-256 of a certificate in DER, 64 hexadecimal digits.
    func fingerprint(_ path: String) throws(Failure) -> String {
        let told = try run(["x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
        return (told.split(separator: "=").last ?? "").filter(\.isHexDigit).uppercased()
    }

    /// A certificate's serial number in hexadecimal digits, for names of folders.
    func serial(_ path: String) throws(Failure) -> String {
        (try run(["x509", "-in", path, "-noout", "-serial"]).split(separator: "=").last ?? "").filter(\.isHexDigit)
            .lowercased()
    }

    /// 127 bits of chance, as RFC 5280 wants a serial number: no file of counters has to be kept beside the authority.
    static func newSerial() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[0] = bytes[0] & 0x7F | 0x40
        return "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
