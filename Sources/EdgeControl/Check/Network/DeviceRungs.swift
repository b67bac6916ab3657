// The rungs of the devices: each one's presence from the agent, and why it is not here from the broker's log.

import Contract
import Glibc
import ShopModel

/// The family `device`.
enum DeviceRungs {
    static let devices = Rung(
        family: "device", needs: ["broker.listeners"], after: ["agent.running", "broker.login", "certificates"],
        seconds: 9
    ) { context in
        let findings = Devices(context).findings()
        guard findings.isEmpty else { return findings }
        return [
            Finding(
                name: "device",
                verdict: .fine(context.words.say("no device is enrolled", "aucun appareil n'est enregistré")))
        ]
    }
}

/// All devices of the shop, looked at once.
struct Devices {
    private let context: CheckContext
    private let words: Words
    private let log: BrokerStory?
    /// The addresses of this box.
    private let own = Set(SocketAddress.ofThisMachine().map(\.host))

    /// So many take-overs of a session within the log are no accident any more.
    static let takeOversTold = 3
    private static let logLineCountMax = 20_000
    private static let logByteCountMax = 8 << 20

    init(_ context: CheckContext) {
        self.context = context
        words = Words(language: context.words.language, now: context.machineTime)
        log = Self.read(context)
    }

    // MARK: - The broker's log

    private static func read(_ context: CheckContext) -> BrokerStory? {
        if let path = context.brokerLog {
            guard let bytes = SmallFile.end(of: path, max: logByteCountMax) else { return nil }
            let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            return BrokerStory(lines: lines.suffix(logLineCountMax))
        }
        let run = ToolRun.run(
            "journalctl",
            ["-u", "edged-broker", "-o", "cat", "--no-pager", "-q", "--since", "-1h", "-n", "\(logLineCountMax)"],
            seconds: 4, bytesMax: logByteCountMax)
        return run.succeeded ? BrokerStory(lines: run.lines) : nil
    }

    // MARK: - The devices

    func findings() -> [Finding] {
        let listed = listed()
        let agentIsHere = listed != nil
        let devices =
            listed
            ?? (context.configuration?.fleet ?? []).map {
                ToldDevice(json: .object([.init("device", .string($0.id.value)), .init("enrolled", "configuration")]))
            }
        var findings = toldOnce(
            devices.filter(\.isEnrolled).map { device in
                Finding(name: "device.\(device.id)", verdict: verdict(device, agentIsHere))
            })
        findings += strangers(known: agentIsHere ? Set(devices.map(\.id)) : nil)
        return findings
    }

    /// All devices that the agent knows; `nil` when it does not answer. A page has 200, a shop 1,000 at most.
    private func listed() -> [ToldDevice]? {
        var devices: [ToldDevice] = []
        var after: JSON?
        for _ in 0..<10 {
            guard let answer = try? context.ask("device.list", ("after", after)).get() else {
                return devices.isEmpty ? nil : devices
            }
            devices += (answer["devices"]?.list ?? []).map(ToldDevice.init)
            guard let next = answer["next"], next != .null else { break }
            after = next
        }
        return devices
    }

    private func verdict(_ device: ToldDevice, _ agentIsHere: Bool) -> Verdict {
        // The log knows more than the presence: a device that comes and goes is now and then here.
        let account = log?.accounts[device.id]
        if let account, account.takeOverCount >= Self.takeOversTold { return fighting(device, account) }
        if device.isOnline { return online(device) }
        if let refusal = log?.refusals(of: device.id).last(where: { !isOfTheBox($0) }) {
            return refused(device, refusal)
        }
        if let verdict = moved(device) { return verdict }
        if let account, account.timeOutCount > 0, account.timedOutLine > account.connectedLine {
            return lost(device, account)
        }
        guard agentIsHere else {
            return .unknown(
                words.say(
                    "the agent, which keeps presence, does not answer", "l'agent, qui tient la présence, ne répond pas")
            )
        }
        guard device.presence == "never" else { return offline(device) }
        // Not every device says that it is there: what it asks, or its connection, says it too.
        let isConnected = account.map { $0.connectedLine > max($0.timedOutLine, $0.endedLine) } ?? false
        let hasSpoken = device.json["lastMessageAt"].map { $0 != .null } ?? false
        guard !isConnected, !hasSpoken else { return online(device) }
        return DeviceAbsence(device, agentSince: agentSince, words: words).verdict
    }

    /// When the agent began to listen.
    private var agentSince: Instant? {
        (try? context.health.get())?["since"]?.text.flatMap(Instant.init(rfc3339:))
    }

    /// A box that has moved is told once, not for each device that it left behind.
    private func toldOnce(_ findings: [Finding]) -> [Finding] {
        var firsts: [String: String] = [:]
        return findings.map { finding in
            guard finding.verdict.code == "device.boxMoved",
                let address = finding.verdict.facts.first(where: { $0.name == "boxAddress" })?.value.text
            else { return finding }
            if let first = firsts[address] {
                return Finding(name: finding.name, verdict: .skipped(because: first, words))
            }
            firsts[address] = finding.name
            return finding
        }
    }

    /// Refusals that say something of the device: it speaks wrongly, too often, or may not. The others are the shop's
    /// answers to people, such as that nothing is left of what somebody wanted.
    private static let ownRefusals = ["command.", "contract.", "device.", "json.", "profile."]

    private func online(_ device: ToldDevice) -> Verdict {
        let json = device.json
        let last =
            json["lastMessageAt"] == nil || json["lastMessageAt"] == .null
            ? words.say("no message yet", "aucun message encore")
            : words.say("last message ", "dernier message ") + words.age(json["lastMessageAt"])
        let refusals = (json["refusals"]?.list ?? []).filter { refusal in
            Self.ownRefusals.contains { refusal.plain("code").hasPrefix($0) } && !device.isOver(refusal)
        }
        guard let refusal = refusals.max(by: { $0.plain("at") < $1.plain("at") }) else {
            return .fine(words.say("here; \(last)", "présent ; \(last)"))
        }
        let refused = refusals.reduce(0) { $0 + $1.number("count") }
        let count = json.number("messages")
        let code = refusal.plain("code")
        return .warning(
            "device.refused",
            words.say(
                "here; \(refused) of \(count) messages refused, last \(code) \(words.age(refusal["at"]))",
                "présent ; \(refused) messages refusés sur \(count), dernier \(code) \(words.age(refusal["at"]))"),
            cause: sentence(of: code, to: device),
            mend: words.say(
                "see each with its reason as it comes: edgectl trace \(device.id); to be mended on the device",
                "voir chacun avec sa raison dès qu'il vient : edgectl trace \(device.id) ; à corriger sur l'appareil"),
            .init("refused", .count(refused)), .init("code", .string(code)))
    }

    /// What a code means, in the agent's own words; `nil` when the trace has forgotten the message.
    private func sentence(of code: String, to device: ToldDevice) -> String? {
        let trace = context.ask("trace.read", ("device", .string(device.id)), ("limit", 200))
        let rows = (try? trace.get())?["rows"]?.list ?? []
        return rows.last { $0["code"]?.text == code }?["detail"]?.text
    }

    private func fighting(_ device: ToldDevice, _ account: BrokerStory.Account) -> Verdict {
        let rivals = account.rivals.joined(separator: ", ")
        guard account.rivals.count > 1 else {
            return .warning(
                "device.reconnects",
                words.say(
                    "connects anew while its old connection stands, \(account.takeOverCount) times, from \(rivals)",
                    "se reconnecte alors que l'ancienne connexion tient, \(account.takeOverCount) fois, depuis \(rivals)"
                ),
                cause: words.say(
                    "its radio link breaks, or two programs on it use one name",
                    "sa liaison radio se coupe, ou deux programmes y prennent le même nom"),
                mend: words.say(
                    "look at its wireless signal, then restart it", "voir son signal radio, puis le redémarrer"))
        }
        return .fault(
            "device.twice",
            words.say(
                "two devices use its name and throw each other out (\(account.takeOverCount) times): \(rivals)",
                "deux appareils prennent son nom et se chassent l'un l'autre (\(account.takeOverCount) fois) : \(rivals)"
            ),
            cause: words.say(
                "the credential of \(device.id) is in both", "l'identifiant de \(device.id) est dans les deux"),
            mend: words.say(
                "enrol the one that is not \(device.id) under its own name: edgectl device enrol NAME --family FAMILY",
                "enregistrez celui qui n'est pas \(device.id) sous son propre nom : edgectl device enrol NOM --family FAMILLE"
            ),
            .init("addresses", .array(account.rivals.map { .string($0) })))
    }

    private func refused(_ device: ToldDevice, _ refusal: BrokerStory.Refusal) -> Verdict {
        let place = refusal.address.map { words.say("it comes from \($0)", "il vient de \($0)") }
        let mend = words.say(
            "enrol it again: \(device.enrolAgain(words))",
            "enregistrez-le de nouveau : \(device.enrolAgain(words))")
        switch refusal.cause {
        case .notAuthorised:
            return .fault(
                "device.wrongPassword",
                words.say("the broker refuses its password", "le broker refuse son mot de passe"), cause: place,
                mend: mend)
        case .certificateRejected(let alert):
            if let rung = badCertificate(alert) { return .skipped(because: rung, words) }
            return .fault(
                "device.rejectsCertificate",
                words.say(
                    "it does not accept the box's certificate: \(alert)",
                    "il n'accepte pas le certificat du boîtier : \(alert)"),
                cause: words.say(
                    "it trusts another authority, knows the box by another name, or its clock is wrong",
                    "il fait confiance à une autre autorité, connaît le boîtier sous un autre nom, ou a une mauvaise heure"
                )
                    + (place.map { "; \($0)" } ?? ""), mend: trustMend)
        case .certificateRefused(let reason):
            if let rung = context.firstFault(of: ["certificates.device.\(device.id)"]) {
                return .skipped(because: rung, words)
            }
            return .fault(
                "device.certificateRefused",
                words.say(
                    "the broker does not accept its certificate: \(reason)",
                    "le broker n'accepte pas son certificat : \(reason)"),
                cause: [Self.notOurs(words), place].compactMap(\.self).joined(separator: "; "),
                mend: words.say(
                    "enrol it again: \(device.enrolAgain(words, credential: "certificate"))",
                    "enregistrez-le de nouveau : \(device.enrolAgain(words, credential: "certificate"))"))
        case .noPrivacy(let reason):
            return .fault(
                "device.tlsFails",
                words.say("TLS with it fails: \(reason)", "TLS échoue avec lui : \(reason)"), cause: place,
                mend: words.say(
                    "set it to TLS 1.2 or later on port 8883", "réglez-le sur TLS 1.2 ou plus, port 8883"))
        }
    }

    /// The rung that says what is wrong with the certificate that the broker shows, so that devices are right to reject
    /// it. That it is another authority's is the device's own matter.
    private func badCertificate(_ alert: String) -> String? {
        guard !alert.contains("unknown ca") else { return nil }
        return context.firstFault(of: ["certificates.authority", "certificates.broker"])
    }

    /// Whether a refusal may be one of this box's own programs, which come from the same address as the devices that are
    /// web pages behind nginx. Those never speak TLS themselves, and are only blamed while the agent itself is let in.
    private func isOfTheBox(_ refusal: BrokerStory.Refusal) -> Bool {
        guard let address = refusal.address, own.contains(address) else { return false }
        guard case .notAuthorised = refusal.cause else { return true }
        let isAgentIn = (try? context.health.get())?["shopBroker"]?["connected"]?.truth
        return isAgentIn == false || context.firstFault(of: ["broker.login"]) != nil
    }

    private static func notOurs(_ words: Words) -> String {
        words.say(
            "it shows none, one that has ended, or one that another authority than this shop's signed",
            "il n'en montre pas, ou un qui a expiré, ou celui d'une autre autorité que celle du magasin")
    }

    /// What a device needs that does not take the box for the box: no other credential.
    private var trustMend: String {
        words.say(
            "see its clock, and give it the shop's authority (http://BOX/ca.crt), and a name or address that the certificate has: edgectl check --only certificates",
            "voir son heure, et donnez-lui l'autorité du magasin (http://BOÎTIER/ca.crt), et un nom ou une adresse que dit le certificat : edgectl check --only certificates"
        )
    }

    /// The box has another address than the one that the device was given.
    private func moved(_ device: ToldDevice) -> Verdict? {
        guard let known = device.json["boxAddress"]?.text, let address = SocketAddress(known) else { return nil }
        let present = SocketAddress.ofThisMachine().filter { !$0.isLoopback }
        guard !address.isLoopback, !present.contains(where: { $0.bytes == address.bytes }) else { return nil }
        let own = present.filter { !$0.isIPv6 }.map(\.host).joined(separator: ", ")
        return .fault(
            "device.boxMoved",
            words.say(
                "it looks for the box at \(known), which now has \(own.isEmpty ? "no address" : own)",
                "il cherche le boîtier en \(known), qui a maintenant \(own.isEmpty ? "aucune adresse" : own)"),
            cause: words.say(
                "the box's address changed since the device was enrolled",
                "l'adresse du boîtier a changé depuis l'enregistrement de l'appareil"),
            mend: words.say(
                "give the box its old address by a fixed DHCP lease, or: \(device.enrolAgain(words))",
                "rendez au boîtier son adresse par un bail DHCP fixe, ou : \(device.enrolAgain(words))"),
            .init("boxAddress", .string(known)), .init("present", .array(present.map { .string($0.host) })))
    }

    private func lost(_ device: ToldDevice, _ account: BrokerStory.Account) -> Verdict {
        let place = account.addresses.last ?? "–"
        return .warning(
            "device.keepAliveLost",
            words.say(
                "fell silent (\(account.timeOutCount) times in the log), last at \(place)",
                "s'est tu (\(account.timeOutCount) fois au journal), en dernier depuis \(place)"),
            cause: words.say(
                "it is out of radio range, asleep, or its battery is empty",
                "il est hors de portée radio, en veille, ou sa batterie est vide"),
            mend: words.say(
                "bring it near the access point, charge it, wake it",
                "rapprochez-le de la borne, chargez-le, réveillez-le"))
    }

    private func offline(_ device: ToldDevice) -> Verdict {
        .warning(
            "device.away",
            words.say(
                "away, left \(words.age(device.json["presenceAt"]))",
                "absent, parti \(words.age(device.json["presenceAt"]))"),
            cause: words.say(
                "it was switched off, or said goodbye by itself",
                "on l'a éteint, ou il s'est déconnecté de lui-même"),
            mend: words.say("switch it on, and look at its network", "allumez-le, et voyez son réseau"))
    }

    /// Addresses that no device is known for and that are not let in.
    ///
    /// - Parameter known: the devices' names; `nil` when nobody tells them, and every account may be a device's.
    private func strangers(known: Set<String>?) -> [Finding] {
        guard let log else { return [] }
        var counts: [String: (count: Int, last: BrokerStory.Refusal)] = [:]
        for refusal in log.refusals {
            guard let address = refusal.address, !own.contains(address) else { continue }
            // Where a device of the shop lives, another one that was there since, and is gone, makes no stranger.
            let accounts = log.accounts(at: address)
            if accounts.contains(where: { known?.contains($0) ?? true }) { continue }
            counts[address] = ((counts[address]?.count ?? 0) + 1, refusal)
        }
        return counts.sorted { $0.key < $1.key }.prefix(20).map { address, seen in
            Finding(name: "device.\(address)", verdict: stranger(address, seen.count, seen.last))
        }
    }

    private func stranger(_ address: String, _ count: Int, _ refusal: BrokerStory.Refusal) -> Verdict {
        let mend = words.say(
            "find the device with address \(address) and enrol it: edgectl device enrol NAME --family FAMILY",
            "trouvez l'appareil à l'adresse \(address) et enregistrez-le : edgectl device enrol NOM --family FAMILLE")
        switch refusal.cause {
        case .notAuthorised:
            return .fault(
                "device.wrongPassword",
                words.say(
                    "a device at this address is refused, \(count) times",
                    "un appareil à cette adresse est refusé, \(count) fois"),
                cause: words.say(
                    "its password is wrong, or its name is not enrolled",
                    "mot de passe faux, ou nom non enregistré"), mend: mend)
        case .certificateRejected(let alert):
            if let rung = badCertificate(alert) { return .skipped(because: rung, words) }
            return .fault(
                "device.rejectsCertificate",
                words.say(
                    "a device at this address does not accept the box's certificate: \(alert)",
                    "un appareil à cette adresse n'accepte pas le certificat du boîtier : \(alert)"),
                cause: words.say(
                    "it trusts another authority, knows the box by another name, or its clock is wrong",
                    "il fait confiance à une autre autorité, connaît le boîtier sous un autre nom, ou a une mauvaise heure"
                ),
                mend: trustMend)
        case .certificateRefused(let reason):
            return .fault(
                "device.certificateRefused",
                words.say(
                    "a device at this address shows no certificate that the broker accepts: \(reason)",
                    "un appareil à cette adresse ne montre aucun certificat accepté par le broker : \(reason)"),
                cause: Self.notOurs(words),
                mend: words.say(
                    "find the device with address \(address): sudo edgectl device enrol NAME --again --credential certificate --out FOLDER",
                    "trouvez l'appareil à l'adresse \(address) : sudo edgectl device enrol NOM --again --credential certificate --out DOSSIER"
                ))
        case .noPrivacy(let reason):
            return .warning(
                "device.tlsFails",
                words.say(
                    "something at this address does not speak TLS as it should: \(reason)",
                    "quelque chose à cette adresse ne parle pas TLS comme il faut : \(reason)"),
                mend: words.say(
                    "if it is a device: TLS 1.2 or later, port 8883",
                    "si c'est un appareil : TLS 1.2 ou plus, port 8883"))
        }
    }
}
