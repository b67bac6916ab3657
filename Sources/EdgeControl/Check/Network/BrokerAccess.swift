// What accounts may really do at the shop's broker: tried with the account `probe`, which is a device and none.

import Contract
import Glibc
import MQTT
import ShopModel

/// The broker's access rules, judged by their effects.
struct BrokerAccess {
    private let context: CheckContext
    private let broker: Configuration.Broker
    private let words: Words
    private let deadline = Deadline(milliseconds: 11_000)

    /// Nobody's device: what reaches it reached another's branch.
    private static let other = "edgectl-check"
    private static let probe = "probe"
    private static let control = "$CONTROL/dynamic-security/v1"

    init(_ context: CheckContext, _ broker: Configuration.Broker) {
        self.context = context
        self.broker = broker
        words = context.words
    }

    /// A breach of the rules, or a right that is missing.
    private struct Slip {
        let code: String
        let sentence: String
    }

    func verdict() -> Verdict {
        var slips: [Slip] = []
        if let slip = anonymous() { slips.append(slip) }
        let reading = context.toolPassword("probe-password")
        guard case .found(let password) = reading else {
            guard slips.isEmpty else { return fault(slips) }
            return .unknown(
                words.say(
                    "nobody comes in without a name; more cannot be tried: \(words.secretProblem(reading))",
                    "personne n'entre sans nom ; le reste ne peut être essayé : \(words.secretProblem(reading))"))
        }
        do throws(MQTTError) {
            slips += try tried(password)
        } catch {
            if case .refused = error {
                slips.append(
                    Slip(
                        code: "broker.probeRefused",
                        sentence: words.say(
                            "the account \(Self.probe) is not let in", "le compte \(Self.probe) n'est pas admis")))
            } else if slips.isEmpty {
                return .unknown(
                    words.say("the broker did not answer: \(error)", "le broker n'a pas répondu : \(error)"))
            }
        }
        guard slips.isEmpty else { return fault(slips) }
        return .fine(
            words.say(
                "own branch open; nameless, other branches, $CONTROL shut",
                "sa branche ouverte ; sans nom, autres branches, $CONTROL fermés"))
    }

    private func fault(_ slips: [Slip]) -> Verdict {
        .fault(
            slips[0].code, slips.map(\.sentence).joined(separator: "; "),
            cause: words.say(
                "the broker's accounts and roles are not those of the package",
                "les comptes et rôles du broker ne sont pas ceux du paquet"),
            mend: words.say(
                "sudo systemctl restart edged-broker sets them again; then look who changed them: journalctl -u edged-broker",
                "sudo systemctl restart edged-broker les rétablit ; puis voir qui les a changés : journalctl -u edged-broker"
            ),
            .init("slips", .array(slips.map { .string($0.code) })))
    }

    // MARK: - Trying

    private func options(_ name: String?, _ password: [UInt8]?, _ suffix: String) -> MQTTOptions {
        var options = MQTTOptions(check: broker, clientID: "edgectl-check-\(suffix)-\(getpid())")
        options.username = name
        options.password = password
        return options
    }

    private func anonymous() -> Slip? {
        guard
            let session = try? BrokerSession(
                options(nil, nil, "nobody"), until: deadline.within(milliseconds: 3_000))
        else { return nil }
        session.leave()
        return Slip(
            code: "broker.anonymous",
            sentence: words.say("anybody comes in without a name", "n'importe qui entre sans nom"))
    }

    private func tried(_ password: [UInt8]) throws(MQTTError) -> [Slip] {
        var agentOptions = options(broker.username, nil, "agent")
        if case .found(let bytes) = context.password(broker, secret: "devices-password"), broker.username != nil {
            agentOptions.password = bytes
        }
        let probe = try BrokerSession(options(Self.probe, password, Self.probe), until: deadline)
        defer { probe.leave() }
        let agent = try BrokerSession(agentOptions, until: deadline)
        defer { agent.leave() }
        var slips: [Slip] = []
        // What is heard. A broker may grant what it then never delivers, so that only deliveries count.
        let own = "shop/v1/\(Self.probe)"
        let foreign = "shop/v1/\(Self.other)"
        _ = agent.subscribe("\(own)/ask/#", until: step)
        _ = agent.subscribe("\(foreign)/ask/#", until: step)
        let hears = probe.subscribe("\(own)/reply/#", until: step)
        _ = probe.subscribe("shop/v1/+/reply/#", until: step)
        _ = probe.subscribe("\(Self.control)/response", until: step)
        _ = probe.subscribe("#", until: step)
        let marks = (0..<4).map { Array("edgectl-check-\($0)-\(UInt64.random(in: .min ... .max))".utf8) }
        _ = agent.publish("\(foreign)/reply/check", marks[0], until: step)
        _ = agent.publish("\(own)/reply/check", marks[1], until: step)
        // They keep their order: when its own has come, the other's would have come before it.
        if !probe.receives(marks[1], until: step) {
            let reason =
                hears == true ? words.say("its replies", "ses réponses") : words.say("its branch", "sa branche")
            slips.append(
                Slip(
                    code: "broker.ownBranchShut",
                    sentence: words.say("a device does not hear \(reason)", "un appareil n'entend pas \(reason)")))
        }
        if probe.messages.contains(where: { $0.payload == marks[0] }) {
            slips.append(
                Slip(
                    code: "broker.hearsOthers",
                    sentence: words.say("a device hears others' replies", "un appareil entend les réponses des autres"))
            )
        }
        // What is said. Nobody answers to that verb, and a question changes nothing.
        let says = probe.publish("\(own)/ask/\(Self.other)", marks[2], until: step)
        if says != true || !agent.receives(marks[2], until: step) {
            slips.append(
                Slip(
                    code: "broker.ownBranchShut",
                    sentence: words.say(
                        "what a device asks does not reach the agent", "ce qu'un appareil demande n'atteint pas l'agent"
                    )))
        }
        _ = probe.publish("\(foreign)/ask/\(Self.other)", marks[3], until: step)
        if agent.receives(marks[3], until: deadline.within(milliseconds: 400)) {
            slips.append(
                Slip(
                    code: "broker.speaksForOthers",
                    sentence: words.say(
                        "a device can speak in another's name", "un appareil peut parler au nom d'un autre")))
        }
        let listing = Array(#"{"commands":[{"command":"listClients","count":1}]}"#.utf8)
        let controls = probe.publish(Self.control, listing, until: step)
        let isAnswered = probe.messages.contains { $0.topic == Self.control + "/response" }
        if controls == true || isAnswered {
            slips.append(
                Slip(
                    code: "broker.controlOpen",
                    sentence: words.say(
                        "a device can change the broker's accounts ($CONTROL)",
                        "un appareil peut changer les comptes du broker ($CONTROL)")))
        }
        return slips
    }

    private var step: Deadline { deadline.within(milliseconds: 1_500) }
}
