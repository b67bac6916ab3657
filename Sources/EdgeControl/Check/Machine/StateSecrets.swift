// The agent's secrets lie where it looks for them, and for nobody else.

import Contract
import Glibc

/// Secrets in files.
enum StateSecrets {
    /// Each is there, is of its size, and is closed to others.
    static let rung = Rung("state.secrets", needs: ["configuration.file"]) { context in
        let words = context.words
        guard let configuration = context.configuration else {
            return .unknown(words.say("the configuration is not known", "la configuration n'est pas connue"))
        }
        let files: [(String?, isKey: Bool)] = [
            (configuration.vaultKeyFile ?? "/etc/edged/secrets/vault-key", true),
            (configuration.devices.passwordFile, false), (configuration.devices.key, false),
            (configuration.headquarters.broker.passwordFile, false), (configuration.headquarters.broker.key, false),
        ]
        var hidden: [String] = []
        var seen = 0
        for (path, isKey) in files {
            guard let path else { continue }
            var status = stat()
            guard stat(path, &status) == 0 else {
                if errno == EACCES {
                    hidden.append(path)
                    continue
                }
                return .fault(
                    "secret.missing", words.say("there is no \(path)", "il n'y a pas de \(path)"),
                    cause: words.say(
                        "the configuration names it, and the agent does not start without it",
                        "la configuration le nomme, et l'agent ne démarre pas sans lui"),
                    mend: isKey
                        ? words.say(
                            "put the box's own key back. A new one (sudo sh -c 'umask 077; head -c 32 /dev/urandom > \(path)') makes customers' data unreadable until it is fed again.",
                            "remettez la clé de la machine. Une neuve (sudo sh -c 'umask 077; head -c 32 /dev/urandom > \(path)') rend les données des clients illisibles jusqu'à ce que le siège les redonne."
                        )
                        : words.say(
                            "write it again, or correct the configuration.",
                            "écrivez-le de nouveau, ou corrigez la configuration."))
            }
            seen += 1
            // The agent refuses a key that others may read; passwords it takes, and somebody should know.
            if isKey, status.st_mode & 0o027 != 0 {
                return .fault(
                    "secret.open", words.say("others may read \(path)", "d'autres peuvent lire \(path)"),
                    cause: words.say("the agent refuses such a key", "l'agent refuse une telle clé"),
                    mend: "sudo chmod 0600 \(path)")
            }
            if isKey, status.st_size != 32 {
                return .fault(
                    "secret.size",
                    words.say(
                        "\(path) has \(status.st_size) bytes instead of 32",
                        "\(path) a \(status.st_size) octets au lieu de 32"),
                    mend: words.say("put the box's own key back.", "remettez la clé de la machine."))
            }
            if status.st_mode & 0o007 != 0 {
                return .warning(
                    "secret.open", words.say("everybody may read \(path)", "tout le monde peut lire \(path)"),
                    mend: "sudo chmod 0640 \(path)")
            }
        }
        if !hidden.isEmpty {
            return .unknown(
                words.say(
                    "\(hidden[0]) is hidden from you; check as root", "\(hidden[0]) vous est caché ; vérifiez en root"))
        }
        return .fine(words.say("\(seen) in place, closed to others", "\(seen) en place, fermés aux autres"))
    }
}
