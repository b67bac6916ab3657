// The rungs of the shop's broker: something answers there, it is a broker, devices can reach it, the agent may log in.

import Contract
import Glibc
import MQTT
import ShopModel

/// The shop broker's part of the ladder.
enum BrokerRungs {
    static let all: [Rung] = [
        Rung("broker.reachable", needs: ["configuration.file"], seconds: 12) { context in
            context.withConfiguration { BrokerReach(context, $0.devices).verdict() }
        },
        Rung("broker.listeners", needs: ["broker.reachable"], after: ["agent.running"]) { context in
            context.withConfiguration { BrokerListeners(context, $0.devices).verdict() }
        },
        Rung("broker.login", needs: ["broker.reachable"], after: ["clock", "certificates"], seconds: 12) { context in
            context.withConfiguration { login(context, $0.devices) }
        },
        Rung("broker.access", needs: ["broker.login"], seconds: 14) { context in
            context.withConfiguration { BrokerAccess(context, $0.devices).verdict() }
        },
        Rung("broker.pages", after: ["broker.reachable"], seconds: 8) { PagesRung.verdict($0) },
    ]

    /// The agent's own account is let in, under another client id than the agent's.
    private static func login(_ context: CheckContext, _ broker: Configuration.Broker) -> Verdict {
        let words = context.words
        let began = monotonicMilliseconds()
        var options = MQTTOptions(check: broker, clientID: "edgectl-check-\(getpid())")
        if broker.username != nil {
            let reading = context.password(broker, secret: "devices-password")
            guard case .found(let password) = reading else {
                return .unknown(words.secretProblem(reading))
            }
            options.password = password
        }
        do throws(MQTTError) {
            let session = try BrokerSession(options, until: Deadline(milliseconds: 6_000))
            session.leave()
            let account = broker.username ?? words.say("without a name", "sans nom")
            return .fine(
                words.say(
                    "\(account) is let in, \(monotonicMilliseconds() - began) ms",
                    "\(account) est admis, \(monotonicMilliseconds() - began) ms"))
        } catch {
            return loginProblem(error, context, broker)
        }
    }

    private static func loginProblem(
        _ error: MQTTError, _ context: CheckContext, _ broker: Configuration.Broker
    ) -> Verdict {
        let words = context.words
        let name = broker.username ?? "–"
        switch error {
        case .refused(let code, let reason):
            // 4, 5 of MQTT 3.1.1; 134, 135 of MQTT 5. mosquitto says the same for a wrong password and an unknown name.
            guard [4, 5, 134, 135].contains(code) else {
                return .fault(
                    "broker.refused",
                    words.say("the broker refuses the agent: \(reason)", "le broker refuse l'agent : \(reason)"),
                    mend: words.say(
                        "see why: journalctl -u edged-broker -n 50", "voir pourquoi : journalctl -u edged-broker -n 50")
                )
            }
            return BrokerAccounts(context, broker).refusal(of: name)
        case .tls:
            return TLSJudgement(context, broker, side: .shop).verdict(after: error)
        case .configuration(let sentence):
            if let rung = TLSJudgement.Side.shop.explanation(of: "clientConfiguration", context) {
                return .skipped(because: rung, words)
            }
            return .fault(
                "broker.clientConfiguration", sentence,
                mend: words.say(
                    "correct devices in \(context.configurationPath)",
                    "corrigez devices dans \(context.configurationPath)"))
        default:
            return .fault(
                "broker.noAnswer",
                words.say("the login got no answer: \(error)", "la connexion est restée sans réponse : \(error)"),
                cause: words.say("the broker hangs or is overloaded", "le broker est bloqué ou surchargé"),
                mend: "sudo systemctl restart edged-broker")
        }
    }
}

/// What the broker's own files say about an account.
struct BrokerAccounts {
    private let context: CheckContext
    private let broker: Configuration.Broker

    init(_ context: CheckContext, _ broker: Configuration.Broker) {
        self.context = context
        self.broker = broker
    }

    private enum Standing { case known, switchedOff, unknown }

    /// Why an account is not let in, after the broker said only that it is not.
    func refusal(of name: String) -> Verdict {
        let words = context.words
        let again = words.say(
            "sudo systemctl restart edged-broker edged: its start gives the box's accounts their passwords again",
            "sudo systemctl restart edged-broker edged : au démarrage, les comptes du boîtier retrouvent leurs mots de passe"
        )
        switch standing(of: name) {
        case (.known, let file)?:
            return .fault(
                "broker.wrongPassword",
                words.say("the broker refuses \(name)", "le broker refuse \(name)"),
                cause: words.say(
                    "\(file) has the account, so the password is wrong",
                    "\(file) a ce compte : c'est le mot de passe qui est faux"), mend: again)
        case (.switchedOff, let file)?:
            return .fault(
                "broker.accountDisabled", words.say("the broker refuses \(name)", "le broker refuse \(name)"),
                cause: words.say("the account is switched off in \(file)", "le compte est désactivé dans \(file)"),
                mend: "sudo mosquitto_ctrl -u admin dynsec enableClient \(name)")
        case (.unknown, let file)?:
            return .fault(
                "broker.accountMissing", words.say("the broker refuses \(name)", "le broker refuse \(name)"),
                cause: words.say("\(file) has no account \(name)", "\(file) n'a pas de compte \(name)"), mend: again)
        case nil:
            return .fault(
                "broker.notAuthorised", words.say("the broker refuses \(name)", "le broker refuse \(name)"),
                cause: words.say(
                    "its password is wrong, or the broker has no such account",
                    "mot de passe faux, ou compte inconnu du broker"), mend: again)
        }
    }

    private func standing(of name: String) -> (Standing, String)? {
        for file in accountFiles() {
            guard let text = SmallFile.bytes(file, max: 16 << 20) else { continue }
            let limits = JSONLimits(bytesMax: 16 << 20, depthMax: 32, elementsMax: 1_000_000)
            if let json = try? JSONReader.read(text, limits: limits), let clients = json["clients"]?.elements {
                guard let client = clients.first(where: { $0["username"]?.text == name }) else {
                    return (.unknown, file)
                }
                return (client["disabled"]?.truth == true ? .switchedOff : .known, file)
            }
            let names = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
                .map { $0.prefix { $0 != ":" } }
            return (names.contains { $0 == name } ? .known : .unknown, file)
        }
        return nil
    }

    /// The files with accounts that the running broker was told of, as far as this user may read them.
    private func accountFiles() -> [String] {
        guard let process = BrokerReach(context, broker).ownerOfPort()?.process,
            let raw = SmallFile.bytes(context.machine("/proc/\(process)/cmdline"), max: 65_536)
        else { return [] }
        let words = raw.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let option = words.firstIndex(where: { $0 == "-c" || $0 == "--config-file" }), option + 1 < words.count,
            let configuration = SmallFile.bytes(words[option + 1], max: 1 << 20)
        else { return [] }
        return String(decoding: configuration, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, ["plugin_opt_config_file", "password_file"].contains(String(parts[0])) else {
                return nil
            }
            return String(parts[1])
        }
    }
}
