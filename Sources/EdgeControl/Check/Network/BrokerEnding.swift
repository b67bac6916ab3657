// Why the shop's broker does not run: who has its ports, which of its files is missing or damaged, what systemd and its log say.

import Contract
import Glibc
import ShopModel

/// A broker of this box that does not listen.
struct BrokerEnding {
    private let context: CheckContext
    private let words: Words
    private let place: String

    private static let logLinesMax = 200
    private static let lineMax = 200

    /// - Parameter place: where nothing listens, `127.0.0.1:1883`.
    init(_ context: CheckContext, place: String) {
        self.context = context
        words = context.words
        self.place = place
    }

    private var seen: String { words.say("nothing listens at \(place)", "rien n'écoute en \(place)") }

    /// The first reason that is found; that it has stopped when there is none.
    func verdict() -> Verdict {
        if let configuration = BrokerConfiguration.read(context) {
            if let verdict = portTaken(configuration) ?? fileMissing(configuration) ?? accountsDamaged(configuration) {
                return verdict
            }
        }
        let unit = SystemdUnit("edged-broker.service", context)
        if unit.isMissing {
            return .fault(
                "broker.nothingListens", seen,
                cause: words.say("there is no edged-broker.service", "il n'y a pas de edged-broker.service"),
                mend: "sudo apt install --reinstall edged")
        }
        let causes = [sentence(unit), tellingLine.map { words.say("its log: ", "son journal : ") + $0 }]
            .compactMap(\.self)
        return .fault(
            "broker.nothingListens", seen,
            cause: causes.isEmpty
                ? words.say("the broker has stopped", "le broker est arrêté") : causes.joined(separator: "; "),
            mend: words.say(
                "sudo systemctl start edged-broker; if it does not stay: journalctl -u edged-broker -n 50",
                "sudo systemctl start edged-broker ; s'il ne tient pas : journalctl -u edged-broker -n 50"))
    }

    // MARK: - Ports

    private func portTaken(_ configuration: BrokerConfiguration) -> Verdict? {
        let sockets = ListeningSockets.all(context)
        let taken = sockets.filter { socket in configuration.listeners.contains { $0.collides(with: socket) } }
        let owners = ListeningSockets.owners(of: Set(taken.map(\.inode)), context)
        // One that listens elsewhere is a broker whose configuration was changed since it started.
        guard let socket = taken.first(where: { owners[$0.inode]?.name != "mosquitto" }) else { return nil }
        let port = socket.address.port
        let owner = owners[socket.inode]
        let who = owner.map { "\($0.name) (\($0.process))" } ?? words.say("another program", "un autre programme")
        return .fault(
            "broker.portTaken",
            words.say(
                "\(seen): another program has the broker's port \(port)",
                "\(seen) : un autre programme tient le port \(port) du broker"),
            cause: words.say("\(who) listens at \(socket.address)", "\(who) écoute en \(socket.address)"),
            mend: owner.map { owner in
                words.say(
                    "see what it is: ps -fp \(owner.process); stop it, then: sudo systemctl restart edged-broker",
                    "voir ce que c'est : ps -fp \(owner.process) ; arrêtez-le, puis : sudo systemctl restart edged-broker"
                )
            }
                ?? words.say(
                    "find it: sudo ss -ltnp sport = \(port); stop it, then: sudo systemctl restart edged-broker",
                    "trouvez-le : sudo ss -ltnp sport = \(port) ; arrêtez-le, puis : sudo systemctl restart edged-broker"
                ),
            .init("port", .count(port)))
    }

    // MARK: - Files

    private func fileMissing(_ configuration: BrokerConfiguration) -> Verdict? {
        for path in configuration.files {
            var facts = stat()
            guard stat(path, &facts) != 0, errno == ENOENT || errno == ENOTDIR else { continue }
            return .fault(
                "broker.fileMissing",
                words.say("\(seen): the broker's \(path) is not there", "\(seen) : il manque \(path) au broker"),
                cause: words.say(
                    "its configuration names that file, and it does not start without it",
                    "sa configuration nomme ce fichier, et il ne démarre pas sans lui"),
                mend: words.say(
                    "sudo edgectl certificate renew server makes it anew; then: sudo systemctl restart edged-broker",
                    "sudo edgectl certificate renew server le refait ; puis : sudo systemctl restart edged-broker"))
        }
        return nil
    }

    private func accountsDamaged(_ configuration: BrokerConfiguration) -> Verdict? {
        guard let path = configuration.accounts, let bytes = SmallFile.bytes(path, max: 16 << 20),
            let damage = damage(bytes)
        else { return nil }
        let copy = path + ".good"
        var facts = stat()
        let hasCopy = stat(copy, &facts) == 0 && facts.st_size > 0
        let age = words.length(max(0, time(nil) - facts.st_mtim.tv_sec) * 1_000)
        return .fault(
            "broker.accountsDamaged",
            words.say(
                "\(seen): the list of accounts \(path) is damaged",
                "\(seen) : la liste des comptes \(path) est abîmée"),
            cause: hasCopy
                ? words.say(
                    "\(damage); the last sound copy is \(age) old", "\(damage) ; la dernière copie saine a \(age)")
                : words.say("\(damage); there is no sound copy", "\(damage) ; il n'y a pas de copie saine"),
            mend: hasCopy
                ? words.say(
                    "sudo -u mosquitto cp -p \(copy) \(path); sudo systemctl restart edged-broker; then revoke again what was revoked since",
                    "sudo -u mosquitto cp -p \(copy) \(path) ; sudo systemctl restart edged-broker ; puis révoquez de nouveau ce qui l'a été depuis"
                )
                : words.say(
                    "sudo mv -T \(path) \(path).damaged; sudo systemctl restart edged-broker; then enrol the devices again",
                    "sudo mv -T \(path) \(path).damaged ; sudo systemctl restart edged-broker ; puis enrôlez de nouveau les appareils"
                ))
    }

    /// What is wrong with a list of accounts; `nil` when it looks sound. What is subtler stands in the broker's log.
    private func damage(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty else { return words.say("it is empty", "elle est vide") }
        let limits = JSONLimits(bytesMax: 16 << 20, depthMax: 32, elementsMax: 1_000_000)
        guard let json = try? JSONReader.read(bytes, limits: limits) else {
            return words.say("it is no JSON", "ce n'est pas du JSON")
        }
        guard json["clients"]?.elements != nil, json["roles"]?.elements != nil else {
            return words.say("it has no clients or no roles", "il y manque clients ou roles")
        }
        return nil
    }

    // MARK: - What it said

    /// The last line of its log that says why; cut to a line that can be read.
    private var tellingLine: String? {
        let lines: [Substring]
        if let file = context.brokerLog {
            lines = String(decoding: SmallFile.end(of: file, max: 65_536) ?? [], as: UTF8.self)
                .split(whereSeparator: \.isNewline)
        } else {
            let run = ToolRun.run(
                "journalctl", ["-u", "edged-broker", "-o", "cat", "--no-pager", "-q", "-n", "\(Self.logLinesMax)"],
                seconds: 3)
            guard run.succeeded else { return nil }
            lines = run.text.split(whereSeparator: \.isNewline)
        }
        return Self.telling(lines.suffix(Self.logLinesMax))
    }

    /// The last line that says why a broker ended: mosquitto's errors, and what the package's script refused, from that
    /// start on which nothing came after.
    static func telling(_ lines: some BidirectionalCollection<Substring>) -> String? {
        // A later start that went well makes older errors history.
        let started = lines.lastIndex { $0.contains(" running") && $0.contains("mosquitto version") }
        let last = started.map { lines[$0...] } ?? lines[...]
        let line = last.last { $0.contains("Error: ") || $0.hasPrefix("broker-access: ") && !$0.contains(" made ") }
        return line.map { String($0.prefix(lineMax)) }
    }

    /// How it ended; `nil` when systemd says nothing.
    private func sentence(_ unit: SystemdUnit) -> String? {
        let restarts = unit.restarts ?? 0
        let again = restarts > 0 ? words.say(", \(restarts) restarts", ", \(restarts) redémarrages") : ""
        switch unit.result {
        case nil: return nil
        case "success":
            return unit.state == "inactive"
                ? words.say("it was stopped", "il a été arrêté") : nil
        case "exit-code":
            let status = unit.exitStatus ?? "?"
            return words.say("it ended with \(status)\(again)", "il a fini avec \(status)\(again)")
        case "oom-kill":
            return words.say("the machine ran out of memory\(again)", "la machine n'avait plus de mémoire\(again)")
        case let result?: return words.say("systemd: \(result)\(again)", "systemd : \(result)\(again)")
        }
    }
}
