// Whether headquarters' address takes a connection, and what stands in the way when it does not.

import Contract
import Glibc
import ShopModel

/// `hq.tcp`, and the address that it found for the rungs above.
struct HeadquartersDoor {
    private let context: CheckContext
    private let broker: Configuration.Broker
    private let words: Words

    /// How many of a name's addresses are tried.
    private static let addressCountMax = 4

    init(_ context: CheckContext, _ broker: Configuration.Broker) {
        self.context = context
        self.broker = broker
        words = context.words
    }

    /// What came of each address.
    private struct Trial: Sendable {
        let address: SocketAddress
        let failure: Connection.Failure?
        let milliseconds: Int
    }

    private static func trials(_ context: CheckContext, _ broker: Configuration.Broker) -> [Trial] {
        context.shared("headquarters.trials") {
            guard
                case .addresses(let found) = NameLookup.addresses(
                    of: broker.host, port: broker.port, until: Deadline(milliseconds: 3_500))
            else { return [] }
            // Side by side, so that a silent address costs the others nothing.
            let tried = found.prefix(addressCountMax)
            guard let work = BoundedWork<Trial>() else { return [] }
            for (number, address) in tried.enumerated() {
                _ = work.start(number) {
                    let began = monotonicMilliseconds()
                    var failure: Connection.Failure?
                    do throws(Connection.Failure) {
                        _ = try Connection(to: address, until: Deadline(milliseconds: 4_000))
                    } catch { failure = error }
                    return Trial(address: address, failure: failure, milliseconds: monotonicMilliseconds() - began)
                }
            }
            let deadline = Deadline(milliseconds: 4_500)
            var trials: [Int: Trial] = [:]
            while trials.count < tried.count, !deadline.isOver {
                for (number, trial) in work.next(milliseconds: deadline.remaining) { trials[number] = trial }
            }
            return trials.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The first address that took a connection.
    static func address(_ context: CheckContext, _ broker: Configuration.Broker) -> SocketAddress? {
        trials(context, broker).first { $0.failure == nil }?.address
    }

    func verdict() -> Verdict {
        let trials = Self.trials(context, broker)
        guard let open = trials.first(where: { $0.failure == nil }) else { return shut(trials) }
        let dead = trials.filter { $0.failure != nil }.map(\.address.host)
        let more =
            dead.isEmpty
            ? ""
            : words.say(
                "; no answer from \(dead.joined(separator: ", "))", " ; sans réponse : \(dead.joined(separator: ", "))")
        return .fine(
            "\(open.address), \(open.milliseconds) ms\(more)", .init("address", .string(open.address.description)))
    }

    private func shut(_ trials: [Trial]) -> Verdict {
        let place = trials.map(\.address.description).joined(separator: ", ")
        let failures = trials.compactMap(\.failure)
        let isHere = trials.contains { trial in
            trial.address.isLoopback || SocketAddress.ofThisMachine().contains { $0.bytes == trial.address.bytes }
        }
        for case .prohibited(let sender) in failures { return prohibited(place, by: sender) }
        if failures.contains(.refused) {
            return .fault(
                "headquarters.refused",
                words.say("\(place) refuses connections", "\(place) refuse les connexions"),
                cause: isHere
                    ? words.say(
                        "the name leads to this box itself, where nothing listens on port \(broker.port)",
                        "le nom mène à ce boîtier même, où rien n'écoute sur le port \(broker.port)")
                    : words.say(
                        "the machine is there, its broker is not: headquarters' broker has stopped, or the port is wrong",
                        "la machine est là, pas son broker : le broker du siège est arrêté, ou le port est faux"),
                mend: words.say(
                    "tell headquarters; check headquarters.port in \(context.configurationPath)",
                    "prévenez le siège ; vérifiez headquarters.port dans \(context.configurationPath)"))
        }
        for case .unreachable(let reason, let sender) in failures {
            return unreachable(place, reason, by: sender)
        }
        return silent(place, trials.first?.address)
    }

    private func prohibited(_ place: String, by sender: String?) -> Verdict {
        let own = sender == nil || SocketAddress.ofThisMachine().contains { $0.host == sender }
        return .fault(
            "headquarters.firewall",
            words.say("a firewall forbids \(place)", "un pare-feu interdit \(place)"),
            cause: own
                ? localRule(place) ?? words.say("a rule of this box itself", "une règle de ce boîtier même")
                : words.say("\(sender ?? "–") says that it is forbidden", "\(sender ?? "–") dit que c'est interdit"),
            mend: own
                ? words.say(
                    "let TCP port \(broker.port) out: sudo nft list ruleset; ip route",
                    "laissez sortir le port TCP \(broker.port) : sudo nft list ruleset ; ip route")
                : words.say(
                    "let the network's owner allow TCP port \(broker.port) to \(broker.host)",
                    "faites autoriser le port TCP \(broker.port) vers \(broker.host) par le réseau"))
    }

    private func unreachable(_ place: String, _ reason: String, by sender: String?) -> Verdict {
        let cause =
            hasDefaultRoute
            ? sender.map { words.say("\($0) knows no way there", "\($0) ne connaît pas de chemin") }
                ?? words.say(
                    "the machine does not answer on its own network", "la machine ne répond pas sur son propre réseau")
            : words.say(
                "this box has no default route: no cable, or no DHCP answer",
                "ce boîtier n'a pas de route par défaut : pas de câble, ou pas de réponse DHCP")
        return .fault(
            "headquarters.unreachable",
            words.say("there is no way to \(place): \(reason)", "aucun chemin vers \(place) : \(reason)"), cause: cause,
            mend: words.say(
                "look at cable and router: ip -br address; ip route",
                "voir câble et routeur : ip -br address ; ip route"))
    }

    private func silent(_ place: String, _ address: SocketAddress?) -> Verdict {
        if let rule = localRule(place) {
            return .fault(
                "headquarters.firewall",
                words.say(
                    "a firewall of this box drops what goes to \(place)",
                    "un pare-feu de ce boîtier jette ce qui va vers \(place)"),
                cause: rule,
                mend: words.say(
                    "let TCP port \(broker.port) out: sudo nft list ruleset",
                    "laissez sortir le port TCP \(broker.port) : sudo nft list ruleset"))
        }
        // A resolver outside of this box answered, so that the line itself is alive.
        let lineLives =
            SocketAddress(broker.host) == nil
            && NameLookup.resolvers(in: context.text("/etc/resolv.conf") ?? "").contains { !$0.isLoopback }
            && !(address?.isLoopback ?? false)
        return .fault(
            "headquarters.blackhole",
            words.say("nothing comes back from \(place)", "rien ne revient de \(place)"),
            cause: lineLives
                ? words.say(
                    "names are answered, so the network lives: a firewall drops TCP port \(broker.port), or headquarters is off",
                    "les noms sont résolus, donc le réseau vit : un pare-feu jette le port TCP \(broker.port), ou le siège est éteint"
                )
                : words.say(
                    "a firewall drops TCP port \(broker.port), the line is dead beyond the router, or headquarters is off",
                    "un pare-feu jette le port TCP \(broker.port), la ligne est morte après le routeur, ou le siège est éteint"
                ),
            mend: words.say(
                "try another line (a telephone's); if it works there, let the network's owner open port \(broker.port)",
                "essayez une autre ligne (un téléphone) ; si elle marche, faites ouvrir le port \(broker.port) par le réseau"
            ))
    }

    private func localRule(_ place: String) -> String? {
        guard let firewall = context.firewall, let address = Self.trials(context, broker).first?.address else {
            return nil
        }
        let packet = Firewall.Packet(interface: nil, destination: address, port: broker.port)
        return firewall.obstacle(for: packet, hook: "output")
    }

    /// Whether any route leads out (`/proc/net/route`, `/proc/net/ipv6_route`).
    private var hasDefaultRoute: Bool {
        let four = (context.text("/proc/net/route") ?? "").split(separator: "\n").dropFirst().contains { line in
            let fields = line.split(separator: "\t")
            return fields.count > 7 && fields[1] == "00000000" && fields[7] == "00000000"
        }
        let six = (context.text("/proc/net/ipv6_route") ?? "").split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 9 && fields[0].allSatisfy { $0 == "0" } && fields[1] == "00" && fields[9] != "lo"
        }
        return four || six
    }
}
