// Renews the certificate that the broker and nginx show: made aside, verified, proved, put in use, and taken back if need be.

import Glibc
import ShopModel

/// The certificate of the box.
struct ServerRenewal {
    let authority: String
    let broker: String
    /// Ports that may show it: the broker's and nginx's.
    let ports: [Int]
    /// Run in place of telling the broker and nginx.
    let reload: String?
    /// A file with the addresses of this box, where this process does not see its network; `nil` looks itself.
    let addressFile: String?
    /// A unit that looks whether the live ports show the certificate, where this process does not see them.
    let lookUnit: String?
    let words: Words

    /// How long a certificate is good, in days. Every year somebody notices if renewing does not work; clients of an own
    /// authority take up to 825.
    static let daysMax = 397
    /// Renewed when so few days are left, so that weeks off line, or with nobody looking, do no harm.
    static let daysDue = 60

    private var openssl: OpenSSL { OpenSSL(words: words) }
    private var authorityCertificate: String { authority + "/ca.crt" }
    private var authorityKey: String { authority + "/ca.key" }
    /// Names that somebody chose for this box.
    var namesFile: String { broker + "/names" }

    func store() throws(Failure) -> CertificateStore {
        try CertificateStore(certificate: broker + "/server.crt", key: broker + "/server.key", words)
    }

    /// Why it should be renewed now; `nil` when it need not.
    func reason(now: Instant) throws(Failure) -> String? {
        let file = try store().certificate
        guard case .certificates(let found) = CertificateFacts.read(file: file), let facts = found.first else {
            return words.say("there is none that can be read", "il n'y en a pas de lisible")
        }
        // Made while the clock was ahead: no device takes it until then.
        if facts.notBefore > now {
            let day = facts.notBefore.description.prefix(10)
            return words.say("it is valid from \(day) on only", "il n'est valable qu'à partir du \(day)")
        }
        let days = facts.daysLeft(at: now)
        if days < Self.daysDue { return words.say("\(words.days(days)) left", "encore \(words.days(days))") }
        let missing = ServerNames.missing(
            try ServerNames.wanted(chosenFile: namesFile, addressFile: addressFile, words), in: facts)
        guard !missing.isEmpty else { return nil }
        let list = missing.joined(separator: ", ")
        return words.say("it does not say \(list)", "il ne dit pas \(list)")
    }

    /// Lets a timer make nothing by a clock that may be years off: whoever has a right one would turn away from it. Where
    /// there is no certificate at all, one is made by whatever clock.
    ///
    /// - Throws: `certificate.clockUnsure`, in the first hour after a start, while the clock is not synchronised.
    func waitForClock() throws(Failure) {
        guard case .certificates(let found) = CertificateFacts.read(file: try store().certificate), !found.isEmpty,
            ClockStanding.sinceBoot() < ClockStanding.waitMilliseconds,
            ClockStanding.settled().isWaitedFor(sinceBoot: ClockStanding.sinceBoot())
        else { return }
        throw Failure(
            code: "certificate.clockUnsure",
            message: words.say(
                "It is due, and waits: the clock is not synchronised yet.",
                "Il est à renouveler, et attend : l'horloge n'est pas encore synchronisée."),
            cause: words.say(
                "the box started a moment ago; devices refuse a certificate of a wrong time",
                "le boîtier vient de démarrer ; un certificat daté d'une fausse heure est refusé"),
            mend: words.say(
                "it is tried again by itself; if the time is right: sudo edgectl certificate renew server",
                "nouvel essai tout seul ; si l'heure est juste : sudo edgectl certificate renew server"),
            status: .warnings)
    }

    /// Renews it.
    ///
    /// - Throws: why not; the certificate that was in use is in use.
    func renew(now: Instant, tell: (String) -> Void) throws(Failure) -> Renewed {
        let store = try store()
        let lifetime = try authorityDays(now: now)
        store.dropPending()
        try store.makePending()
        let names = try names(of: store.certificate)
        tell(words.say("making a key and a certificate", "création d'une clé et d'un certificat"))
        try make(store, names, days: min(Self.daysMax, lifetime))
        try verify(store, names)
        try store.handOver(group: "mosquitto", mode: 0o640)
        let proof = ServerProof(authority: authorityCertificate, words: words)
        tell(words.say("connecting to it", "connexion d'essai"))
        try proof.serve(store, name: names.first { $0.hasPrefix("DNS:") } ?? "DNS:localhost")
        let showing = proof.ports(ports, showing: store.certificate)
        let former = try store.promote(serial: try openssl.serial(store.pendingCertificate))
        do throws(Failure) {
            try reloadServers()
            for port in showing {
                tell(words.say("waiting for port \(port)", "attente du port \(port)"))
                try proof.wait(for: port, toShow: store.certificate)
            }
            if let lookUnit {
                tell(words.say("waiting for the live ports", "attente des ports réels"))
                try look(by: lookUnit)
            }
        } catch {
            try store.takeBack(former)
            // Whatever became of the reload, they are told again: the certificate that served until now is back.
            try? reloadServers()
            throw Failure(
                code: "certificate.takenBack",
                message: words.say(
                    "The new certificate was taken back; the one before serves.",
                    "Le nouveau certificat a été retiré ; le précédent sert."),
                cause: "\(error.code): \(error.message)", mend: error.mend, status: .fault)
        }
        return Renewed(certificate: store.certificate, names: names, ports: showing)
    }

    /// What the new certificate says. While the network is down and the box has no address, those of the one in use stay:
    /// devices that know the box by one would turn away from a certificate without it.
    private func names(of present: String) throws(Failure) -> [String] {
        let wanted = try ServerNames.wanted(chosenFile: namesFile, addressFile: addressFile, words)
        let hasAddress = wanted.contains { $0.hasPrefix("IP:") && $0 != "IP:127.0.0.1" }
        guard !hasAddress, case .certificates(let found) = CertificateFacts.read(file: present), let facts = found.first
        else { return wanted }
        return Set(wanted + facts.names.filter(ServerNames.isAddress).map { "IP:" + $0.lowercased() }).sorted()
    }

    /// The authority's days, which no certificate of its own outlives.
    private func authorityDays(now: Instant) throws(Failure) -> Int {
        guard case .certificates(let found) = CertificateFacts.read(file: authorityCertificate), let facts = found.first
        else { throw .certificateFile(authorityCertificate, ENOENT, words) }
        guard access(authorityKey, R_OK) == 0 else { throw .certificateFile(authorityKey, errno, words) }
        let days = facts.daysLeft(at: now)
        guard days > 0 else {
            throw Failure(
                code: "certificate.authorityEnded",
                message: words.say("The shop's own authority has ended.", "L'autorité du magasin a expiré."),
                cause: words.say("or this box's clock is wrong", "ou l'horloge du boîtier est fausse"),
                mend: words.say("compare with a watch: timedatectl", "comparez à une montre : timedatectl"),
                status: .fault)
        }
        return days
    }

    private func make(_ store: CertificateStore, _ names: [String], days: Int) throws(Failure) {
        try openssl.makeKey(store.pendingKey)
        // A common name has 64 characters at most; clients look at the names beside it.
        let request = try openssl.run(
            ["req", "-new", "-key", store.pendingKey, "-subj", "/O=store-edge/CN=\(ServerNames.hostName().prefix(64))"])
        let extensions = store.pending + "/extensions"
        let text = """
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=serverAuth
            subjectKeyIdentifier=hash
            authorityKeyIdentifier=keyid
            subjectAltName=\(names.joined(separator: ","))

            """
        guard SmallFile.write(Array(text.utf8), to: extensions) else {
            throw .certificateFile(extensions, errno, words)
        }
        try openssl.run(
            [
                "x509", "-req", "-CA", authorityCertificate, "-CAkey", authorityKey, "-set_serial", OpenSSL.newSerial(),
                "-days", String(days), "-sha256", "-extfile", extensions, "-out", store.pendingCertificate,
            ], reading: request)
        unlink(extensions)
        // A device reads the authority from the connection, and compares the fingerprint that it was given.
        let chain = [store.pendingCertificate, authorityCertificate].compactMap { SmallFile.bytes($0, max: 1 << 20) }
        unlink(store.pendingCertificate)
        guard chain.count == 2, SmallFile.write(chain.flatMap(\.self), to: store.pendingCertificate) else {
            throw .certificateFile(store.pendingCertificate, errno, words)
        }
    }

    /// What can be known without connecting: the authority vouches for it, the key is its own, the names are there.
    private func verify(_ store: CertificateStore, _ names: [String]) throws(Failure) {
        try openssl.run(
            [
                "verify", "-CAfile", authorityCertificate, "-no-CApath", "-purpose", "sslserver",
                store.pendingCertificate,
            ])
        let isOwn =
            try openssl.publicKey(ofKey: store.pendingKey) == openssl.publicKey(ofCertificate: store.pendingCertificate)
        guard isOwn, case .certificates(let found) = CertificateFacts.read(file: store.pendingCertificate),
            let facts = found.first, ServerNames.missing(names, in: facts).isEmpty
        else {
            throw Failure(
                code: "certificate.notVerified",
                message: words.say(
                    "The new certificate is not what was asked for, and is not used.",
                    "Le nouveau certificat n'est pas celui demandé ; il n'est pas utilisé."), status: .fault)
        }
    }

    /// Tells those who run to read their certificate again. One that does not run reads it when it starts.
    private func reloadServers() throws(Failure) {
        if let reload {
            return try finish(ToolRun.run(reload, seconds: 30), reload)
        }
        for unit in ["edged-broker.service", "nginx.service"] {
            let run = ToolRun.run("systemctl", ["show", "--property", "MainPID", "--value", unit], seconds: 10)
            // Without systemd, or without that unit, nobody has to be told.
            guard run.succeeded, let process = run.lines.first.flatMap({ pid_t($0) }), process > 1 else { continue }
            guard kill(process, SIGHUP) == 0 else {
                throw Failure(
                    code: "certificate.notReloaded",
                    message: words.say("\(unit) could not be told.", "\(unit) n'a pas pu être prévenu."),
                    cause: SmallFile.text(ofSystemError: errno), mend: "sudo systemctl reload \(unit)", status: .fault)
            }
        }
    }

    /// Has the live ports looked at by a unit of its own.
    ///
    /// - Throws: `certificate.notTaken` when it ends badly, or does not end.
    private func look(by unit: String) throws(Failure) {
        let run = ToolRun.run("systemctl", ["start", unit], seconds: 60)
        guard !run.succeeded else { return }
        throw Failure(
            code: "certificate.notTaken",
            message: words.say(
                "A port of this box does not show the new certificate after its reload, or \(unit) could not look.",
                "Un port du boîtier ne présente pas le nouveau certificat après rechargement, ou \(unit) n'a pu voir."),
            cause: run.complaintLine.isEmpty ? nil : run.complaintLine, mend: "journalctl -u \(unit)", status: .fault)
    }

    private func finish(_ run: ToolRun, _ command: String) throws(Failure) {
        guard !run.succeeded else { return }
        throw Failure(
            code: "certificate.notReloaded",
            message: words.say("\(command) failed.", "\(command) a échoué."),
            cause: run.complaintLine.isEmpty ? nil : run.complaintLine, status: .fault)
    }
}

/// A certificate that is in use now.
struct Renewed {
    /// Its file.
    let certificate: String
    /// The names that it stands for, where it stands for some.
    var names: [String] = []
    /// The ports that were seen to show it.
    var ports: [Int] = []
}
