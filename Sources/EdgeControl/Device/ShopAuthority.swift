// The shop's own authority: its fingerprint, and certificates for devices, by the tool `openssl`.

import Contract
import Glibc
import ShopModel

/// The folder with `ca.crt`, which everybody may read, and `ca.key`, which is root's.
struct ShopAuthority {
    let folder: String
    private var certificate: String { folder + "/ca.crt" }
    private var key: String { folder + "/ca.key" }

    /// SHA-256 of the authority's certificate in DER, 64 hexadecimal digits.
    func fingerprint(_ words: Words) throws(Failure) -> String {
        guard access(certificate, R_OK) == 0 else {
            throw Failure(
                code: "device.noAuthority",
                message: words.say(
                    "The shop's authority \(certificate) cannot be read.",
                    "L'autorité du magasin \(certificate) est illisible."),
                cause: String(cString: strerror(errno)),
                mend: words.say(
                    "name its folder by --authority, or say --plain if devices reach the broker without TLS.",
                    "donnez son dossier par --authority, ou --plain si les appareils joignent le broker sans TLS."),
                status: .fault)
        }
        let told = try openssl(["x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"], words)
        let digits = (told.split(separator: "=").last ?? "").filter(\.isHexDigit)
        guard digits.count == 64 else { throw failed("x509 -fingerprint", String(told.prefix(80)), words) }
        return digits.uppercased()
    }

    /// Whether the certificate that the broker shows, in the folder beside this one, says that name or address; `true`
    /// as well where there is none to read, or openssl is not there to read it.
    func serves(_ box: String) -> Bool {
        let above = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ".."
        guard case .certificates(let found) = CertificateFacts.read(file: above + "/broker/server.crt"),
            let facts = found.first
        else { return true }
        return ServerNames.missing(["DNS:" + box], in: facts).isEmpty
    }

    /// Makes a key and a certificate for a device, in a new folder that only its owner may enter.
    func makeCertificate(for device: String, in out: String, _ words: Words) throws(Failure) -> DeviceCertificate {
        guard access(key, R_OK) == 0 else {
            throw Failure(
                code: "device.noAuthorityKey",
                message: words.say(
                    "The authority's key \(key) cannot be read.", "La clé de l'autorité \(key) est illisible."),
                cause: String(cString: strerror(errno)),
                mend: words.say(
                    "do this as root: sudo edgectl device enrol …", "faites-le en root : sudo edgectl device enrol …"),
                status: .fault)
        }
        guard mkdir(out, 0o700) == 0 else { throw .file(out, errno, words) }
        let made = DeviceCertificate(folder: out, device: device)
        do throws(Failure) {
            try make(made, device, words)
            return made
        } catch {
            made.remove()
            throw error
        }
    }

    /// Where copies of the certificates lie that devices have, so that `edgectl certificate list` tells when they end.
    private var issued: String { folder + "/issued" }

    /// Keeps a copy of a device's certificate beside the authority.
    ///
    /// - Returns: whether it was kept. The device works without it; only nobody is told when its certificate ends.
    func remember(_ made: DeviceCertificate) -> Bool {
        guard mkdir(issued, 0o755) == 0 || errno == EEXIST else { return false }
        return ToolRun.run("cp", ["--", made.certificateFile, "\(issued)/\(made.device).crt"]).succeeded
    }

    /// Forgets the copy of a device's certificate, if there is one.
    func forget(_ device: String) { unlink("\(issued)/\(device).crt") }

    private func make(_ made: DeviceCertificate, _ device: String, _ words: Words) throws(Failure) {
        let request = made.folder + "/request.pem"
        _ = try openssl(
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                made.keyFile, "-out", request, "-subj", "/CN=\(device)",
            ], words)
        // A serial of chance, as RFC 5280 wants it, needs no file of counters beside the authority.
        _ = try openssl(
            [
                "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-set_serial",
                "0x" + Self.serial(), "-days", "\(Device.certificateDays)", "-sha256", "-extfile", "/dev/stdin", "-out",
                made.certificateFile,
            ],
            reading:
                "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n",
            words)
        _ = try openssl(
            [
                "pkcs12", "-export", "-inkey", made.keyFile, "-in", made.certificateFile, "-certfile", certificate,
                "-name", device, "-passout", "pass:\(device)", "-out", made.bundleFile,
            ], words)
        let copied = ToolRun.run("cp", ["--", certificate, made.authorityFile])
        guard copied.succeeded else { throw failed("cp", copied.complaintLine, words) }
        unlink(request)
        for file in [made.keyFile, made.bundleFile] { chmod(file, 0o600) }
    }

    /// 127 bits of chance.
    private static func serial() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[0] = bytes[0] & 0x7F | 0x40
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func openssl(
        _ arguments: [String], reading text: String = "", _ words: Words
    ) throws(Failure) -> String {
        let run = ToolRun.run("openssl", arguments, reading: Array(text.utf8), seconds: 20)
        guard run.succeeded else { throw failed(arguments.first ?? "", run.complaintLine, words) }
        return run.text
    }

    private func failed(_ what: String, _ cause: String, _ words: Words) -> Failure {
        Failure(
            code: "device.openssl",
            message: words.say("openssl \(what) failed.", "openssl \(what) a échoué."),
            cause: cause.isEmpty ? nil : cause,
            mend: words.say(
                "look at the shop's authority: edgectl certificate list",
                "voir l'autorité du magasin : edgectl certificate list"),
            status: .fault)
    }
}

/// The files of a device's certificate.
struct DeviceCertificate: Equatable {
    let folder: String
    let device: String
    var keyFile: String { "\(folder)/\(device).key" }
    var certificateFile: String { "\(folder)/\(device).crt" }
    /// Key, certificate and authority in one, under the device's id as password: most devices insist on one, and the
    /// folder is what keeps it.
    var bundleFile: String { "\(folder)/\(device).p12" }
    var authorityFile: String { "\(folder)/ca.crt" }

    /// Takes back what was made.
    func remove() {
        for file in [keyFile, certificateFile, bundleFile, authorityFile, folder + "/request.pem"] { unlink(file) }
        rmdir(folder)
    }
}
