// The rungs of the certificates: how long each one lasts that the configuration points at or the box keeps.

import Contract
import Glibc
import ShopModel

/// The family `certificates`.
enum CertificateRungs {
    static let certificates = Rung(
        family: "certificates", needs: ["configuration.file", "disk.answers"], after: ["clock", "agent.running"],
        seconds: 9
    ) {
        context in
        let findings = Certificates(context).findings()
        guard findings.isEmpty else { return findings }
        return [
            Finding(
                name: "certificates",
                verdict: .fine(context.words.say("none is used here", "aucun n'est utilisé ici")))
        ]
    }
}

/// The certificates of this box.
struct Certificates {
    private let context: CheckContext
    private let words: Words

    /// Where the box keeps those that no configuration of the agent names.
    private static let kept = [
        ("authority", "/etc/edged/authority/ca.crt"), ("broker", "/etc/edged/broker/server.crt"),
    ]
    /// Copies of those that devices have.
    private static let issued = "/etc/edged/authority/issued"
    /// Days before its end from which a certificate should have been renewed, whatever its length.
    private static let daysWarned = 14

    init(_ context: CheckContext) {
        self.context = context
        words = context.words
    }

    func findings() -> [Finding] {
        var files: [(name: String, path: String, isNeeded: Bool)] = []
        if let configuration = context.configuration {
            let brokers = [("devices", configuration.devices), ("headquarters", configuration.headquarters.broker)]
            for (side, broker) in brokers {
                if let path = broker.ca { files.append(("\(side).ca", path, true)) }
                if let path = broker.certificate { files.append((side, path, true)) }
            }
        }
        let issued = context.machine(Self.issued)
        for name in SmallFile.names(in: issued) where name.hasSuffix(".crt") {
            files.append(("device.\(name.dropLast(4))", "\(issued)/\(name)", false))
        }
        for (name, path) in Self.kept where !files.contains(where: { $0.path == path }) {
            files.append((name, context.machine(path), false))
        }
        return files.compactMap { file in
            guard let verdict = verdict(file.path, file.name, isNeeded: file.isNeeded) else { return nil }
            let names = file.name == "broker" && verdict.kind != .fault ? namesProblem(file.path) : nil
            return Finding(name: "certificates.\(file.name)", verdict: names ?? verdict)
        }
    }

    /// Whether devices that know this box by its present name or address take its certificate.
    private func namesProblem(_ path: String) -> Verdict? {
        guard case .certificates(let found) = CertificateFacts.read(file: path), let own = found.first else {
            return nil
        }
        return BoxNames(context).problem(own)
    }

    private func verdict(_ path: String, _ name: String, isNeeded: Bool) -> Verdict? {
        switch CertificateFacts.read(file: path) {
        case .certificates(let found): return verdict(path, found, mend: mend(name))
        case .missing:
            guard isNeeded else { return nil }
            return .fault(
                "certificate.missing", words.say("there is no \(path)", "il n'y a pas de \(path)"),
                cause: words.say(
                    "\(context.configurationPath) names it, and it was moved, or never installed",
                    "\(context.configurationPath) le nomme ; il a été déplacé, ou jamais installé"),
                mend: words.say(
                    "put it there, or correct the path in \(context.configurationPath)",
                    "mettez-le là, ou corrigez le chemin dans \(context.configurationPath)"))
        case .forbidden:
            return .unknown(
                words.say("you may not read \(path); check as root", "\(path) est réservé ; vérifiez en tant que root"))
        case .noCertificate:
            return .fault(
                "certificate.unreadable",
                words.say("\(path) holds no certificate", "\(path) ne contient pas de certificat"),
                mend: words.say("put a PEM certificate there", "mettez-y un certificat PEM"))
        case .noTool:
            return .unknown(words.say("there is no openssl here", "openssl n'est pas installé"))
        }
    }

    private func mend(_ name: String) -> String {
        guard name.hasPrefix("device.") else {
            return words.say(
                "sudo edgectl certificate renew; of headquarters: ask headquarters for the new one",
                "sudo edgectl certificate renew ; celui du siège : demandez le nouveau au siège")
        }
        let device = name.dropFirst("device.".count)
        return words.say(
            "sudo edgectl device enrol \(device) --again --credential certificate --out FOLDER",
            "sudo edgectl device enrol \(device) --again --credential certificate --out DOSSIER")
    }

    private func verdict(_ path: String, _ found: [CertificateFacts], mend: String) -> Verdict {
        let now = context.machineTime
        guard let first = found.min(by: { $0.notAfter < $1.notAfter }) else {
            return .unknown(path)
        }
        let days = first.daysLeft(at: now)
        let fact = JSON.Member("daysLeft", .count(days))
        let isInOrder = days >= 0 && found.allSatisfy { $0.notBefore <= now }
        if !isInOrder, let clock = context.wrongClock { return .skipped(because: clock, words) }
        if days < 0 {
            return .fault(
                "certificate.ended",
                words.say(
                    "\(first.subject) ended \(words.days(-days)) ago",
                    "\(first.subject) a expiré il y a \(words.days(-days))"),
                cause: words.say("\(path) was not renewed in time", "\(path) n'a pas été renouvelé à temps"),
                mend: mend, fact)
        }
        if let early = found.first(where: { $0.notBefore > now }) {
            let isClockRight = context.verdict(of: "clock.synchronised")?.kind == .fine
            return .fault(
                "certificate.notYetValid",
                words.say(
                    "\(early.subject) is valid from \(early.notBefore.description.prefix(10)) on only",
                    "\(early.subject) n'est valable qu'à partir du \(early.notBefore.description.prefix(10))"),
                cause: isClockRight
                    ? words.say(
                        "the clock was ahead when \(path) was made; it is right now",
                        "l'horloge avançait quand \(path) a été fait ; elle est juste")
                    : words.say(
                        "this box's clock is slow, or was ahead when \(path) was made",
                        "l'horloge du boîtier retarde, ou avançait quand \(path) a été fait"),
                mend: isClockRight
                    ? mend
                    : words.say(
                        "compare with a watch: timedatectl; if the clock is right: \(mend)",
                        "comparez à une montre : timedatectl ; si elle est juste : \(mend)"), fact)
        }
        // A short-lived certificate is renewed when two thirds are over: it is late with a sixth left.
        let life = max(1, Int((first.notAfter - first.notBefore) / 86_400_000))
        if days < min(Self.daysWarned, life / 6) {
            return .warning(
                "certificate.endsSoon",
                words.say(
                    "\(first.subject) ends in \(words.days(days))", "\(first.subject) finit dans \(words.days(days))"),
                cause: words.say(
                    "\(path) should have been renewed by now", "\(path) aurait déjà dû être renouvelé"), mend: mend,
                fact)
        }
        return .fine(
            words.say("\(words.days(days)) left", "encore \(words.days(days))"), fact,
            .init("subject", .string(first.subject)))
    }
}
