// Whether the shop's broker can be reached: by the agent, and by devices from the shop's network.

import Contract
import Glibc
import ShopModel

/// One look at the broker's door.
struct BrokerReach {
    private let context: CheckContext
    private let broker: Configuration.Broker
    private let words: Words

    init(_ context: CheckContext, _ broker: Configuration.Broker) {
        self.context = context
        self.broker = broker
        words = context.words
    }

    private var place: String { "\(broker.host):\(broker.port)" }

    func verdict() -> Verdict {
        let deadline = Deadline(milliseconds: 9_000)
        let address: SocketAddress
        switch NameLookup.addresses(of: broker.host, port: broker.port, until: deadline.within(milliseconds: 4_000)) {
        case .addresses(let found):
            guard let first = found.first else { return nameless("–") }
            address = first
        case .none(let reason): return nameless(reason)
        case .timedOut: return nameless(words.say("no resolver answers", "aucun résolveur ne répond"))
        }
        let connection: Connection
        do throws(Connection.Failure) {
            connection = try Connection(to: address, until: deadline.within(milliseconds: 3_000))
        } catch {
            return noConnection(error, address)
        }
        switch answer(connection, address, until: deadline) {
        case .broker:
            let owner = isOfThisMachine(address) ? ownerOfPort().map { "\($0.name) (\($0.process)) " } ?? "" : ""
            return .fine(owner + words.say("answers at \(place)", "répond en \(place)"))
        case .needsPrivacy:
            return .fault(
                "broker.wantsTLS",
                words.say("\(place) takes TLS only", "\(place) n'accepte que TLS"),
                cause: words.say(
                    "the configuration names no ca for devices", "la configuration ne nomme pas de ca pour devices"),
                mend: words.say(
                    "name the plain port of loopback (1883), or add ca, in \(context.configurationPath)",
                    "donnez le port en clair de la boucle locale (1883), ou ajoutez ca, dans \(context.configurationPath)"
                ))
        case .hasNoPrivacy:
            return .fault(
                "broker.speaksPlain",
                words.say("\(place) speaks no TLS", "\(place) ne parle pas TLS"),
                cause: words.say(
                    "the configuration names a ca, the listener has no certificate",
                    "la configuration nomme une ca, l'écouteur n'a pas de certificat"),
                mend: words.say(
                    "name the TLS port (8883) in \(context.configurationPath), or remove ca",
                    "donnez le port TLS (8883) dans \(context.configurationPath), ou retirez ca"))
        case .foreign(let seen): return foreign(seen, address)
        case .silent: return silent(address)
        }
    }

    // MARK: - What answers

    private enum Answer {
        case broker, needsPrivacy, hasNoPrivacy
        case foreign(seen: String)
        case silent
    }

    private func answer(_ connection: Connection, _ address: SocketAddress, until deadline: Deadline) -> Answer {
        let usesTLS = broker.ca != nil
        let first = say(to: connection, privately: usesTLS, until: deadline.within(milliseconds: 2_500))
        if Self.isRight(first, privately: usesTLS) { return .broker }
        // An alert is TLS too: why it refuses is told by the login.
        if usesTLS, case .bytes(let bytes) = first, bytes.starts(with: [21, 3]) { return .broker }
        if case .bytes(let bytes) = first, bytes.first != 21 { return .foreign(seen: Self.readable(bytes)) }
        // Nothing, or the end: the other way of speaking tells a wrong configuration from a foreign program.
        if let other = try? Connection(to: address, until: deadline.within(milliseconds: 1_000)) {
            let second = say(to: other, privately: !usesTLS, until: deadline.within(milliseconds: 2_000))
            if Self.isRight(second, privately: !usesTLS) { return usesTLS ? .hasNoPrivacy : .needsPrivacy }
            if case .bytes(let bytes) = second { return .foreign(seen: Self.readable(bytes)) }
        }
        if case .timedOut = first { return .silent }
        return .foreign(seen: words.say("it hangs up", "il raccroche"))
    }

    private func say(to connection: Connection, privately: Bool, until deadline: Deadline) -> Connection.Received {
        let name = SocketAddress(broker.host) == nil ? broker.host : nil
        let bytes =
            privately
            ? ClientHello.bytes(name: name, byteCount: 0)
            : ConnectRequest.bytes(clientID: "edgectl-check-\(getpid())")
        _ = connection.send(bytes, until: deadline)
        return connection.receive(until: deadline)
    }

    /// A handshake of TLS, or MQTT's answer to a request to connect.
    private static func isRight(_ received: Connection.Received, privately: Bool) -> Bool {
        guard case .bytes(let bytes) = received, bytes.count >= 4 else { return false }
        return privately ? bytes[0] == 22 && bytes[1] == 3 : bytes[0] == 0x20 && bytes[1] < 0x80
    }

    /// The first line of what a program said, as far as it can be printed.
    private static func readable(_ bytes: [UInt8]) -> String {
        let line = bytes.prefix(60).prefix { $0 != 10 && $0 != 13 }
        let isText = !line.isEmpty && line.allSatisfy { (0x20..<0x7F).contains($0) }
        return isText ? "\"" + String(decoding: line, as: UTF8.self) + "\"" : "\(bytes.count) bytes"
    }

    // MARK: - What is wrong

    private func nameless(_ reason: String) -> Verdict {
        .fault(
            "broker.nameUnknown",
            words.say("\(broker.host) has no address: \(reason)", "\(broker.host) n'a pas d'adresse : \(reason)"),
            mend: words.say(
                "write the broker's address as devices.host in \(context.configurationPath): 127.0.0.1 on this box",
                "écrivez l'adresse du broker comme devices.host dans \(context.configurationPath) : 127.0.0.1 sur ce boîtier"
            ))
    }

    private func noConnection(_ failure: Connection.Failure, _ address: SocketAddress) -> Verdict {
        let listeners = ListeningSockets.all(context).filter { $0.address.port == broker.port }
        switch failure {
        case .refused:
            guard listeners.isEmpty || !isOfThisMachine(address) else {
                let where_ = listeners.map(\.address.description).joined(separator: ", ")
                return .fault(
                    "broker.otherAddress",
                    words.say(
                        "nothing listens at \(place), but at \(where_)", "rien n'écoute en \(place), mais en \(where_)"),
                    mend: words.say(
                        "let the broker listen there too, or correct devices.host in \(context.configurationPath)",
                        "faites écouter le broker là aussi, ou corrigez devices.host dans \(context.configurationPath)")
                )
            }
            guard isOfThisMachine(address) else {
                return .fault(
                    "broker.nothingListens",
                    words.say("nothing listens at \(place)", "rien n'écoute en \(place)"),
                    cause: words.say(
                        "the machine answers, the broker on it has stopped",
                        "la machine répond, son broker est arrêté"),
                    mend: words.say(
                        "start the broker there, or correct devices.host in \(context.configurationPath)",
                        "démarrez le broker là-bas, ou corrigez devices.host dans \(context.configurationPath)"))
            }
            return BrokerEnding(context, place: place).verdict()
        case .timedOut, .prohibited:
            if let rule = obstacle(to: address, on: isOfThisMachine(address) ? "lo" : nil) {
                return .fault(
                    "broker.firewall",
                    words.say("a firewall of this box keeps \(place) shut", "un pare-feu de ce boîtier ferme \(place)"),
                    cause: rule, mend: firewallMend(broker.port))
            }
            if !listeners.isEmpty, isOfThisMachine(address) { return silent(address) }
            return .fault(
                "broker.noAnswer",
                words.say("nothing comes back from \(place)", "rien ne revient de \(place)"),
                cause: words.say(
                    "a firewall drops what is sent there, or the machine is off",
                    "un pare-feu jette ce qu'on y envoie, ou la machine est éteinte"), mend: firewallMend(broker.port))
        case .unreachable(let reason, _):
            return .fault(
                "broker.unreachable",
                words.say("there is no way to \(place): \(reason)", "aucun chemin vers \(place) : \(reason)"),
                mend: words.say(
                    "see the box's addresses: ip -br address; then devices.host in \(context.configurationPath)",
                    "voir les adresses du boîtier : ip -br address ; puis devices.host dans \(context.configurationPath)"
                ))
        }
    }

    private func firewallMend(_ port: Int) -> String {
        words.say(
            "let TCP port \(port) in; the rules are: sudo nft list ruleset",
            "laissez entrer le port TCP \(port) ; les règles : sudo nft list ruleset")
    }

    private func foreign(_ seen: String, _ address: SocketAddress) -> Verdict {
        let owner = isOfThisMachine(address) ? ownerOfPort() : nil
        let who = owner.map { "\($0.name) (\($0.process))" } ?? words.say("another program", "un autre programme")
        let mend =
            owner.map { owner in
                words.say(
                    "stop it (ps -fp \(owner.process)), then: sudo systemctl restart edged-broker",
                    "arrêtez-le (ps -fp \(owner.process)), puis : sudo systemctl restart edged-broker")
            }
            ?? words.say(
                "find it as root: sudo ss -ltnp sport = \(broker.port); stop it, then restart edged-broker",
                "trouvez-le en root : sudo ss -ltnp sport = \(broker.port) ; arrêtez-le, puis redémarrez edged-broker")
        return .fault(
            "broker.foreignProcess",
            words.say(
                "what listens at \(place) is no broker: \(who)",
                "ce qui écoute en \(place) n'est pas un broker : \(who)"),
            cause: words.say("it does not speak MQTT, but: \(seen)", "il ne parle pas MQTT, mais : \(seen)"), mend: mend
        )
    }

    private func silent(_ address: SocketAddress) -> Verdict {
        guard isOfThisMachine(address), let owner = ownerOfPort(), owner.name != "mosquitto" else {
            return .fault(
                "broker.silent",
                words.say(
                    "\(place) takes connections and says nothing", "\(place) accepte les connexions et ne dit rien"),
                cause: words.say("the broker hangs", "le broker est bloqué"),
                mend: "sudo systemctl restart edged-broker")
        }
        return foreign(words.say("nothing", "rien"), address)
    }

    // MARK: - This machine

    private func isOfThisMachine(_ address: SocketAddress) -> Bool {
        address.isLoopback || SocketAddress.ofThisMachine().contains { $0.bytes == address.bytes }
    }

    /// The program that listens on the broker's port here.
    func ownerOfPort() -> SocketOwner? {
        let listeners = ListeningSockets.all(context).filter { $0.address.port == broker.port }
        let owners = ListeningSockets.owners(of: Set(listeners.map(\.inode)), context)
        return listeners.lazy.compactMap { owners[$0.inode] }.first
    }

    /// The rule of the firewall that keeps a connection from coming in there by an interface.
    private func obstacle(to address: SocketAddress, on interface: String?) -> String? {
        let packet = Firewall.Packet(interface: interface, destination: address, port: address.port)
        return context.firewall?.obstacle(for: packet, hook: "input")
    }
}
