// `edgectl device enrol`: makes a device its credential, and shows what the device has to know.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct DeviceEnrol: Job {
    static let configuration = CommandConfiguration(
        commandName: "enrol", abstract: "Give a device its credential, as a QR code and as text.",
        discussion: """
            By default the credential is a code that works once and for 24 hours: the
            device's first act is device.pair, which gives it a secret of its own. A
            plain scanner that cannot pair takes --credential password. With
            --credential certificate a key and a certificate of the shop's own
            authority are made (as root), and no secret is shown.

            A certificate is good for its name for 825 days, and nothing ends it
            sooner but revoking the device. A device that has one may only have another
            (--again --credential certificate), and a revoked one has to take a new id.

            A device that the configuration lists keeps the settings it has there. The
            QR code's text is described in devices/README.md.

            Examples:
              edgectl device enrol scanner-7 --family scanner --screen tablet-2
              edgectl device enrol tablet-2 --family tablet --png tablet-2.png
              edgectl device enrol gun-3 --profile gun-3.json --family scanner \\
                --credential password
              edgectl device enrol till-1 --family till --credential certificate \\
                --out /root/till-1
              edgectl device enrol scanner-7 --again
            """)

    enum Family: String, CaseIterable, ExpressibleByArgument { case scanner, mirror, tablet, till, screen }
    enum Role: String, CaseIterable, ExpressibleByArgument { case `public`, clerk, till }
    enum Credential: String, CaseIterable, ExpressibleByArgument { case code, password, certificate }

    @OptionGroup var name: DeviceName
    @Option(help: "What it is.") var family: Family?
    @Option(help: "What it may see and ask. (default: by its family)") var role: Role?
    @Option(help: "The screen or tablet that shows the cards of its scans too.") var screen: String?
    @Option(help: "A file that says how to understand a device that cannot be changed.") var profile: String?
    @Option(help: "What it is to sign in with.") var credential: Credential = .code
    @Flag(help: "Make another credential; a code or password that it has ends at once, a certificate does not.")
    var again = false
    @Option(help: "The box as the device reaches it. (default: its full name, else its address)") var host: String?
    @Option(help: "The broker's port. (default: 8883, by certificate 8884, plain 1883)") var port: Int?
    @Flag(help: "The broker speaks plain TCP to devices: no authority to check.") var plain = false
    @Option(help: "The folder of the shop's authority.") var authority = "/etc/edged/authority"
    @Option(help: "Write the QR code into this file too.") var png: String?
    @Flag(inversion: .prefixedNo, help: "Show the QR code.") var qr = true
    @Option(help: "The new folder for the certificate's files.") var out: String?
    @OptionGroup var options: AgentOptions

    func validate() throws {
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port takes 1 to 65535.") }
        if let screen, DeviceID(screen) == nil { throw ValidationError("'\(screen)' cannot be a device's id.") }
        if let host, host.isEmpty || host.utf8.count > 255 || host.contains(where: { $0 == "/" || $0.isWhitespace }) {
            throw ValidationError("--host takes a name or an address.")
        }
        if credential == .certificate {
            guard out != nil else { throw ValidationError("--credential certificate needs --out FOLDER.") }
            guard !plain, png == nil else {
                throw ValidationError("A certificate is neither for plain TCP nor for a QR code.")
            }
        } else if out != nil {
            throw ValidationError("--out is for --credential certificate.")
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        // All that may go wrong here goes wrong before the agent makes a credential.
        let profile = try profile.map { (path) throws(Failure) in try Self.read(path, words) }
        let box = host ?? BoxAddress.usual()
        let shopAuthority = ShopAuthority(folder: authority)
        let fingerprint = plain ? nil : try shopAuthority.fingerprint(words)
        if credential != .certificate, qr || png != nil { try QRCode.check(png: png, words) }
        var certificate: DeviceCertificate?
        if credential == .certificate, let out {
            certificate = try shopAuthority.makeCertificate(for: name.device, in: out, words)
        }
        let result: JSON
        do throws(Failure) {
            result = try bench.ask(request(profile: profile, box: box))
        } catch {
            certificate?.remove()
            throw error
        }
        if let certificate {
            if !shopAuthority.remember(certificate) {
                bench.progress(
                    words.say(
                        "No copy was kept in \(authority)/issued: certificate list will not tell when it ends.",
                        "Aucune copie gardée dans \(authority)/issued : certificate list ne dira pas quand il finit."))
            }
        } else {
            // Any other credential is only made once the certificate that the device may have had has ended.
            shopAuthority.forget(name.device)
        }
        let told = EnrolmentText(
            host: box, port: port ?? (plain ? 1_883 : credential == .certificate ? 8_884 : 8_883),
            device: name.device, secret: result["secret"]?.text ?? "", isCode: credential == .code,
            fingerprint: fingerprint)
        try show(result, told, certificate, bench)
        return .fine
    }

    private func request(profile: JSON?, box: String) -> JSON {
        .request(
            "device.enrol", ("device", .string(name.device)), ("family", family.map { .string($0.rawValue) }),
            ("role", role.map { .string($0.rawValue) }), ("screen", screen.map(JSON.string)), ("profile", profile),
            ("credential", .string(credential.rawValue)), ("again", again ? true : nil),
            ("boxAddress", .string(box)))
    }

    private func show(
        _ result: JSON, _ told: EnrolmentText, _ certificate: DeviceCertificate?, _ bench: Bench
    ) throws(Failure) {
        let words = bench.words
        let page = EnrolmentPage(
            result: result, told: told, certificate: certificate, hasQRCode: certificate == nil && qr, words: words)
        if bench.format == .json {
            bench.json(page.json)
        } else {
            bench.show(page.head)
            if page.hasQRCode {
                bench.print(try QRCode.lines(told.text, isTerminal: bench.isTerminal, words))
            }
            bench.show(page.facts)
        }
        if let png {
            try QRCode.writePNG(told.text, to: png, words)
            if bench.format == .table {
                bench.print(
                    words.say(
                        "QR code in \(png); it holds the secret.\n", "Code QR dans \(png) ; il contient le secret.\n"))
            }
        }
    }

    private static func read(_ path: String, _ words: Words) throws(Failure) -> JSON {
        guard let bytes = SmallFile.bytes(path, max: 65_536) else { throw .file(path, errno, words) }
        do throws(Refusal) {
            let json = try JSONReader.read(bytes, limits: .configuration, dialect: .configuration)
            var reader = try ObjectReader(json)
            try DeviceProfile(from: &reader).check()
            return json
        } catch {
            throw Failure(
                code: error.code.name, message: "\(path)\(error.field ?? ""): \(error.sentence(in: words.language))",
                status: .wrongUse)
        }
    }
}
