// What is wrong with a private connection, from what the server showed: one cause, who vouches for what, and the mend.

import Contract
import Glibc
import MQTT
import ShopModel

/// Judges the TLS of a broker of the configuration.
struct TLSJudgement {
    /// Whose broker it is.
    enum Side: String {
        case shop = "broker"
        case headquarters
    }

    private let context: CheckContext
    private let broker: Configuration.Broker
    private let side: Side
    private let words: Words

    /// Days before the end of a certificate from which somebody should look after it.
    static let daysWarned = 14

    init(_ context: CheckContext, _ broker: Configuration.Broker, side: Side) {
        self.context = context
        self.broker = broker
        self.side = side
        words = context.words
    }

    /// Tries a connection to an address and judges what came of it.
    func verdict(at address: SocketAddress) -> Verdict {
        guard let authority = broker.ca else {
            return .fine(words.say("not asked for by the configuration", "non demandé par la configuration"))
        }
        if let problem = fileProblem() { return problem }
        return verdict(
            TLSInspection.run(
                .init(
                    address: address, name: broker.host, authorityFile: authority,
                    certificateFile: broker.certificate, keyFile: broker.key)))
    }

    /// Finds out more after libmosquitto had no private connection.
    func verdict(after error: MQTTError) -> Verdict {
        if case .addresses(let found) = NameLookup.addresses(
            of: broker.host, port: broker.port, until: Deadline(milliseconds: 3_000)), let address = found.first
        {
            let verdict = verdict(at: address)
            if verdict.kind == .fault || verdict.kind == .skipped { return verdict }
        }
        let reason = if case .tls(_, let reason) = error { reason } else { error.description }
        return fault(
            "tls", words.say("no private connection: \(reason)", "pas de connexion privée : \(reason)"), cause: nil,
            mend: logMend)
    }

    private func fault(_ name: String, _ detail: String, cause: String?, mend: String) -> Verdict {
        if let rung = side.explanation(of: name, context) { return .skipped(because: rung, words) }
        return .fault("\(side.rawValue).\(name)", detail, cause: cause, mend: mend)
    }

    private var logMend: String {
        side == .shop
            ? words.say("see why: journalctl -u edged-broker -n 50", "voir pourquoi : journalctl -u edged-broker -n 50")
            : words.say(
                "ask headquarters what its broker's log says", "demandez au siège ce que dit le journal de son broker")
    }

    private var renewMend: String {
        side == .shop
            ? words.say("sudo edgectl certificate renew", "sudo edgectl certificate renew")
            : words.say(
                "headquarters has to renew it; the shop goes on and sends what waits afterwards",
                "le siège doit le renouveler ; le magasin continue et enverra ensuite ce qui attend")
    }

    /// The files that the configuration names have to be there before anybody can be judged by them.
    private func fileProblem() -> Verdict? {
        for (key, path) in [("ca", broker.ca), ("certificate", broker.certificate), ("key", broker.key)] {
            guard let path, access(path, R_OK) != 0 else { continue }
            let number = errno
            if number == EACCES {
                return .unknown(
                    words.say(
                        "you may not read \(path); check as root", "\(path) est réservé ; vérifiez en tant que root"))
            }
            return fault(
                "fileMissing", words.say("\(key) \(path) cannot be read", "\(key) \(path) est illisible"),
                cause: SmallFile.text(ofSystemError: number),
                mend: words.say(
                    "put the file there, or correct the path in \(context.configurationPath)",
                    "mettez-y le fichier, ou corrigez le chemin dans \(context.configurationPath)"))
        }
        return nil
    }

    // MARK: - Judging

    func verdict(_ seen: TLSInspection) -> Verdict {
        if seen.hasNoTool {
            return .unknown(words.say("there is no openssl here", "openssl n'est pas installé"))
        }
        // Without its own files openssl judges the server by none.
        if let problem = seen.fileProblem { return unusable(problem) }
        if let problem = chainProblem(seen) { return problem }
        if let alert = seen.alert { return refused(alert) }
        guard let version = seen.version, let own = seen.chain.first else { return noHandshake(seen) }
        let now = context.machineTime
        let days = seen.chain.map { $0.daysLeft(at: now) }.min() ?? 0
        if days < Self.daysWarned {
            if let rung = side.explanation(of: "certificateEnds", context) { return .skipped(because: rung, words) }
            return .warning(
                "\(side.rawValue).certificateEnds",
                words.say(
                    "the certificate of \(broker.host) ends in \(words.days(days))",
                    "le certificat de \(broker.host) finit dans \(words.days(days))"), mend: renewMend,
                .init("daysLeft", .count(days)))
        }
        return .fine(
            words.say(
                "\(version), \(own.subject), by \(own.issuer), \(words.days(days)) left",
                "\(version), \(own.subject), par \(own.issuer), encore \(words.days(days))"),
            .init("version", .string(version)), .init("issuer", .string(own.issuer)), .init("daysLeft", .count(days)))
    }

    private func chainProblem(_ seen: TLSInspection) -> Verdict? {
        let numbers = Set(seen.problems.map(\.number))
        let own = seen.chain.first
        let isForeign = !numbers.isDisjoint(with: [2, 18, 19, 20, 21, 27])
        let isOtherName = !numbers.isDisjoint(with: [62, 64])
        let issuer = own?.issuer ?? "–"
        if isForeign { return foreign(seen, issuer: issuer, isOtherName: isOtherName) }
        if let problem = seen.problems.first(where: { $0.number == 10 }) {
            return ended(seen, problem)
        }
        if let problem = seen.problems.first(where: { $0.number == 9 }) {
            let certificate = seen.chain.indices.contains(problem.depth) ? seen.chain[problem.depth] : own
            return fault(
                "certificateNotYetValid",
                words.say(
                    "the certificate of \(broker.host) is not valid yet: from \(moment(certificate?.notBefore))",
                    "le certificat de \(broker.host) n'est pas encore valable : à partir du \(moment(certificate?.notBefore))"
                ),
                cause: words.say(
                    "this box's clock is slow (it says \(moment(context.machineTime))), or the certificate came too early",
                    "l'horloge du boîtier retarde (elle dit \(moment(context.machineTime))), ou le certificat est venu trop tôt"
                ),
                mend: words.say(
                    "compare with a watch: timedatectl; right? then \(renewMend)",
                    "comparez à une montre : timedatectl ; juste ? alors \(renewMend)"))
        }
        if isOtherName {
            let names = seen.ownPEM.flatMap(CertificateFacts.read(pem:))?.names ?? []
            let list = names.isEmpty ? (own?.subject ?? "–") : names.prefix(4).joined(separator: ", ")
            return fault(
                "wrongName",
                words.say(
                    "the certificate is for \(list), not for \(broker.host)",
                    "le certificat est pour \(list), pas pour \(broker.host)"),
                cause: words.say(
                    "another server answers there, or the configuration names it differently",
                    "un autre serveur répond là, ou la configuration le nomme autrement"),
                mend: side == .shop
                    ? words.say(
                        "name the broker as its certificate does in \(context.configurationPath), or: \(renewMend)",
                        "nommez le broker comme son certificat dans \(context.configurationPath), ou : \(renewMend)")
                    : words.say(
                        "correct headquarters.host in \(context.configurationPath), or let headquarters renew it",
                        "corrigez headquarters.host dans \(context.configurationPath), ou faites-le renouveler par le siège"
                    ))
        }
        guard let problem = seen.problems.first else { return nil }
        return fault(
            "certificateRefused",
            words.say(
                "the certificate of \(broker.host) is not accepted: \(problem.text)",
                "le certificat de \(broker.host) n'est pas accepté : \(problem.text)"), cause: issuer, mend: renewMend)
    }

    private func ended(_ seen: TLSInspection, _ problem: TLSInspection.Problem) -> Verdict {
        let certificate = seen.chain.indices.contains(problem.depth) ? seen.chain[problem.depth] : seen.chain.first
        let who = problem.depth == 0 ? broker.host : (certificate?.subject ?? "–")
        let ago = certificate.map { words.span(context.machineTime - $0.notAfter) } ?? "–"
        return fault(
            "certificateExpired",
            words.say(
                "the certificate of \(who) ended \(ago) ago (\(moment(certificate?.notAfter)))",
                "le certificat de \(who) a expiré il y a \(ago) (\(moment(certificate?.notAfter)))"),
            cause: words.say(
                "it was not renewed in time; this box's clock says \(moment(context.machineTime))",
                "il n'a pas été renouvelé à temps ; l'horloge du boîtier dit \(moment(context.machineTime))"),
            mend: renewMend)
    }

    /// Somebody else vouches for the server: an own authority that changed, or somebody in between.
    private func foreign(_ seen: TLSInspection, issuer: String, isOtherName: Bool) -> Verdict {
        let authority = broker.ca ?? "–"
        var trusted: [String] = []
        if case .certificates(let known) = CertificateFacts.read(file: authority) { trusted = known.map(\.subject) }
        let expected = trusted.isEmpty ? authority : Self.short(trusted)
        if isOtherName, side == .headquarters {
            return fault(
                "otherServer",
                words.say(
                    "not headquarters answers, but a server with a certificate of \(issuer)",
                    "ce n'est pas le siège qui répond, mais un serveur au certificat de \(issuer)"),
                cause: words.say(
                    "a captive portal or another server stands in between; neither name nor authority fit",
                    "un portail captif ou un autre serveur s'interpose ; ni le nom ni l'autorité ne vont"),
                mend: words.say(
                    "open a web page from this network and sign in to the portal, or use another line",
                    "ouvrez une page web depuis ce réseau et passez le portail, ou prenez une autre ligne"))
        }
        if side == .headquarters, authority.hasPrefix("/etc/ssl/") { return unknownToDebian(issuer, authority) }
        let last = seen.chain.last?.issuer ?? issuer
        if side == .headquarters, !trusted.contains(issuer), !trusted.contains(last),
            seen.chain.first?.subject != issuer
        {
            return fault(
                "intercepted",
                words.say(
                    "TLS is intercepted: \(broker.host) shows a certificate of \(issuer)",
                    "TLS est intercepté : \(broker.host) montre un certificat de \(issuer)"),
                cause: words.say(
                    "a proxy stands in between, or headquarters changed its authority; this box trusts \(expected)",
                    "un proxy s'interpose, ou le siège a changé d'autorité ; ce boîtier fait confiance à \(expected)"),
                mend: words.say(
                    "let the network's owner exempt \(broker.host) from inspection, or put headquarters' new authority into \(authority)",
                    "faites exempter \(broker.host) de l'inspection du réseau, ou mettez la nouvelle autorité du siège dans \(authority)"
                ))
        }
        return fault(
            "foreignAuthority",
            words.say(
                "the certificate of \(broker.host) is vouched for by \(issuer), not by this box's authority",
                "le certificat de \(broker.host) est garanti par \(issuer), pas par l'autorité de ce boîtier"),
            cause: words.say("this box trusts \(expected)", "ce boîtier fait confiance à \(expected)"),
            mend: side == .shop
                ? renewMend
                : words.say(
                    "put headquarters' authority into \(authority), after comparing its fingerprint by telephone",
                    "mettez l'autorité du siège dans \(authority), après avoir comparé son empreinte par téléphone"))
    }

    /// The box trusts whom Debian trusts: most often headquarters has an authority of its own that nobody named yet.
    private func unknownToDebian(_ issuer: String, _ authority: String) -> Verdict {
        let place = "/etc/edged/hq-ca.crt"
        return fault(
            "foreignAuthority",
            words.say(
                "the certificate of \(broker.host) is vouched for by \(issuer), whom this box does not know",
                "le certificat de \(broker.host) est garanti par \(issuer), que ce boîtier ne connaît pas"),
            cause: words.say(
                "this box trusts Debian's authorities (\(authority)), and no private one; or a proxy intercepts TLS",
                "ce boîtier se fie aux autorités de Debian (\(authority)), à aucune privée ; ou un proxy intercepte TLS"
            ),
            mend: words.say(
                "compare the fingerprint of headquarters' authority by telephone, put its file at \(place), set headquarters.ca to \(place) in \(context.configurationPath); then: sudo systemctl restart edged",
                "comparez par téléphone l'empreinte de l'autorité du siège, mettez son fichier en \(place), et \(place) comme headquarters.ca dans \(context.configurationPath) ; puis : sudo systemctl restart edged"
            ))
    }

    /// The first names of a list that may be long.
    private static func short(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", … (\(names.count))" : "")
    }

    /// The server ended it, by its own word.
    private func refused(_ alert: String) -> Verdict {
        let isCertificate = alert.contains("certificate") || alert.contains("unknown ca")
        guard isCertificate else {
            return fault(
                "tlsRefused",
                words.say("\(broker.host) refuses TLS: \(alert)", "\(broker.host) refuse TLS : \(alert)"),
                cause: words.say(
                    "it takes other versions or ciphers than TLS 1.2 and 1.3 here",
                    "il veut d'autres versions ou chiffres que TLS 1.2 et 1.3"), mend: logMend)
        }
        let given = broker.certificate
        return fault(
            "certificateOfBoxRefused",
            given.map {
                words.say(
                    "\(broker.host) refuses this box's certificate \($0): \(alert)",
                    "\(broker.host) refuse le certificat du boîtier \($0) : \(alert)")
            }
                ?? words.say(
                    "\(broker.host) wants a certificate of this box: \(alert)",
                    "\(broker.host) veut un certificat de ce boîtier : \(alert)"),
            cause: given == nil
                ? words.say("the configuration names none", "la configuration n'en nomme pas")
                : words.say(
                    "it has ended, was revoked, or another authority vouches for it",
                    "il a expiré, a été révoqué, ou une autre autorité le garantit"),
            mend: words.say("sudo edgectl certificate renew", "sudo edgectl certificate renew"))
    }

    private func noHandshake(_ seen: TLSInspection) -> Verdict {
        if seen.timedOut {
            return fault(
                "tlsSilent",
                words.say("\(broker.host) does not answer TLS", "\(broker.host) ne répond pas à TLS"),
                cause: words.say(
                    "what listens there hangs, or something in between swallows it",
                    "ce qui écoute là est bloqué, ou quelque chose l'avale en chemin"), mend: logMend)
        }
        let error = seen.error ?? words.say("the connection was closed", "la connexion a été fermée")
        return fault(
            "noTLS",
            words.say(
                "what answers at \(broker.host):\(broker.port) speaks no TLS",
                "ce qui répond en \(broker.host):\(broker.port) ne parle pas TLS"), cause: error,
            mend: side == .headquarters
                ? words.say(
                    "a captive portal? open a web page from this network; else correct headquarters.port in \(context.configurationPath)",
                    "un portail captif ? ouvrez une page web depuis ce réseau ; sinon corrigez headquarters.port dans \(context.configurationPath)"
                )
                : logMend)
    }

    /// Certificate, key or authority are there, and are not what the configuration says that they are.
    private func unusable(_ problem: String) -> Verdict {
        let files = [broker.certificate, broker.key].compactMap(\.self).joined(separator: ", ")
        return fault(
            "clientConfiguration",
            words.say(
                "this box's own files cannot be used: \(problem)",
                "les fichiers du boîtier sont inutilisables : \(problem)"),
            cause: words.say(
                "they are not what they should be, or do not belong together: \(files.isEmpty ? broker.ca ?? "–" : files)",
                "ils ne sont pas ce qu'ils devraient être, ou ne vont pas ensemble : \(files.isEmpty ? broker.ca ?? "–" : files)"
            ),
            mend: words.say(
                "put certificate and key there that were made together, or correct the paths in \(context.configurationPath)",
                "mettez-y un certificat et sa clé, ou corrigez les chemins dans \(context.configurationPath)"))
    }

    private func moment(_ instant: Instant?) -> String {
        instant.map { String($0.description.prefix(16)).replacing("T", with: " ") + "Z" } ?? "–"
    }
}
