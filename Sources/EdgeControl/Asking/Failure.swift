// Why there is no answer, in words, with the mend.

import Contract
import ControlSocket
import Glibc
import ShopModel

/// A question without an answer: what, why, and what to do about it.
struct Failure: Error {
    /// The stable code.
    let code: String
    /// What is wrong.
    let message: String
    /// What it comes from, when that is known.
    var cause: String?
    /// What mends it.
    var mend: String?
    /// How the tool ends.
    let status: ExitStatus

    init(code: String, message: String, cause: String? = nil, mend: String? = nil, status: ExitStatus) {
        self.code = code
        self.message = message
        self.cause = cause
        self.mend = mend
        self.status = status
    }

    /// `code: message (cause)`, and the mend in a line of its own.
    func text(in language: Language) -> String {
        var text = "\(code): \(message)"
        if let cause { text += " (\(cause))" }
        text += "\n"
        if let mend { text += "  \(language == .french ? "À faire :" : "To mend it:") \(mend)\n" }
        return text
    }

    /// The failure as a program reads it, in the shape of the agent's own refusals.
    var json: JSON {
        let texts =
            [("code", code), ("detail", message)]
            + [("cause", cause), ("mend", mend)].compactMap { name, text in
                text.map { (name, $0) }
            }
        return ["outcome": "refused", "problem": .object(texts.map { .init($0.0, .string($0.1)) })]
    }

    /// Whether the package is there and its configuration is not: then starting the service does nothing, silently.
    private static func isUnconfiguredBox(_ path: String) -> Bool {
        path == AgentOptions.socketDefault && access(ConfigCheck.fileDefault, F_OK) != 0 && errno == ENOENT
            && access("/usr/share/edged/configure", F_OK) == 0
    }

    /// The agent's answer cannot be read.
    static func badAnswer(path: String, reason: String?, in language: Language) -> Failure {
        let words = Words(language: language)
        return Failure(
            code: "control.badAnswer",
            message: words.say(
                "What answers at \(path) is not an agent that this tool understands.",
                "Ce qui répond à \(path) n'est pas un agent que cet outil comprend."),
            cause: reason,
            mend: words.say(
                "use the edgectl of the agent's own version.", "utilisez l'edgectl de la version de l'agent."),
            status: .unreachable)
    }

    /// The socket's own failures.
    init(_ error: ControlError, in language: Language) {
        let words = Words(language: language)
        code = error.code
        status =
            switch error {
            case .pathTooLong: .configuration
            case .badRequest: .wrongUse
            default: .unreachable
            }
        switch error {
        case .noSocket(let path):
            message = words.say("No agent has a socket at \(path).", "Aucun agent n'a de socket à \(path).")
            guard !Self.isUnconfiguredBox(path) else {
                cause = words.say(
                    "this box does not know its shop yet: there is no \(ConfigCheck.fileDefault)",
                    "ce boîtier ne connaît pas encore son magasin : \(ConfigCheck.fileDefault) n'existe pas")
                mend = "sudo dpkg-reconfigure edged"
                return
            }
            cause = words.say(
                "it is not started, or its configuration names another path",
                "il n'est pas démarré, ou sa configuration nomme un autre chemin")
            mend = words.say(
                "sudo systemctl start edged, or name its socket by --socket or EDGED_SOCKET.",
                "sudo systemctl start edged, ou donnez son socket par --socket ou EDGED_SOCKET.")
        case .notRunning(let path):
            message = words.say("Nobody answers at \(path).", "Personne ne répond à \(path).")
            cause = words.say("the agent has stopped", "l'agent s'est arrêté")
            mend = words.say("see why with: journalctl -u edged", "voir pourquoi avec : journalctl -u edged")
        case .permissionDenied(let path, let group):
            message = words.say("You may not use \(path).", "Vous n'avez pas le droit d'utiliser \(path).")
            cause = group.map { words.say("it is for the group \($0)", "il est réservé au groupe \($0)") }
            // Nobody is put into root's group to read a socket, and a group without a name cannot be joined by it.
            let canBeJoined = group.map { $0 != "root" && !$0.allSatisfy(\.isNumber) } ?? false
            mend =
                canBeJoined
                ? words.say(
                    "sudo usermod -aG \(group ?? "") $USER, then sign in again; or ask with sudo.",
                    "sudo usermod -aG \(group ?? "") $USER, puis reconnectez-vous ; ou demandez avec sudo.")
                : words.say("ask with sudo.", "demandez avec sudo.")
        case .timedOut(let path, let milliseconds):
            message = words.say(
                "No answer came from \(path) within \(milliseconds / 1_000) s.",
                "Aucune réponse de \(path) en \(milliseconds / 1_000) s.")
            cause = words.say("the agent is busy or stuck", "l'agent est occupé ou bloqué")
            mend = words.say(
                "ask again with --timeout 60, then see: journalctl -u edged",
                "redemandez avec --timeout 60, puis voir : journalctl -u edged")
        case .closedEarly(let path):
            message = words.say(
                "The answer from \(path) was cut.", "La réponse de \(path) a été coupée.")
            cause = words.say("the agent stopped meanwhile", "l'agent s'est arrêté entre-temps")
            mend = words.say("ask again.", "redemandez.")
        case .pathTooLong(let path, let byteCount):
            message = words.say(
                "The socket's path must have 1 to \(ControlLimits.pathByteCountMax) bytes: \(path)",
                "Le chemin du socket doit avoir 1 à \(ControlLimits.pathByteCountMax) octets : \(path)")
            cause = words.say("it has \(byteCount)", "il en a \(byteCount)")
            mend = words.say(
                "name a shorter one by --socket or EDGED_SOCKET.",
                "donnez-en un plus court par --socket ou EDGED_SOCKET.")
        case .badRequest, .answerTooLong, .system:
            message = error.description
        }
    }
}
