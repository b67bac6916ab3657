// What a server shows on the way to a private connection, and what is wrong with it, as the machine's openssl sees it.

import Glibc
import ShopModel

/// The end of an attempt at TLS.
struct TLSInspection: Equatable, Sendable {
    /// What openssl found wrong with a certificate of the chain.
    struct Problem: Equatable, Sendable {
        /// 0 is the server's own certificate, above it who vouches for it.
        let depth: Int
        /// The number of x509(3), such as 10 for one that has ended.
        let number: Int
        let text: String
    }

    /// Certificates as shown, the server's own first.
    var chain: [CertificateFacts] = []
    /// The server's own certificate, for further questions.
    var ownPEM: String?
    var problems: [Problem] = []
    /// `TLSv1.3`; absent when no connection came about.
    var version: String?
    /// The alert by which the server refused, such as `certificate required`.
    var alert: String?
    /// What openssl says of the box's own files, before it connected.
    var fileProblem: String?
    /// Any other error of openssl's, in its words.
    var error: String?
    var timedOut = false
    /// There is no openssl here.
    var hasNoTool = false

    /// How a connection is tried.
    struct Attempt {
        let address: SocketAddress
        /// The name that the certificate must carry.
        let name: String
        let authorityFile: String
        var certificateFile: String?
        var keyFile: String?
        var seconds: Double = 6
    }

    /// Tries.
    static func run(_ attempt: Attempt) -> TLSInspection {
        var arguments = [
            "s_client", "-connect", attempt.address.description, "-CAfile", attempt.authorityFile, "-no-CApath",
            "-no-CAstore", "-showcerts", "-min_protocol", "TLSv1.2",
        ]
        if SocketAddress(attempt.name) != nil {
            arguments += ["-verify_ip", attempt.name, "-noservername"]
        } else {
            arguments += ["-verify_hostname", attempt.name, "-servername", attempt.name]
        }
        if let certificate = attempt.certificateFile, let key = attempt.keyFile {
            arguments += ["-cert", certificate, "-key", key]
        }
        // With TLS 1.3 the server judges the client's certificate, or that there is none, after the client is done: its
        // refusal has to be waited for, and openssl ends when its input does.
        let shell = ["-c", "sleep 1 | exec openssl \"$@\"", "sh"]
        return read(ToolRun.run("sh", shell + arguments, seconds: attempt.seconds))
    }

    /// Reads what `openssl s_client -showcerts` printed.
    static func read(_ run: ToolRun) -> TLSInspection {
        var found = TLSInspection()
        if run.isMissing || run.ending == .exited(127) {
            found.hasNoTool = true
            return found
        }
        found.timedOut = run.ending == .timedOut
        let output = run.text
        let complaint = String(decoding: run.complaint, as: UTF8.self)
        found.readChain(output)
        found.readProblems(complaint)
        for line in output.split(whereSeparator: \.isNewline) where line.hasPrefix("New, TLSv") {
            found.version = line.dropFirst(5).split(separator: ",").first.map(String.init)
        }
        for line in complaint.split(whereSeparator: \.isNewline) {
            if fileProblems.contains(where: { line.contains($0) }) {
                found.fileProblem = found.fileProblem ?? reason(ofErrorLine: line) ?? String(line)
            } else if let alert = line.firstRange(of: " alert ") {
                let text = line[alert.upperBound...].split(separator: ":").first.map(String.init)
                found.alert = found.alert ?? text
            } else if line.contains(":error:") || line.hasPrefix("write:errno") || line.hasPrefix("read:errno") {
                found.error = found.error ?? reason(ofErrorLine: line) ?? text(ofErrorLine: line)
            }
        }
        return found
    }

    /// What openssl says of files that it cannot use, before it connects; nothing that a server causes reads like this.
    private static let fileProblems = [
        "Could not read", "Can't open", "nable to load", "Private key does not match", "key values mismatch",
        "no certificate or crl found",
    ]

    /// The reason in a line such as `802B:error:05800074:x509 certificate routines:FUNCTION:key values mismatch:…`.
    private static func reason(ofErrorLine line: Substring) -> String? {
        guard line.contains(":error:") else { return nil }
        let parts = line.split(separator: ":")
        return parts.count > 5 ? String(parts[5]) : nil
    }

    private static func text(ofErrorLine line: Substring) -> String {
        guard let number = line.split(separator: "=").last.flatMap({ Int32($0) }), number != 0 else {
            return "the connection was closed"
        }
        return SmallFile.text(ofSystemError: number)
    }

    private mutating func readChain(_ output: String) {
        var subject: String?
        var issuer: String?
        for line in output.split(whereSeparator: \.isNewline) {
            if line == "Server certificate" { break }
            if let mark = line.firstRange(of: " s:"), line.drop(while: { $0 == " " }).first?.isNumber == true {
                subject = String(line[mark.upperBound...])
            } else if line.hasPrefix("   i:") {
                issuer = String(line.dropFirst(5))
            } else if line.hasPrefix("   v:"), let subject, let issuer {
                let parts = line.dropFirst(5).split(separator: ";")
                let moments = parts.compactMap { part in
                    part.firstRange(of: ": ").flatMap { CertificateFacts.moment(part[$0.upperBound...]) }
                }
                guard moments.count == 2 else { continue }
                chain.append(
                    CertificateFacts(
                        subject: subject, issuer: issuer, notBefore: moments[0], notAfter: moments[1]))
            }
        }
        ownPEM = CertificateFacts.blocks(of: output).first
    }

    private mutating func readProblems(_ complaint: String) {
        var depth = 0
        for line in complaint.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("depth="), let number = line.dropFirst(6).split(separator: " ").first.flatMap({ Int($0) })
            {
                depth = number
            } else if line.hasPrefix("verify error:num=") {
                let parts = line.dropFirst("verify error:num=".count).split(separator: ":", maxSplits: 1)
                guard let number = parts.first.flatMap({ Int($0) }) else { continue }
                let problem = Problem(depth: depth, number: number, text: parts.count > 1 ? String(parts[1]) : "")
                if !problems.contains(problem) { problems.append(problem) }
            }
        }
    }
}
