// The rungs of the way to headquarters: name, address, path, privacy, login, and the word of its application.

import Contract
import Glibc
import MQTT
import ShopModel

/// Headquarters' part of the ladder.
enum HeadquartersRungs {
    static let all: [Rung] = [
        Rung("hq.name", needs: ["configuration.file"], seconds: 10) { context in
            context.withConfiguration { name(context, $0.headquarters.broker) }
        },
        Rung("hq.tcp", needs: ["hq.name"], seconds: 11) { context in
            context.withConfiguration { HeadquartersDoor(context, $0.headquarters.broker).verdict() }
        },
        // Before TLS: where large packets vanish, TLS hangs, and only this rung knows why.
        Rung("hq.path", needs: ["hq.tcp"], seconds: 10) { context in
            context.withConfiguration { path(context, $0.headquarters.broker) }
        },
        // Its key and certificate may lie on the disk of the agent's state; who opens them there hangs with a dead one.
        Rung("hq.tls", needs: ["disk.answers", "hq.path"], after: ["clock", "certificates"], seconds: 9) { context in
            context.withConfiguration { privacy(context, $0.headquarters.broker) }
        },
        Rung("hq.login", needs: ["hq.tls"], seconds: 9) { context in
            context.withConfiguration { HeadquartersLogin(context, $0).verdict() }
        },
        Rung("hq.echo", needs: ["agent.running", "hq.login"], after: ["agent.watchdog"], seconds: 9) {
            HeadquartersEcho.verdict($0)
        },
        Rung("hq.identity", needs: ["agent.running"], after: ["hq.echo"], seconds: 9) {
            HeadquartersIdentity.verdict($0)
        },
    ]

    // MARK: - hq.name

    private static func name(_ context: CheckContext, _ broker: Configuration.Broker) -> Verdict {
        let words = context.words
        if SocketAddress(broker.host) != nil {
            return .fine(words.say("\(broker.host) is an address", "\(broker.host) est une adresse"))
        }
        let began = monotonicMilliseconds()
        let outcome = NameLookup.addresses(of: broker.host, port: broker.port, until: Deadline(milliseconds: 4_000))
        switch outcome {
        case .addresses(let found):
            let list = found.map(\.host).joined(separator: ", ")
            if found.allSatisfy(\.isUnspecified) {
                return .fault(
                    "name.blocked",
                    words.say("\(broker.host) leads nowhere: \(list)", "\(broker.host) ne mène nulle part : \(list)"),
                    cause: words.say(
                        "a filter of the resolver blocks the name", "un filtre du résolveur bloque le nom"),
                    mend: words.say(
                        "let the network's owner allow \(broker.host), or use another resolver",
                        "faites autoriser \(broker.host) par le réseau, ou prenez un autre résolveur"))
            }
            return .fine(
                "\(broker.host) = \(list), \(monotonicMilliseconds() - began) ms",
                .init("addresses", .array(found.map { .string($0.host) })))
        case .none(let reason): return nameless(context, broker.host, reason)
        case .timedOut: return nameless(context, broker.host, nil)
        }
    }

    /// Asks each resolver itself, since the system only says that there is no answer.
    private static func nameless(_ context: CheckContext, _ host: String, _ reason: String?) -> Verdict {
        let words = context.words
        let resolvers = NameLookup.resolvers(in: context.text("/etc/resolv.conf") ?? "")
        guard !resolvers.isEmpty else {
            return .fault(
                "name.noResolver", words.say("no resolver is set up", "aucun résolveur n'est configuré"),
                cause: words.say(
                    "/etc/resolv.conf names none: no DHCP answer?",
                    "/etc/resolv.conf n'en nomme aucun : pas de réponse DHCP ?"),
                mend: words.say(
                    "see the network: networkctl, or ip -br address; then renew the lease",
                    "voir le réseau : networkctl, ou ip -br address ; puis renouvelez le bail"))
        }
        let deadline = Deadline(milliseconds: 4_500)
        var heard: [(SocketAddress, ResolverQuestion.Outcome)] = []
        for resolver in resolvers {
            let share = deadline.within(milliseconds: 4_500 / resolvers.count)
            heard.append((resolver, ResolverQuestion.ask(resolver, name: host, until: share)))
        }
        let names = resolvers.map(\.host).joined(separator: ", ")
        for (resolver, outcome) in heard {
            guard case .answered(let code, let addresses) = outcome else { continue }
            if code == 3 || code == 0 && addresses.isEmpty {
                return .fault(
                    "name.unknown",
                    words.say("there is no name \(host)", "le nom \(host) n'existe pas"),
                    cause: words.say(
                        "the resolver \(resolver.host) answers, and knows no such name",
                        "le résolveur \(resolver.host) répond, et ne connaît pas ce nom"),
                    mend: words.say(
                        "correct headquarters.host in \(context.configurationPath), or ask who keeps the name",
                        "corrigez headquarters.host dans \(context.configurationPath), ou demandez à qui tient ce nom"))
            }
            if code == 0 {
                return .fault(
                    "name.system",
                    words.say(
                        "\(resolver.host) knows \(host), this system does not find it",
                        "\(resolver.host) connaît \(host), ce système ne le trouve pas"), cause: reason,
                    mend: words.say(
                        "see the hosts line of /etc/nsswitch.conf and: systemctl status systemd-resolved",
                        "voir la ligne hosts de /etc/nsswitch.conf et : systemctl status systemd-resolved"))
            }
            return .fault(
                "name.resolverFails",
                words.say(
                    "the resolver \(resolver.host) cannot answer (\(code == 2 ? "SERVFAIL" : code == 5 ? "REFUSED" : "code \(code)"))",
                    "le résolveur \(resolver.host) ne sait pas répondre (\(code == 2 ? "SERVFAIL" : code == 5 ? "REFUSED" : "code \(code)"))"
                ),
                cause: words.say(
                    "its own line to the Internet is down, or it refuses this box",
                    "sa propre ligne vers Internet est coupée, ou il refuse ce boîtier"),
                mend: words.say("look at the shop's router; restart it", "voir le routeur du magasin ; le redémarrer"))
        }
        let reasons = heard.map { resolver, outcome in
            switch outcome {
            case .refused: words.say("\(resolver.host) runs no resolver", "\(resolver.host) n'a pas de résolveur")
            case .unreachable(let reason): "\(resolver.host): \(reason)"
            default: words.say("\(resolver.host) is silent", "\(resolver.host) se tait")
            }
        }
        return .fault(
            "name.resolverSilent",
            words.say("no resolver answers (\(names))", "aucun résolveur ne répond (\(names))"),
            cause: reasons.joined(separator: "; "),
            mend: words.say(
                "look at cable and router; is the line down everywhere in the shop?",
                "voir le câble et le routeur ; la ligne est-elle coupée dans tout le magasin ?"))
    }

    // MARK: - hq.path

    private static func path(_ context: CheckContext, _ broker: Configuration.Broker) -> Verdict {
        let words = context.words
        guard let address = HeadquartersDoor.address(context, broker) else {
            return .unknown(words.say("no address took a connection", "aucune adresse n'a accepté de connexion"))
        }
        let name = SocketAddress(broker.host) == nil ? broker.host : nil
        let request =
            broker.ca == nil
            ? ConnectRequest.padded(clientID: "edgectl-check-path-\(getpid())", byteCount: PathProbe.byteCount)
            : ClientHello.bytes(name: name, byteCount: PathProbe.byteCount)
        let outcome = PathProbe.run(to: address, request: request, until: Deadline(milliseconds: 8_500))
        let mend = words.say(
            "let the router lower TCP's segment size (MSS clamping), or allow ICMP fragmentation-needed; meanwhile: sudo ip link set dev INTERFACE mtu 1280",
            "faites réduire par le routeur la taille des segments TCP (MSS clamping), ou autoriser l'ICMP fragmentation-needed ; en attendant : sudo ip link set dev INTERFACE mtu 1280"
        )
        switch outcome {
        case .passes(let sent, let received):
            return .fine(
                words.say(
                    "large packets pass: \(sent) bytes sent, \(received) received",
                    "les gros paquets passent : \(sent) octets émis, \(received) reçus"))
        case .dropsLargeSent:
            return .fault(
                "path.dropsLarge",
                words.say(
                    "large packets to headquarters vanish, small ones pass",
                    "les gros paquets vers le siège disparaissent, les petits passent"),
                cause: words.say(
                    "a link on the way takes less than it says, and the message about it is filtered",
                    "un lien en chemin prend moins qu'il ne dit, et le message qui l'annonce est filtré"), mend: mend)
        case .dropsLargeReceived:
            return .fault(
                "path.dropsLarge",
                words.say(
                    "large packets from headquarters vanish, small ones pass",
                    "les gros paquets du siège disparaissent, les petits passent"),
                cause: words.say(
                    "a link on the way takes less than it says, and the message about it is filtered",
                    "un lien en chemin prend moins qu'il ne dit, et le message qui l'annonce est filtré"), mend: mend)
        case .silent, .failed:
            // Whoever stays silent to small packets too is told by the next rung.
            return .unknown(
                words.say("\(address) did not answer, large or small", "\(address) n'a répondu ni en gros ni en petit"))
        }
    }

    // MARK: - hq.tls

    private static func privacy(_ context: CheckContext, _ broker: Configuration.Broker) -> Verdict {
        let words = context.words
        guard let address = HeadquartersDoor.address(context, broker) else {
            return .unknown(words.say("no address took a connection", "aucune adresse n'a accepté de connexion"))
        }
        guard broker.ca != nil else {
            if address.isLoopback {
                return .fine(
                    words.say("none, and none is needed on this machine", "aucun, et inutile sur cette machine"))
            }
            return .warning(
                "headquarters.plain",
                words.say("the line to headquarters is not private", "la ligne vers le siège n'est pas privée"),
                cause: words.say("the configuration names no ca", "la configuration ne nomme pas de ca"),
                mend: words.say(
                    "name headquarters' authority as headquarters.ca in \(context.configurationPath)",
                    "donnez l'autorité du siège comme headquarters.ca dans \(context.configurationPath)"))
        }
        let verdict = TLSJudgement(context, broker, side: .headquarters).verdict(at: address)
        guard verdict.code == "headquarters.noTLS", let portal = CaptivePortal.seen(at: address, host: broker.host)
        else {
            return verdict
        }
        return .fault(
            "headquarters.captivePortal",
            words.say(
                "a captive portal answers in headquarters' place: \(portal)",
                "un portail captif répond à la place du siège : \(portal)"),
            cause: words.say("it answers by HTTP where TLS is spoken", "il répond en HTTP là où l'on parle TLS"),
            mend: words.say(
                "open a web page from this network and sign in, or have the box exempted",
                "ouvrez une page web depuis ce réseau et identifiez-vous, ou faites exempter le boîtier"))
    }
}

/// A portal that answers every connection by HTTP.
enum CaptivePortal {
    /// Where it sends whoever asks, or that it answers by HTTP at all; `nil` when nothing of the kind answers.
    static func seen(at address: SocketAddress, host: String) -> String? {
        let deadline = Deadline(milliseconds: 2_500)
        guard let connection = try? Connection(to: address, until: deadline) else { return nil }
        let request = "GET /generate_204 HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        guard connection.send(Array(request.utf8), until: deadline),
            case .bytes(let bytes) = connection.receive(until: deadline), bytes.starts(with: "HTTP/".utf8)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        if let place = lines.first(where: { $0.lowercased().hasPrefix("location:") }) {
            return String(place.dropFirst("location:".count).drop { $0 == " " }.prefix(120))
        }
        return lines.first.map(String.init)
    }
}
