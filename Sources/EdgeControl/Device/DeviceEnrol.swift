// `edgectl device enrol`: makes a device its credential, and shows what the device has to know.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct DeviceEnrol: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "enrol",
            abstract: Help.say(
                "Give a device its credential, as a QR code and as text.",
                "Donner à un appareil son accès, en code QR et en texte."),
            discussion: Help.say(
                """
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
                """,
                """
                Par défaut l'accès est un code qui sert une fois, pendant 24 heures : le
                premier acte de l'appareil est device.pair, qui lui donne un secret à lui. Un
                scanner simple qui ne sait pas le faire prend --credential password. Avec
                --credential certificate, une clé et un certificat de l'autorité du magasin
                sont faits (en root), et aucun secret n'est affiché.

                Un certificat vaut pour son nom pendant 825 jours, et rien n'y met fin plus
                tôt, sauf la révocation de l'appareil. Un appareil qui en a un ne peut en
                recevoir qu'un autre (--again --credential certificate), et un appareil
                révoqué doit prendre un nouveau nom.

                Un appareil que la configuration cite garde les réglages qu'il y a. Le texte
                du code QR est décrit dans devices/README.md.

                Exemples :
                  edgectl device enrol scanner-7 --family scanner --screen tablet-2
                  edgectl device enrol tablet-2 --family tablet --png tablet-2.png
                  edgectl device enrol gun-3 --profile gun-3.json --family scanner \\
                    --credential password
                  edgectl device enrol till-1 --family till --credential certificate \\
                    --out /root/till-1
                  edgectl device enrol scanner-7 --again
                """))
    }

    enum Family: String, CaseIterable, ExpressibleByArgument { case scanner, mirror, tablet, till, screen }
    enum Role: String, CaseIterable, ExpressibleByArgument { case `public`, clerk, till }
    enum Credential: String, CaseIterable, ExpressibleByArgument { case code, password, certificate }

    @OptionGroup var name: DeviceName
    @Option(help: .say("What it is.", "Le genre d'appareil.", value: "famille")) var family: Family?
    @Option(
        help: .say(
            "What it may see and ask. (default: by its family)",
            "Ce qu'il peut voir et demander. (par défaut : selon sa famille)", value: "rôle"))
    var role: Role?
    @Option(
        help: .say(
            "The screen or tablet that shows the cards of its scans too.",
            "L'écran ou la tablette qui montre aussi les fiches de ses scans.", value: "appareil"))
    var screen: String?
    @Option(
        help: .say(
            "A file that says how to understand a device that cannot be changed.",
            "Un fichier qui dit comment comprendre un appareil qu'on ne peut pas changer.", value: "fichier"))
    var profile: String?
    @Option(help: .say("What it is to sign in with.", "Avec quoi il se connecte.", value: "accès"))
    var credential: Credential = .code
    @Flag(
        help: .say(
            "Make another credential; a code or password that it has ends at once, a certificate does not.",
            "Créer un nouvel accès ; un ancien code ou mot de passe perd aussitôt son effet, un certificat non."))
    var again = false
    @Option(
        help: .say(
            "The box as the device reaches it. (default: its full name, else its address)",
            "L'adresse du boîtier pour l'appareil. (par défaut : son nom complet, sinon son adresse)", value: "hôte"))
    var host: String?
    @Option(
        help: .say(
            "The broker's port. (default: 8883, by certificate 8884, plain 1883)",
            "Le port du broker. (par défaut : 8883, par certificat 8884, en clair 1883)"))
    var port: Int?
    @Flag(
        help: .say(
            "The broker speaks plain TCP to devices: no authority to check.",
            "Le broker parle aux appareils en TCP simple : pas d'autorité à vérifier."))
    var plain = false
    @Option(help: .say("The folder of the shop's authority.", "Le dossier de l'autorité du magasin.", value: "dossier"))
    var authority = "/etc/edged/authority"
    @Option(
        help: .say(
            "Write the QR code into this file too.", "Écrire aussi le code QR dans ce fichier.", value: "fichier"))
    var png: String?
    @Flag(inversion: .prefixedNo, help: .say("Show the QR code.", "Montrer le code QR.")) var qr = true
    @Option(
        help: .say(
            "The new folder for the certificate's files.", "Le nouveau dossier pour les fichiers du certificat.",
            value: "dossier"))
    var out: String?
    @OptionGroup var options: AgentOptions

    func validate() throws {
        if let port, !(1...65_535).contains(port) {
            throw ValidationError(Help.say("--port takes 1 to 65535.", "--port va de 1 à 65535."))
        }
        if let screen, DeviceID(screen) == nil {
            throw ValidationError(
                Help.say("'\(screen)' cannot be a device's id.", "« \(screen) » ne peut pas être le nom d'un appareil.")
            )
        }
        if let host, host.isEmpty || host.utf8.count > 255 || host.contains(where: { $0 == "/" || $0.isWhitespace }) {
            throw ValidationError(Help.say("--host takes a name or an address.", "--host prend un nom ou une adresse."))
        }
        if credential == .certificate {
            guard out != nil else {
                throw ValidationError(
                    Help.say(
                        "--credential certificate needs --out FOLDER.",
                        "--credential certificate demande --out DOSSIER."))
            }
            guard !plain, png == nil else {
                throw ValidationError(
                    Help.say(
                        "A certificate is neither for plain TCP nor for a QR code.",
                        "Un certificat ne va ni avec TCP simple, ni dans un code QR."))
            }
        } else if out != nil {
            throw ValidationError(
                Help.say("--out is for --credential certificate.", "--out est pour --credential certificate."))
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
            fingerprint: fingerprint, isInCertificate: plain || shopAuthority.serves(box))
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
            bench.show(page.text)
        }
        if let png {
            try QRCode.writePNG(told.text, to: png, words)
            if bench.format == .table {
                bench.print(
                    words.say(
                        "QR code in \(png); it holds the secret.\n", "Code QR dans \(png) ; il contient le secret.\n"))
            }
        }
        // Last, since it fills a terminal of 24 lines: what stands above it has been read when it is scanned.
        if page.hasQRCode, bench.format == .table {
            bench.paint(
                page.caption.printable + "\n" + (try QRCode.lines(told.text, isTerminal: bench.isTerminal, words)))
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
