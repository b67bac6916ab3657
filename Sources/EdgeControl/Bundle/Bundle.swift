// `edgectl bundle`: one archive for those who help from afar, with nothing in it that must not leave the shop.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct BundleCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "bundle",
            abstract: Help.say(
                "Make one archive for support.", "Faire une archive pour le support."),
            discussion: Help.say(
                """
                Checks, configuration, versions, logs, what waits for headquarters, the
                broker's log and the machine's readings, in one .tar.gz that only you may
                read. It is made of what is known to be harmless, not of everything less what
                is known to be harmful: no message, no customer, no password can be in it.
                LIST.txt inside says what each file is; the same is printed here. It works
                with the agent dead. As root it also has the logs.

                Examples:
                  sudo edgectl bundle
                  sudo edgectl bundle --to /tmp/shop-12.tar.gz --since "2 days ago"
                """,
                """
                Contrôles, configuration, versions, journaux, ce qui attend le siège, journal
                du broker et relevés de la machine, dans un seul .tar.gz que vous seul pouvez
                lire. L'archive ne prend que ce qui est connu comme inoffensif, au lieu
                d'ôter ce qui est connu comme dangereux : aucun message, aucun client, aucun
                mot de passe ne peut s'y trouver. LIST.txt y dit ce qu'est chaque fichier ;
                la même liste est affichée. Marche avec l'agent arrêté ; en root, les
                journaux y sont aussi.

                Exemples :
                  sudo edgectl bundle
                  sudo edgectl bundle --to /tmp/shop-12.tar.gz --since "2 days ago"
                """))
    }

    @Option(
        help: .say(
            "The archive. (default: edge-bundle-<shop>-<time>.tar.gz here)",
            "L'archive. (par défaut : edge-bundle-<magasin>-<heure>.tar.gz ici)", value: "fichier"))
    var to: String?
    @Option(
        help: .say(
            "How far back logs go, as journalctl takes it.",
            "Jusqu'où remontent les journaux, comme l'écrit journalctl.", value: "depuis"))
    var since: String = "24 hours ago"
    @Option(help: .say("The agent's configuration.", "La configuration de l'agent.", value: "fichier"))
    var config: String = "/etc/edged/edged.json"
    @Option(
        help: .say(
            "The shop broker's log file. (default: the journal of edged-broker)",
            "Le fichier journal du broker du magasin. (par défaut : le journal d'edged-broker)", value: "fichier"))
    var brokerLog: String?
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        let ask: (JSON) -> Result<JSON, Failure> = { request in
            do throws(Failure) { return .success(try bench.ask(request)) } catch { return .failure(error) }
        }
        let configuration = SmallFile.bytes(config, max: 1 << 20).flatMap { try? Configuration($0) }
        let known = KnownNames(
            configuration: configuration, list: try? ask(.request("device.list", ("limit", .count(200)))).get())
        let contents = BundleContents(
            words: words, ask: ask, tool: Self.ownPath, since: since, configuration: config, socket: bench.socketPath,
            brokerLog: brokerLog, known: known)
        var parts = contents.parts(progress: bench.progress)
        let secrets = Self.secrets(config)
        for part in parts where secrets.contains(where: { part.bytes.holds($0) }) {
            throw Failure(
                code: "bundle.secret",
                message: words.say(
                    "\(part.name) would hold a secret of this box; no archive was made.",
                    "\(part.name) contiendrait un secret de ce boîtier ; aucune archive n'a été faite."),
                mend: words.say("tell support this sentence.", "communiquez cette phrase au support."), status: .fault)
        }
        let list = Self.list(parts, words)
        let forSupport = Self.list(parts, Words(language: .english))
        parts.insert(BundlePart("LIST.txt", ("this list", "cette liste"), forSupport), at: 0)
        let path = to ?? "edge-bundle-\(Self.shop(parts))-\(Self.stamp()).tar.gz"
        try Self.write(parts, to: path, words)
        switch bench.format {
        case .json:
            bench.json(
                .object([
                    .init("archive", .string(path)),
                    .init(
                        "files",
                        .array(
                            parts.map {
                                .object([
                                    .init("name", .string($0.name)), .init("purpose", .string($0.purpose.english)),
                                    .init("bytes", .count($0.bytes.count)),
                                ])
                            })),
                ]))
        case .table:
            bench.print(list + "\n" + words.say("Written: ", "Écrit : ") + path + "\n")
            let hidden = parts.filter(\.isHidden).map(\.name)
            if !hidden.isEmpty {
                var page = Page()
                page.paragraph(
                    words.say(
                        "\(hidden.joined(separator: ", ")): empty, since you may not read the journal. With them: sudo edgectl bundle",
                        "\(hidden.joined(separator: ", ")) : vide, car vous n'avez pas le droit de lire le journal. Pour les avoir : sudo edgectl bundle"
                    ), hanging: 2)
                bench.show(page)
            }
        }
        return .fine
    }

    private static func list(_ parts: [BundlePart], _ words: Words) -> String {
        var table = Table(
            .init(words.say("File", "Fichier")), .init(words.say("Bytes", "Octets"), isNumber: true),
            .init(words.say("What it tells", "Ce qu'il dit")))
        for part in parts {
            table.add(part.name, String(part.bytes.count), words.say(part.purpose.english, part.purpose.french))
        }
        let promise = words.say(
            "No personal data, no contents of messages and no secrets are in it: a text whose shape is not known stays on the box.",
            "Ni données personnelles, ni contenus de messages, ni secrets : un texte de forme inconnue reste sur le boîtier."
        )
        return (table.lines(width: Page.widthMax) + [""] + promise.wrapped(to: Page.widthMax)).map { $0 + "\n" }
            .joined()
    }

    private static func shop(_ parts: [BundlePart]) -> String {
        let part = parts.first { $0.name == "configuration.json" }
        let shop = part.flatMap { try? JSONReader.read($0.bytes) }?["shop"]?.text ?? "box"
        return shop.wholeMatch(of: #/[A-Za-z0-9._-]{1,32}/#) == nil ? "box" : shop
    }

    private static func stamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let moment = Instant(milliseconds: Int64(now.tv_sec) * 1_000).description
        return String(moment.filter { $0 != "-" && $0 != ":" })
    }

    private static var ownPath: String {
        var path = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        guard length > 0 else { return "edgectl" }
        return String(decoding: path.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The box's secrets, so far as they may be read here: none of them may stand in any part.
    private static func secrets(_ configuration: String) -> [[UInt8]] {
        var files = SmallFile.names(in: "/etc/edged/secrets").map { "/etc/edged/secrets/\($0)" }
        if let bytes = SmallFile.bytes(configuration, max: 1 << 20), let read = try? Configuration(bytes) {
            files += [
                read.vaultKeyFile, read.devices.passwordFile, read.headquarters.broker.passwordFile, read.devices.key,
                read.headquarters.broker.key,
            ].compactMap { $0 }
        }
        return files.compactMap { SmallFile.bytes($0, max: 16_384) }
            .map { Array($0.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed()) }.filter { $0.count >= 6 }
    }

    /// Packs the parts by tar, in a folder of its own that is gone afterwards.
    private static func write(_ parts: [BundlePart], to path: String, _ words: Words) throws(Failure) {
        func fail(_ cause: String) -> Failure {
            Failure(
                code: "bundle.notWritten",
                message: words.say("\(path) could not be written.", "\(path) n'a pas pu être écrit."), cause: cause,
                mend: words.say("name another place by --to.", "donnez un autre endroit par --to."), status: .fault)
        }
        var template = Array("/tmp/edge-bundle-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw fail(String(cString: strerror(errno))) }
        let folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for part in parts { unlink("\(folder)/\(part.name)") }
            rmdir(folder)
        }
        for part in parts where !SmallFile.write(part.bytes, to: "\(folder)/\(part.name)") {
            throw fail(String(cString: strerror(errno)))
        }
        // The archive is made beside its place and only then given its name: what has the name is whole.
        let aside = path + ".part"
        unlink(aside)
        let file = open(aside, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw fail(String(cString: strerror(errno))) }
        close(file)
        let run = ToolRun.run(
            "tar", ["-czf", aside, "--owner=0", "--group=0", "--sort=name", "-C", folder] + parts.map(\.name),
            seconds: 30)
        guard run.succeeded, rename(aside, path) == 0 else {
            unlink(aside)
            throw fail(run.succeeded ? String(cString: strerror(errno)) : run.complaintLine)
        }
    }
}

extension [UInt8] {
    /// Whether those bytes stand somewhere in these.
    fileprivate func holds(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, bytes.count <= count else { return false }
        return indices.dropLast(bytes.count - 1).contains { self[$0] == first && self[$0...].starts(with: bytes) }
    }
}
