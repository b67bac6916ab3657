// The secrets of this box lie where they are looked for, and are kept as the agent wants them kept.

import Contract
import Glibc
import ShopModel

/// Secrets in files: those that the configuration names, and the box's own in /etc/edged/secrets, which systemd hands to
/// the agent and the tools read.
enum StateSecrets {
    /// Each is there, is of its size, and is closed to others; whatever is wrong with any of them is told at once.
    static let rung = Rung("state.secrets", needs: ["configuration.file", "disk.answers"]) { context in
        let words = context.words
        guard let configuration = context.configuration else {
            return .unknown(words.say("the configuration is not known", "la configuration n'est pas connue"))
        }
        let keeper = AgentUser.keeper(context)
        let looks = files(configuration, context).map { Seen(file: $0, look: SecretLook($0, keeper)) }
        // The one without which nothing starts first.
        let codes = ["secret.missing", "secret.size", "secret.open"]
        let wrong = codes.flatMap { code in looks.filter { $0.look.code == code } }
        guard let first = wrong.first, let code = first.look.code else {
            if let hidden = looks.first(where: { $0.look == .hidden })?.file.path {
                return .unknown(
                    words.say(
                        "\(hidden) is hidden from you; check as root", "\(hidden) vous est caché ; vérifiez en root"))
            }
            return .fine(
                words.say("\(looks.count) in place, closed to others", "\(looks.count) en place, fermés aux autres"))
        }
        let mends = codes.compactMap { code in
            mend(code, wrong.filter { $0.look.code == code }, keeper, state: context.stateDirectory, words)
        }
        return .fault(
            code, wrong.map { $0.look.sentence($0.file.path, words) }.joined(separator: "; "),
            cause: first.look.cause(first.file, words), mend: mends.joined(separator: " "),
            JSON.Member(
                "files",
                .array(
                    wrong.map { seen in
                        ["file": .string(seen.file.path), "code": .string(seen.look.code ?? "")]
                    })))
    }

    /// A file and what was seen of it.
    struct Seen {
        let file: File
        let look: SecretLook
    }

    /// A file that holds a secret.
    struct File: Equatable {
        let path: String
        /// It is the master key.
        var isKey = false
        /// The agent reads it itself, and refuses it when it is not well kept; the others systemd hands over as root.
        var isRead = false
        /// Whether it has to be there.
        var isNeeded = true
    }

    /// All of them, each once.
    static func files(_ configuration: Configuration, _ context: CheckContext) -> [File] {
        let folder = context.machine(Secret.folder)
        var files = [
            configuration.devices.passwordFile, configuration.devices.key,
            configuration.headquarters.broker.passwordFile, configuration.headquarters.broker.key,
        ].compactMap { $0 }.map { File(path: $0, isRead: true) }
        let key = configuration.vaultKeyFile
        files.insert(File(path: key ?? "\(folder)/vault-key", isKey: true, isRead: key != nil), at: 0)
        let names = context.names(in: Secret.folder)
        if !names.isEmpty, configuration.devices.username != nil, configuration.devices.passwordFile == nil {
            files.append(File(path: "\(folder)/devices-password"))
        }
        for name in names where !files.contains(where: { $0.path == "\(folder)/\(name)" }) {
            files.append(File(path: "\(folder)/\(name)", isNeeded: false))
        }
        var paths = Set<String>()
        return files.filter { paths.insert($0.path).inserted }
    }

    /// What mends the files with that code; nil when there are none.
    private static func mend(
        _ code: String, _ seen: [Seen], _ keeper: SecretKeeping.Keeper, state: String, _ words: Words
    ) -> String? {
        guard let first = seen.first?.file else { return nil }
        switch code {
        case "secret.missing" where first.isKey:
            return words.say(
                "put the box's own key back. A new one (sudo sh -c 'umask 077; head -c 32 /dev/urandom > \(first.path)') makes customers' data unreadable until it is fed again. Then: sudo systemctl start edged",
                "remettez la clé de la machine. Une neuve (sudo sh -c 'umask 077; head -c 32 /dev/urandom > \(first.path)') rend les données des clients illisibles jusqu'à ce que le siège les redonne. Ensuite : sudo systemctl start edged"
            )
        case "secret.missing":
            return words.say(
                "write it again, or correct the configuration.", "écrivez-le de nouveau, ou corrigez la configuration.")
        case "secret.size":
            return words.say("put the box's own key back.", "remettez la clé de la machine.")
        default:
            let commands = closing(seen, keeper, state: state)
            return words.say(
                "\(commands.joined(separator: "; ")); then replace what others may have read.",
                "\(commands.joined(separator: " ; ")) ; puis remplacez ce que d'autres ont pu lire.")
        }
    }

    /// Commands that close files to others and leave those to the agent that it reads itself.
    static func closing(_ seen: [Seen], _ keeper: SecretKeeping.Keeper, state: String) -> [String] {
        var toAgent: [String] = []
        var toRoot: [String] = []
        for one in seen {
            guard case .badlyKept(let keeping, let owner) = one.look else { continue }
            if one.file.isRead, keeper.user != 0 {
                if owner != keeper.user { toAgent.append(one.file.path) }
            } else if case .foreign = keeping {
                toRoot.append(one.file.path)
            }
        }
        var commands: [String] = []
        if !toAgent.isEmpty { commands.append("sudo chown --reference=\(state) \(toAgent.joined(separator: " "))") }
        if !toRoot.isEmpty { commands.append("sudo chown root \(toRoot.joined(separator: " "))") }
        return commands + ["sudo chmod 0600 \(seen.map(\.file.path).joined(separator: " "))"]
    }
}

/// What was seen of a file with a secret.
enum SecretLook: Equatable {
    case well
    /// This user may not look at it.
    case hidden
    case missing
    case badlyKept(SecretKeeping, owner: UInt32)
    /// It holds no master key; how many bytes it has.
    case noKey(bytes: Int)

    init(_ file: StateSecrets.File, _ keeper: SecretKeeping.Keeper) {
        var status = stat()
        guard stat(file.path, &status) == 0 else {
            self = errno == EACCES ? .hidden : file.isNeeded ? .missing : .well
            return
        }
        let keeping = SecretKeeping(
            isFile: status.st_mode & S_IFMT == S_IFREG, mode: status.st_mode & 0o7777, owner: status.st_uid,
            group: status.st_gid, keeper: keeper)
        guard keeping == .well else {
            self = .badlyKept(keeping, owner: status.st_uid)
            return
        }
        guard file.isKey else {
            self = .well
            return
        }
        // The bytes are looked at and dropped; where this user may not, the size has to do.
        let bytes = SmallFile.bytes(file.path, max: 67)
        let size = bytes?.count ?? Int(status.st_size)
        let isKey = bytes.map(Self.isKey) ?? (32...66).contains(size)
        self = isKey ? .well : .noKey(bytes: size)
    }

    /// Whether the agent takes these bytes as its master key: 32 of them, or 64 hexadecimal digits with or without a line
    /// end, and not all the same, as in a file that was made and never filled.
    static func isKey(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 32 { return bytes.contains { $0 != bytes[0] } }
        var digits = bytes[...]
        if digits.last == 0x0A { digits = digits.dropLast() }
        if digits.last == 0x0D { digits = digits.dropLast() }
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return false }
        let pairs = Set(stride(from: 0, to: 64, by: 2).map { text.lowercased().dropFirst($0).prefix(2) })
        return pairs.count > 1
    }

    /// The code of what is wrong; nil when nothing is, as far as can be seen.
    var code: String? {
        switch self {
        case .well, .hidden: nil
        case .missing: "secret.missing"
        case .noKey, .badlyKept(.notAFile, _): "secret.size"
        case .badlyKept: "secret.open"
        }
    }

    func sentence(_ path: String, _ words: Words) -> String {
        switch self {
        case .well, .hidden, .badlyKept(.well, _): path
        case .missing: words.say("there is no \(path)", "il n'y a pas de \(path)")
        case .noKey(let bytes):
            words.say(
                "\(path) holds no key of 32 bytes (it has \(bytes))",
                "\(path) ne contient pas une clé de 32 octets (il en a \(bytes))")
        case .badlyKept(.notAFile, _): words.say("\(path) is no file", "\(path) n'est pas un fichier")
        case .badlyKept(.foreign(let owner), _):
            words.say(
                "\(path) belongs to user \(owner), who may read and change it",
                "\(path) appartient à l'utilisateur \(owner), qui peut le lire et le changer")
        case .badlyKept(.open(let mode), _):
            words.say(
                "others may read \(path) (mode \(String(mode, radix: 8)))",
                "d'autres peuvent lire \(path) (mode \(String(mode, radix: 8)))")
        }
    }

    func cause(_ file: StateSecrets.File, _ words: Words) -> String? {
        switch self {
        case .missing where file.isKey || !file.isRead:
            words.say("the agent does not start without it", "l'agent ne démarre pas sans lui")
        case .missing:
            words.say(
                "the configuration names it: the agent cannot log in with it",
                "la configuration le nomme : l'agent ne peut pas s'en servir pour se connecter")
        case .badlyKept where file.isRead:
            words.say(
                "the agent refuses such a secret, and does not start", "l'agent refuse un tel secret, et ne démarre pas"
            )
        case .badlyKept:
            words.say(
                "whoever has read it can speak as this box", "qui l'a lu peut parler au nom de cette machine")
        default: nil
        }
    }
}

/// As whom the agent runs: the owner of its state, as the machine's own lists have it.
enum AgentUser {
    static func keeper(_ context: CheckContext) -> SecretKeeping.Keeper {
        var status = stat()
        let hasState = stat(context.stateDirectory, &status) == 0
        let users = lines("/etc/passwd", context)
        let entry = users.first { fields in
            fields.count > 3 && (hasState ? fields[2] == "\(status.st_uid)" : fields[0] == "edged")
        }
        var groups: Set<UInt32> = hasState ? [status.st_gid] : []
        if let entry {
            groups.formUnion(UInt32(entry[3]).map { [$0] } ?? [])
            for group in lines("/etc/group", context) where group.count > 3 {
                if group[3].split(separator: ",").contains(Substring(entry[0])), let id = UInt32(group[2]) {
                    groups.insert(id)
                }
            }
        }
        return SecretKeeping.Keeper(
            user: hasState ? status.st_uid : entry.flatMap { UInt32($0[2]) } ?? 0, groups: groups)
    }

    private static func lines(_ path: String, _ context: CheckContext) -> [[String]] {
        (context.text(path, max: 1 << 20) ?? "").split(separator: "\n").map { line in
            line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
