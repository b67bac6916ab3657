// Renews the certificate by which headquarters knows this shop. Headquarters signs; the key never leaves the box.

import Contract
import Glibc
import MQTT
import ShopModel

/// The shop's own certificate at headquarters' broker.
struct HeadquartersRenewal {
    let configuration: Configuration
    let certificate: String
    let key: String
    /// A program that gets the request on its standard input and prints the signed certificate; it may be missing.
    let hook: String
    /// The password of the shop's account there, when it has one.
    private let password: Secret.Reading?
    let words: Words

    /// Renewed when a third of its life is left, or so many days.
    static let daysDue = 60
    private static let certificateBytesMax = 262_144

    private var openssl: OpenSSL { OpenSSL(words: words) }

    /// `nil` when headquarters' link uses no certificate.
    init?(_ configuration: Configuration, hook: String, _ words: Words) {
        let broker = configuration.headquarters.broker
        guard let certificate = broker.certificate, let key = broker.key else { return nil }
        self.configuration = configuration
        self.certificate = certificate
        self.key = key
        self.hook = hook
        self.words = words
        // Read before this process becomes another user.
        password = broker.username.map { _ in
            let folder = getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) } ?? Secret.folder
            return Secret.read(broker.passwordFile ?? folder + "/headquarters-password")
        }
    }

    /// Becomes the user whom the folder belongs to, for good. What that user may change, root must not follow: a link
    /// put there would lead it anywhere.
    func becomeOwner() throws(Failure) {
        var facts = stat()
        let folder = try store().folder
        guard stat(folder, &facts) == 0 else { throw .certificateFile(folder, errno, words) }
        guard geteuid() == 0, facts.st_uid != 0 else { return }
        var groups = [facts.st_gid]
        guard setgroups(1, &groups) == 0, setgid(facts.st_gid) == 0, setuid(facts.st_uid) == 0 else {
            throw .certificateFile(folder, errno, words)
        }
    }

    func store() throws(Failure) -> CertificateStore {
        try CertificateStore(certificate: certificate, key: key, words)
    }

    /// Whether somebody can be asked to sign without a person.
    var hasHook: Bool { access(hook, X_OK) == 0 }

    /// Days left of the one in use; `nil` when there is none that can be read.
    func daysLeft(now: Instant) throws(Failure) -> Int? {
        guard case .certificates(let found) = CertificateFacts.read(file: try store().certificate) else { return nil }
        return found.first?.daysLeft(at: now)
    }

    /// Whether it should be renewed now.
    func isDue(now: Instant) throws(Failure) -> Bool {
        guard case .certificates(let found) = CertificateFacts.read(file: try store().certificate),
            let facts = found.first
        else { return true }
        let life = Int((facts.notAfter - facts.notBefore) / 86_400_000)
        return facts.daysLeft(at: now) < min(Self.daysDue, max(1, life / 3))
    }

    /// Whether a signed one waits to be proved. One that has ended meanwhile does not: its key waits for another.
    func hasPending(now: Instant) throws(Failure) -> Bool {
        let pending = try store().pendingCertificate
        guard access(pending, R_OK) == 0 else { return false }
        guard case .certificates(let found) = CertificateFacts.read(file: pending), let facts = found.first,
            facts.daysLeft(at: now) < 0
        else { return true }
        unlink(pending)
        return false
    }

    /// Forgets a signed one that headquarters' broker does not take, where a program can get another for the same key. With
    /// nobody to ask it stays, to be looked at and tried again.
    private func forgetPending(_ store: CertificateStore) {
        if hasHook { unlink(store.pendingCertificate) }
    }

    /// A request for headquarters to sign. Asking again gives a request for the same key, until it is in use.
    func request() throws(Failure) -> String {
        let store = try store()
        try store.makePending()
        if access(store.pendingKey, F_OK) != 0 { try openssl.makeKey(store.pendingKey) }
        return try openssl.run(["req", "-new", "-key", store.pendingKey, "-subj", try subject(store)])
    }

    /// The subject by which headquarters knows the shop already, else its id.
    private func subject(_ store: CertificateStore) throws(Failure) -> String {
        guard access(store.certificate, R_OK) == 0 else { return "/CN=\(configuration.shop.id)" }
        let told = try openssl.run(
            ["x509", "-in", store.certificate, "-noout", "-subject", "-nameopt", "sep_multiline,sname,utf8,esc_ctrl"])
        let parts = told.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let text = String(line.drop { $0 == " " })
            return "/" + text.replacing("\\", with: "\\\\").replacing("/", with: "\\/")
        }
        return parts.isEmpty ? "/CN=\(configuration.shop.id)" : parts.joined()
    }

    /// Asks the program that knows how to get a signature.
    func signedByHook() throws(Failure) -> [UInt8] {
        let run = ToolRun.run(hook, reading: Array(try request().utf8), seconds: 60, bytesMax: Self.certificateBytesMax)
        guard run.succeeded, !run.isCut else {
            throw Failure(
                code: "certificate.notSigned",
                message: words.say("\(hook) brought no certificate.", "\(hook) n'a pas donné de certificat."),
                cause: run.ending == .timedOut
                    ? words.say("it took over 60 s", "il a pris plus de 60 s")
                    : run.complaintLine.isEmpty ? nil : run.complaintLine,
                mend: words.say(
                    "the one in use goes on; it is tried again tomorrow.",
                    "l'actuel continue de servir ; nouvel essai demain."), status: .warnings)
        }
        return run.output
    }

    /// Takes a signed certificate aside. It must be for the key that waits here, and be valid.
    func take(_ bytes: [UInt8], now: Instant) throws(Failure) {
        let store = try store()
        guard access(store.pendingKey, R_OK) == 0 else {
            throw Failure(
                code: "certificate.noRequest",
                message: words.say(
                    "No key of this box waits for a certificate.", "Aucune clé de ce boîtier n'attend de certificat."),
                mend: "sudo edgectl certificate renew headquarters --request FILE", status: .fault)
        }
        let blocks = CertificateFacts.blocks(of: String(decoding: bytes, as: UTF8.self))
        guard let first = blocks.first, blocks.count <= 8, let facts = CertificateFacts.read(pem: first) else {
            throw refused(words.say("it holds no certificate in PEM", "il ne contient pas de certificat PEM"))
        }
        let incoming = store.pending + "/incoming"
        unlink(incoming)
        guard SmallFile.write(Array(blocks.joined().utf8), to: incoming) else {
            throw .certificateFile(incoming, errno, words)
        }
        defer { unlink(incoming) }
        guard try openssl.publicKey(ofCertificate: incoming) == openssl.publicKey(ofKey: store.pendingKey) else {
            throw refused(
                words.say(
                    "it is for another key than the one that waits", "il est pour une autre clé que celle en attente"))
        }
        guard facts.daysLeft(at: now) >= 0, facts.notBefore <= now else {
            throw refused(
                words.say(
                    "it is good from \(facts.notBefore) to \(facts.notAfter)",
                    "il vaut du \(facts.notBefore) au \(facts.notAfter)"))
        }
        guard rename(incoming, store.pendingCertificate) == 0 else {
            throw .certificateFile(store.pendingCertificate, errno, words)
        }
    }

    private func refused(_ cause: String) -> Failure {
        Failure(
            code: "certificate.refused",
            message: words.say(
                "This certificate is not taken; the one in use goes on.",
                "Ce certificat n'est pas accepté ; l'actuel continue de servir."), cause: cause, status: .fault)
    }

    /// Logs in with the pending pair, puts it in use, and logs in again.
    ///
    /// - Throws: `certificate.notNow` when headquarters could not be reached, which says nothing about the certificate;
    ///   `certificate.notProved` when it was not let in. In both cases the one before serves, and the new one waits in
    ///   `pending`; one that was not let in does not where a program can get another.
    func promote(tell: (String) -> Void) throws(Failure) -> Renewed {
        let store = try store()
        tell(words.say("logging in with it", "connexion d'essai"))
        do throws(Failure) {
            try login(certificate: store.pendingCertificate, key: store.pendingKey)
        } catch {
            if error.code == "certificate.notProved" { forgetPending(store) }
            throw error
        }
        try store.handOver(group: "edged", mode: 0o640)
        let former = try store.promote(serial: try openssl.serial(store.pendingCertificate))
        do throws(Failure) {
            try login(certificate: store.certificate, key: store.key)
        } catch  where error.code != "certificate.notNow" {
            try store.takeBack(former)
            forgetPending(store)
            throw error
        } catch {
            // Let in a moment ago, and the line went down: that is no reason to go back.
        }
        return Renewed(certificate: store.certificate)
    }

    private func login(certificate: String, key: String) throws(Failure) {
        let broker = configuration.headquarters.broker
        let trial = Configuration.Broker(
            host: broker.host, port: broker.port, username: broker.username, passwordFile: broker.passwordFile,
            ca: broker.ca, certificate: certificate, key: key)
        var options = MQTTOptions(check: trial, clientID: "edgectl-renew-\(configuration.shop.id)-\(getpid())")
        switch password {
        case nil: break
        case .found(let bytes): options.password = bytes
        case .missing(let file): throw .certificateFile(file, ENOENT, words)
        case .forbidden(let file): throw .certificateFile(file, EACCES, words)
        }
        do throws(MQTTError) {
            try BrokerSession(options, until: Deadline(milliseconds: 15_000)).leave()
        } catch {
            switch error {
            case .nameNotResolved, .unreachable, .unanswered:
                throw Failure(
                    code: "certificate.notNow",
                    message: words.say(
                        "The new certificate waits: headquarters cannot be reached to prove it.",
                        "Le nouveau certificat attend : le siège est injoignable pour le prouver."),
                    cause: "\(error)",
                    mend: words.say(
                        "the one in use goes on; it is tried again tomorrow, or: sudo edgectl certificate renew headquarters",
                        "l'actuel continue de servir ; nouvel essai demain, ou : sudo edgectl certificate renew headquarters"
                    ),
                    status: .warnings)
            default:
                throw Failure(
                    code: "certificate.notProved",
                    message: words.say(
                        "Headquarters' broker does not take the new certificate; the one before serves.",
                        "Le broker du siège n'accepte pas le nouveau certificat ; le précédent sert."),
                    cause: "\(error)",
                    mend: words.say(
                        "tell headquarters; a better one comes in with --from FILE",
                        "prévenez le siège ; un meilleur entre par --from FICHIER"), status: .fault)
            }
        }
    }
}
