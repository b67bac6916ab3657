// What to do about a mistake in the configuration, said so that a technician can do it.

import ShopModel

extension Configuration {
    /// What to write instead, for a refusal that reading a configuration threw.
    ///
    /// - Parameter language: English is the language of the agent's own logs.
    /// - Returns: one sentence; with an example where there is one.
    public static func mend(for refusal: Refusal, in language: Language = .english) -> String {
        func say(_ english: String, _ french: String) -> String { language == .french ? french : english }
        let example = example(at: refusal.field ?? "")
        let write = example.map { say(" For example: \($0)", " Par exemple : \($0)") } ?? ""
        return switch refusal.code {
        case .contractMissing: say("Add the key.", "Ajoutez la clé.") + write
        case .contractUnknownKey:
            say("Correct the key's spelling, or remove it.", "Corrigez le nom de la clé, ou enlevez-la.")
        case .contractDuplicateDevice:
            say(
                "Give each device an id of its own, or remove one of the two entries.",
                "Donnez à chaque appareil un nom à lui, ou enlevez l'une des deux entrées.")
        case .contractUnknownScreen:
            say(
                "Add that device to the fleet, or correct its id here.",
                "Ajoutez cet appareil à fleet, ou corrigez son nom ici.")
        case .contractPairIncomplete:
            say(
                "Add the key that is needed beside it, or remove this one.",
                "Ajoutez la clé qu'il faut à côté, ou enlevez celle-ci.")
        case .jsonSyntax, .jsonDuplicateKey, .jsonControlCharacter, .jsonInvalidUTF8, .jsonLoneSurrogate,
            .jsonByteOrderMark, .jsonTooDeep, .jsonTooLarge, .jsonTooManyElements:
            say(
                "Correct the file at that place; `//` comments and trailing commas are allowed, nothing else beyond JSON.",
                "Corrigez le fichier à cet endroit ; en plus du JSON, seuls les commentaires `//` et les virgules finales sont permis."
            )
        default: say("Correct the value.", "Corrigez la valeur.") + write
        }
    }

    /// A member as it could stand at a place of the file; `nil` where nothing can be guessed.
    static func example(at pointer: String) -> String? {
        // A shop's name is not a device's, though both are an id.
        if pointer == "/shop/id" { return #""id": "lyon-2""# }
        let name = String(pointer.utf8.split(separator: UInt8(ascii: "/")).last.map { Substring($0) } ?? "")
        return examples.first { $0.name == name }?.text
    }

    private static let examples: [(name: String, text: String)] = [
        ("shop", #""shop": {"id": "lyon-2", "timeZone": "Europe/Paris", "languages": ["fr", "en"]}"#),
        ("timeZone", #""timeZone": "Europe/Paris""#),
        ("languages", #""languages": ["fr", "en"]"#),
        ("stateDirectory", #""stateDirectory": "/var/lib/edged""#),
        ("controlSocket", #""controlSocket": "/run/edged/control.sock""#),
        ("devices", #""devices": {"host": "127.0.0.1", "port": 1883}"#),
        ("headquarters", #""headquarters": {"host": "hq.example.com", "port": 8883, "ca": "/etc/edged/hq-ca.pem"}"#),
        ("host", #""host": "127.0.0.1""#),
        ("port", #""port": 8883"#),
        ("username", #""username": "agent""#),
        ("passwordFile", #""passwordFile": "/etc/edged/broker-password""#),
        ("ca", #""ca": "/etc/edged/ca.pem""#),
        ("certificate", #""certificate": "/etc/edged/agent.pem""#),
        ("key", #""key": "/etc/edged/agent.key""#),
        ("groups", #""groups": ["france"]"#),
        ("keyFile", #""keyFile": "/etc/edged/vault-key""#),
        ("fleet", #""fleet": [{"id": "scanner-1", "family": "scanner"}]"#),
        ("id", #""id": "scanner-1""#),
        ("family", #""family": "scanner""#),
        ("role", #""role": "clerk""#),
        ("screen", #""screen": "tablet-1""#),
        ("profile", #""profile": {"topic": "scanners/4711/barcode", "verb": "scan", "encoding": "text"}"#),
        ("topic", #""topic": "scanners/4711/barcode""#),
        ("verb", #""verb": "scan""#),
        ("encoding", #""encoding": "text""#),
        ("commandsPerSecond", #""commandsPerSecond": 50"#),
        ("questionsPerSecond", #""questionsPerSecond": 200"#),
        ("reservationsPerMinute", #""reservationsPerMinute": 120"#),
        ("level", #""level": "info""#),
        ("metrics", #""metrics": {"file": "/var/lib/prometheus/node-exporter/edged.prom"}"#),
        ("file", #""file": "/var/lib/prometheus/node-exporter/edged.prom""#),
    ]
}
