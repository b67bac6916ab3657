// `edgectl certificate renew`: a new certificate, in stages, none of which ends what serves now.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct CertificateRenew: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "renew",
            abstract: Help.say(
                "Renew a certificate: made aside, proved by connecting, then put in use.",
                "Renouveler un certificat : fait à part, éprouvé par une connexion, puis mis en service."),
            discussion: Help.say(
                """
                server is the one that the broker and nginx show: the shop's own authority
                signs it, for the names and addresses that this box has now and those of
                /etc/edged/broker/names. headquarters is the one by which headquarters knows
                this shop: headquarters signs it, and its key never leaves this box.

                A new certificate is made aside, verified, and proved by connecting; then key
                and certificate are swapped in one step, and the servers read them again.
                What does not show it then has the one before back. Nothing that fails here
                ends what serves.

                Examples:
                  sudo edgectl certificate renew
                  sudo edgectl certificate renew server
                  sudo edgectl certificate renew headquarters --request shop.csr
                  sudo edgectl certificate renew headquarters --from shop.crt
                  sudo edgectl certificate renew --due     (daily, by a timer)

                With an executable /etc/edged/renew.d/headquarters, which gets the request on
                its standard input and prints the certificate, no person is needed.

                With --due the server's waits, in the first hour after a start, until the
                clock is synchronised; one that is not there is made at once.

                Exit status: 0 done or not due, 1 not taken, 2 waits (headquarters is away or
                has to sign, or the clock is not sure), 78 the configuration cannot be right.
                """,
                """
                server est celui que montrent le broker et nginx : l'autorité propre au
                magasin le signe, pour les noms et adresses que ce boîtier a maintenant et
                ceux de /etc/edged/broker/names. headquarters est celui par lequel le siège
                reconnaît ce magasin : le siège le signe, et sa clé ne quitte jamais ce
                boîtier.

                Un nouveau certificat est fait à part, vérifié, et éprouvé par une
                connexion ; puis clé et certificat sont échangés d'un coup, et les serveurs
                les relisent. Un serveur qui ne le montre pas alors retrouve celui d'avant.
                Un échec n'interrompt jamais le service.

                Exemples :
                  sudo edgectl certificate renew
                  sudo edgectl certificate renew server
                  sudo edgectl certificate renew headquarters --request shop.csr
                  sudo edgectl certificate renew headquarters --from shop.crt
                  sudo edgectl certificate renew --due     (chaque jour, par un timer)

                Avec un programme /etc/edged/renew.d/headquarters, qui reçoit la demande sur
                son entrée standard et écrit le certificat, personne n'a à intervenir.

                Avec --due, celui du boîtier attend, pendant l'heure qui suit un démarrage,
                que l'horloge soit synchronisée ; s'il manque, il est fait tout de suite.

                Codes de retour : 0 fait, ou rien à faire, 1 non mis en service, 2 en attente
                (le siège est injoignable ou doit signer, ou l'horloge est incertaine), 78
                configuration incorrecte.
                """))
    }

    enum Which: String, CaseIterable, ExpressibleByArgument { case server, headquarters }

    @Argument(
        help: .say(
            "Which one. (default: all that this box has)", "Lequel des deux. (par défaut : tous ceux de ce boîtier)",
            value: "lequel"))
    var which: Which?
    @OptionGroup var options: AgentOptions
    @OptionGroup var places: CertificatePlaces

    @Flag(
        help: .say(
            "Only what ends soon, or does not say this box's names any more.",
            "Seulement ce qui finit bientôt, ou ne dit plus les noms de ce boîtier."))
    var due = false
    @Option(
        help: .say(
            "Write a request for headquarters to sign into this file (- prints it).",
            "Écrire dans ce fichier une demande à signer par le siège (- l'affiche).", value: "fichier"))
    var request: String?
    @Option(
        help: .say(
            "Take the certificate that headquarters signed from this file (- reads it).",
            "Prendre dans ce fichier le certificat signé par le siège (- le lit à l'entrée).", value: "fichier"))
    var from: String?
    @Option(
        help: .say(
            "Run this program in place of telling edged-broker and nginx.",
            "Lancer ce programme au lieu de prévenir edged-broker et nginx.", value: "programme"))
    var reload: String?
    @Option(
        help: .say(
            "Take this box's addresses from this file, parted by blanks.",
            "Prendre les adresses de ce boîtier dans ce fichier, séparées par des blancs.", value: "fichier"))
    var addresses: String?

    @Option(
        help: .say(
            "Look at the live ports by starting this systemd unit, where this process does not see them.",
            "Regarder les ports réels en démarrant cette unité systemd, si ce processus ne les voit pas.",
            value: "unité"))
    var lookUnit: String?

    func validate() throws {
        guard request == nil || from == nil else {
            throw ValidationError(
                Help.say("--request and --from exclude each other.", "--request et --from s'excluent."))
        }
        guard request == nil && from == nil || which == .headquarters && !due else {
            throw ValidationError(
                Help.say(
                    "--request and --from are for: certificate renew headquarters",
                    "--request et --from sont pour : certificate renew headquarters"))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        umask(0o077)
        let words = bench.words
        if let request { return try writeRequest(request, bench) }
        var report = RenewalReport()
        if which != .headquarters {
            try report.note("server", words) { () throws(Failure) in try renewServer(bench) }
        }
        if which != .server, let configuration = try places.configuration(words, isNeeded: which == .headquarters) {
            try report.note("headquarters", words) { () throws(Failure) in try renewHeadquarters(configuration, bench) }
        }
        for which in report.renewed { OperatorNote.write("certificate \(which) renewed") }
        for which in report.takenBack { OperatorNote.write("certificate \(which) not renewed, the former one serves") }
        bench.answer(report.json, page: report.page)
        if let failure = report.failure { bench.progress(failure.text(in: words.language)) }
        return report.status
    }

    private func renewServer(_ bench: Bench) throws(Failure) -> RenewalReport.Result {
        let words = bench.words
        let renewal = ServerRenewal(
            authority: places.authority, broker: places.broker, ports: places.ports, reload: reload,
            addressFile: addresses, lookUnit: lookUnit, words: words)
        let lock = try RenewalLock(in: renewal.store().folder, words)
        defer { withExtendedLifetime(lock) {} }
        let reason = try renewal.reason(now: .ofMachine)
        if due, reason == nil { return .notDue }
        if due { try renewal.waitForClock() }
        return .renewed(try renewal.renew(now: .ofMachine) { bench.progress("server: \($0)") })
    }

    private func renewHeadquarters(_ configuration: Configuration, _ bench: Bench) throws(Failure)
        -> RenewalReport.Result
    {
        let words = bench.words
        guard let renewal = HeadquartersRenewal(configuration, hook: places.hook, words) else {
            guard which == .headquarters, !due else { return .none }
            throw Failure(
                code: "certificate.none",
                message: words.say(
                    "The link to headquarters uses no certificate of this shop.",
                    "La liaison au siège n'utilise pas de certificat de ce magasin."),
                mend: words.say(
                    "name headquarters.certificate and .key in \(places.config) first.",
                    "nommez d'abord headquarters.certificate et .key dans \(places.config)."), status: .fault)
        }
        let signed = try from.map { file throws(Failure) in try bench.bytes(of: file, max: 262_144) }
        try renewal.becomeOwner()
        let lock = try RenewalLock(in: renewal.store().folder, words)
        defer { withExtendedLifetime(lock) {} }
        if let signed {
            try renewal.take(signed, now: .ofMachine)
        } else if try !renewal.hasPending(now: .ofMachine) {
            if due || which == nil, try !renewal.isDue(now: .ofMachine) { return .notDue }
            guard renewal.hasHook else { return .waits(try renewal.daysLeft(now: .ofMachine)) }
            try renewal.take(try renewal.signedByHook(), now: .ofMachine)
        }
        return .renewed(try renewal.promote { bench.progress("headquarters: \($0)") })
    }

    private func writeRequest(_ file: String, _ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        guard let configuration = try places.configuration(words, isNeeded: true),
            let renewal = HeadquartersRenewal(configuration, hook: places.hook, words)
        else {
            throw Failure(
                code: "certificate.none",
                message: words.say(
                    "The link to headquarters uses no certificate of this shop.",
                    "La liaison au siège n'utilise pas de certificat de ce magasin."), status: .fault)
        }
        // Opened as who asks; the rest is done as whom the folder belongs to.
        let output = file == "-" ? STDOUT_FILENO : open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .certificateFile(file, errno, words) }
        let request: String
        do throws(Failure) {
            try renewal.becomeOwner()
            let lock = try RenewalLock(in: renewal.store().folder, words)
            defer { withExtendedLifetime(lock) {} }
            request = try renewal.request()
        } catch {
            if file != "-" { unlink(file) }
            throw error
        }
        if file == "-" {
            bench.print(request)
            return .fine
        }
        defer { close(output) }
        let bytes = Array(request.utf8)
        guard bytes.withUnsafeBytes({ write(output, $0.baseAddress, $0.count) }) == bytes.count, fsync(output) == 0
        else {
            throw .certificateFile(file, errno, words)
        }
        bench.answer(["request": .string(file)]) { words in
            var page = Page()
            page.paragraph(
                words.say(
                    "\(file) is the request; its key stays here. When headquarters has signed it:",
                    "\(file) est la demande ; sa clé reste ici. Quand le siège l'aura signée :"))
            page.paragraph("sudo edgectl certificate renew headquarters --from FILE", indent: 2)
            return page
        }
        return .fine
    }
}
