// Whether headquarters' broker lets this shop in: the agent's own connection proves it, else one of the check's own.

import Contract
import Glibc
import MQTT
import ShopModel

/// `hq.login`.
struct HeadquartersLogin {
    private let context: CheckContext
    private let configuration: Configuration
    private let words: Words

    init(_ context: CheckContext, _ configuration: Configuration) {
        self.context = context
        self.configuration = configuration
        words = context.words
    }

    func verdict() -> Verdict {
        // A second login might throw the agent out, where headquarters takes the user's name for the client's.
        if let line = (try? context.health.get())?["headquarters"], line["connected"]?.truth == true {
            return .fine(
                words.say("the agent is logged in since ", "l'agent est connecté depuis ")
                    + words.moment(line["since"]))
        }
        let broker = configuration.headquarters.broker
        var options = MQTTOptions(check: broker, clientID: "edgectl-check-\(configuration.shop.id)-\(getpid())")
        if broker.username != nil {
            let reading = context.password(broker, secret: "headquarters-password")
            guard case .found(let password) = reading else { return .unknown(words.secretProblem(reading)) }
            options.password = password
        }
        let began = monotonicMilliseconds()
        do throws(MQTTError) {
            try BrokerSession(options, until: Deadline(milliseconds: 6_000)).leave()
            let took = monotonicMilliseconds() - began
            return .fine(words.say("let in, \(took) ms", "admis, \(took) ms"))
        } catch {
            return problem(error, broker)
        }
    }

    private func problem(_ error: MQTTError, _ broker: Configuration.Broker) -> Verdict {
        let name = broker.username ?? words.say("this box", "ce boîtier")
        switch error {
        case .refused(let code, let reason):
            guard [4, 5, 134, 135].contains(code) else {
                return .fault(
                    "headquarters.busy",
                    words.say(
                        "headquarters' broker does not take connections now: \(reason)",
                        "le broker du siège ne prend pas de connexion : \(reason)"),
                    mend: words.say(
                        "tell headquarters; the shop goes on meanwhile", "prévenez le siège ; le magasin continue"))
            }
            return .fault(
                "headquarters.notAuthorised",
                words.say(
                    "headquarters' broker refuses \(name): \(reason)", "le broker du siège refuse \(name) : \(reason)"),
                cause: words.say(
                    "its password is wrong, its account is locked, or headquarters does not know the shop",
                    "mot de passe faux, compte bloqué, ou magasin inconnu du siège"),
                mend: words.say(
                    "compare \(broker.passwordFile ?? "\(Secret.folder)/headquarters-password") with headquarters' word, then: sudo systemctl restart edged",
                    "comparez \(broker.passwordFile ?? "\(Secret.folder)/headquarters-password") avec le siège, puis : sudo systemctl restart edged"
                ))
        case .tls:
            return TLSJudgement(context, broker, side: .headquarters).verdict(after: error)
        case .configuration(let sentence):
            if let rung = TLSJudgement.Side.headquarters.explanation(of: "clientConfiguration", context) {
                return .skipped(because: rung, words)
            }
            return .fault(
                "headquarters.clientConfiguration", sentence,
                mend: words.say(
                    "correct headquarters in \(context.configurationPath)",
                    "corrigez headquarters dans \(context.configurationPath)"))
        default:
            return .fault(
                "headquarters.noBroker",
                words.say("no broker answers there: \(error)", "aucun broker ne répond là : \(error)"),
                cause: words.say(
                    "what listens there is no MQTT broker, or hangs",
                    "ce qui écoute là n'est pas un broker MQTT, ou est bloqué"),
                mend: words.say(
                    "check headquarters.port in \(context.configurationPath); tell headquarters",
                    "vérifiez headquarters.port dans \(context.configurationPath) ; prévenez le siège"))
        }
    }
}
