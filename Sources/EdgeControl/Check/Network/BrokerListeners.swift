// Whether devices can come to the shop's broker from the shop's network: where it listens, and what the firewall lets in.

import Contract
import Glibc
import ShopModel

/// `broker.listeners`.
struct BrokerListeners {
    private let context: CheckContext
    private let broker: Configuration.Broker
    private let words: Words

    init(_ context: CheckContext, _ broker: Configuration.Broker) {
        self.context = context
        self.broker = broker
        words = context.words
    }

    func verdict() -> Verdict {
        let all = ListeningSockets.all(context)
        let owners = ListeningSockets.owners(of: Set(all.map(\.inode)), context)
        guard let owner = all.lazy.filter({ $0.address.port == broker.port }).compactMap({ owners[$0.inode] }).first
        else {
            return .unknown(
                words.say(
                    "the broker is on another machine, or its sockets are only seen by root",
                    "le broker est sur une autre machine, ou ses sockets ne se voient qu'en root"))
        }
        let listeners = all.filter { owners[$0.inode]?.process == owner.process }.map(\.address)
        let open = listeners.filter { !$0.isLoopback }
        let ports = Set(open.map(\.port)).sorted().map(String.init).joined(separator: ", ")
        guard !open.isEmpty else { return onlyHere(listeners, nginx: all.contains { isProxy($0, owners) }) }
        for listener in open {
            guard let rule = obstacle(to: listener) else { continue }
            return .fault(
                "broker.firewall",
                words.say(
                    "a firewall of this box keeps devices from port \(listener.port)",
                    "un pare-feu de ce boîtier ferme le port \(listener.port) aux appareils"),
                cause: rule,
                mend: words.say(
                    "let TCP port \(listener.port) in; the rules are: sudo nft list ruleset",
                    "laissez entrer le port TCP \(listener.port) ; les règles : sudo nft list ruleset"))
        }
        return .fine(
            words.say(
                "open to the shop's network on port \(ports)", "ouvert au réseau du magasin sur le port \(ports)"))
    }

    private func onlyHere(_ listeners: [SocketAddress], nginx: Bool) -> Verdict {
        let ports = Set(listeners.map(\.port)).sorted().map(String.init).joined(separator: ", ")
        let line = words.say("loopback only, port \(ports)", "boucle locale seulement, port \(ports)")
        if nginx {
            return .fine(line + words.say("; devices come by nginx", " ; les appareils viennent par nginx"))
        }
        guard let count = devicesThatCannotCome() else { return .fine(line) }
        return .fault(
            "broker.loopbackOnly",
            words.say(
                "no device can reach the broker: it listens on loopback only (port \(ports))",
                "aucun appareil ne peut joindre le broker : il n'écoute que la boucle locale (port \(ports))"),
            cause: words.say(
                "every listener is bound to 127.0.0.1, and the shop has devices: \(count)",
                "chaque écouteur est lié à 127.0.0.1, et le magasin a des appareils : \(count)"),
            mend: words.say(
                "give it a TLS listener for the shop's network (listener 8883), then: sudo systemctl restart edged-broker",
                "donnez-lui un écouteur TLS pour le réseau du magasin (listener 8883), puis : sudo systemctl restart edged-broker"
            ))
    }

    /// nginx takes devices' connections for the broker.
    private func isProxy(_ listener: ListeningSocket, _ owners: [UInt64: SocketOwner]) -> Bool {
        !listener.address.isLoopback && owners[listener.inode]?.name == "nginx"
    }

    /// How many devices there should be while none of them is here; `nil` when there are none, or some are here already.
    private func devicesThatCannotCome() -> Int? {
        if let devices = (try? context.ask("device.list").get())?["devices"]?.list {
            guard !devices.isEmpty, !devices.contains(where: { $0.plain("presence") == "online" }) else { return nil }
            return devices.count
        }
        let count = context.configuration?.fleet.count ?? 0
        return count > 0 ? count : nil
    }

    /// The rule of the firewall that keeps a connection from the shop's network out.
    private func obstacle(to listener: SocketAddress) -> String? {
        let interface = context.names(in: "/sys/class/net").first { $0 != "lo" }
        let packet = Firewall.Packet(interface: interface, destination: listener, port: listener.port)
        return context.firewall?.obstacle(for: packet, hook: "input")
    }
}
