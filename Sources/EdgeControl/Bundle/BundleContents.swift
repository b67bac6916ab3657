// What a support archive holds: each part with what it is for, made of what may leave the box.

import Contract
import Glibc
import ShopModel

/// A file of the archive.
struct BundlePart {
    /// Its name inside the archive.
    let name: String
    /// What it tells, for its line in the list, in English and in French.
    let purpose: (english: String, french: String)
    let bytes: [UInt8]
    /// Whether it says nothing, since who asked may not read where it comes from.
    var isHidden = false

    init(_ name: String, _ purpose: (english: String, french: String), _ text: String) {
        self.name = name
        self.purpose = purpose
        bytes = Array(text.utf8)
    }

    init(_ name: String, _ purpose: (english: String, french: String), _ json: JSON) {
        self.init(name, purpose, String(decoding: json.encodedPretty(), as: UTF8.self) + "\n")
    }
}

/// Collects the parts. What cannot be had is said in its part rather than left out: that, too, is a finding.
struct BundleContents {
    let words: Words
    /// Asks the agent.
    let ask: (JSON) -> Result<JSON, Failure>
    /// This tool itself.
    let tool: String
    /// How far back logs are read, as journalctl takes it.
    let since: String
    let configuration: String
    let socket: String
    /// mosquitto's own log, where it does not write to the journal.
    let brokerLog: String?
    /// Whose names may leave the box.
    let known: KnownNames

    /// Names whose values the agent makes itself: states, counts, moments, ids of ours.
    private static let status: Set<String> = [
        "now", "shop", "version", "contract", "since", "pid", "incarnation", "clock", "trust", "stepsSeen",
        "lastStepMilliseconds", "line", "up", "inFlight", "epoch", "lanes", "lane", "pending", "parked", "oldest",
        "feeds", "feed", "scope", "sequence", "takenAt", "foreign", "newer", "parkedFeedEntries", "open",
        "reservationsHeld", "awaitedSales", "pickups", "pickupsNew", "pickupsReady", "pickupsOverdue",
        "cancelRequests", "shortfalls", "count", "findings", "level", "code", "boot", "id", "uptimeSeconds",
        "lastStop", "clean", "reason", "at", "uncleanStops30d", "powerLosses30d", "uncleanStops1h", "loops", "loop",
        "ageMilliseconds",
        "lastCommit",
        "milliseconds", "slowestMilliseconds1h", "shopBroker", "headquarters", "connected", "host", "port",
        "connections1h", "lastReceiptAt", "storage", "schema", "ledgerBytes", "walBytes", "freeBytes", "ballast",
        "rights", "low", "configuration", "loadedAt", "pendingRestart",
    ]
    /// Of these names, those under which an id of our own stands.
    private static let ids: Set<String> = ["shop", "scope", "sku", "epoch", "host"]
    private static let devices: Set<String> = [
        "now", "devices", "device", "family", "role", "enrolled", "state", "presence", "presenceAt", "lastMessageAt",
        "heardBeforeAt", "lastVerb", "messages", "refused", "lastRefusal", "code", "at", "enrolledAt", "boxAddress",
    ]
    private static let trace: Set<String> = [
        "now", "rows", "row", "at", "device", "verb", "id", "outcome", "code", "microseconds", "bytes", "simulated",
    ]
    private static let queue: Set<String> = [
        "now", "events", "next", "row", "id", "lane", "type", "subject", "subjectsequence", "incarnation", "time",
        "state",
    ]

    /// All parts.
    func parts(progress: (String) -> Void) -> [BundlePart] {
        var parts: [BundlePart] = []
        progress(words.say("running the checks (up to 30 s)", "contrôles en cours (30 s au plus)"))
        parts.append(checks())
        progress(words.say("asking the agent", "questions à l'agent"))
        parts.append(
            answer("status.json", ("how the agent fares", "l'état de l'agent"), .request("status"), Self.status))
        parts.append(
            answer(
                "health.json", ("loops, links, storage, last stop", "boucles, liens, stockage, dernier arrêt"),
                .request("health"), Self.status))
        parts.append(
            answer(
                "devices.json", ("devices and when each was heard", "appareils, et quand chacun a parlé"),
                .request("device.list"), Self.devices))
        parts.append(
            answer(
                "messages.json",
                ("the latest messages, without what was in them", "les derniers messages, sans leur contenu"),
                .request("trace.read", ("limit", .count(200))), Self.trace))
        for lane in ["orders", "stock", "customer", "status", "moments"] {
            parts.append(
                answer(
                    "queue-\(lane).json",
                    (
                        "the first events of the lane, without their data",
                        "premiers événements de la voie, sans données"
                    ),
                    .request("queue.list", ("lane", .string(lane)), ("limit", .count(20))), Self.queue))
        }
        parts.append(
            answer(
                "queue-parked.json",
                (
                    "events that headquarters refused, without their data",
                    "événements refusés par le siège, sans données"
                ),
                .request("queue.list", ("state", "parked"), ("limit", .count(50))), Self.queue))
        progress(words.say("reading the configuration and logs", "lecture de la configuration et des journaux"))
        parts.append(
            BundlePart(
                "configuration.json", ("the configuration, without secrets", "la configuration, sans secrets"),
                configurationFacts()))
        parts.append(
            BundlePart("versions.txt", ("programs, libraries, kernel", "programmes, bibliothèques, noyau"), versions()))
        parts.append(agentLog())
        parts.append(brokerLogPart())
        parts.append(
            BundlePart(
                "resources.txt", ("memory, load, disks, temperature, now", "mémoire, charge, disques, température"),
                resources()))
        return parts
    }

    private func checks() -> BundlePart {
        let run = ToolRun.run(
            tool,
            ["check", "--format", "json", "--config", configuration, "--socket", socket, "--language", "en"],
            seconds: 40)
        let purpose = ("every rung of edgectl check", "chaque échelon de edgectl check")
        guard let report = try? JSONReader.read(run.output) else {
            return BundlePart("check.json", purpose, .object([.init("notRun", .string("\(run.ending)"))]))
        }
        let rungs = (report["rungs"]?.list ?? []).map(Self.rung)
        return BundlePart(
            "check.json", purpose,
            .object([.init("verdict", report["verdict"] ?? .null), .init("rungs", .array(rungs))]))
    }

    /// Rungs whose sentences are about the machine and its line, and nothing that came from devices or headquarters.
    private static let toldWhole = [
        "power.", "disk.", "clock.", "state.", "agent.", "configuration.", "certificates.", "hq.name", "hq.tcp",
        "hq.tls", "hq.path", "hq.login",
    ]

    /// A rung of the check: with its sentences where these cannot hold anybody's words, by its code alone elsewhere.
    private static func rung(_ rung: JSON) -> JSON {
        let name = rung["name"]?.text ?? ""
        let isWhole = toldWhole.contains { name.hasPrefix($0) }
        let short: Set<String> = ["name", "verdict", "code", "milliseconds"]
        return rung.keeping(isWhole ? short.union(["detail", "cause", "mend"]) : short)
    }

    private func answer(
        _ name: String, _ purpose: (english: String, french: String), _ request: JSON, _ names: Set<String>
    ) -> BundlePart {
        switch ask(request) {
        case .success(let result):
            BundlePart(name, purpose, result.keeping(names).harmless(naming: Self.ids, known: known))
        case .failure(let failure): BundlePart(name, purpose, .object([.init("notAnswered", .string(failure.code))]))
        }
    }

    /// The configuration by its typed value: what is not known to be harmless has no place to come from.
    private func configurationFacts() -> JSON {
        guard let bytes = SmallFile.bytes(configuration, max: 1 << 20) else { return ["unreadable": true] }
        let read: Configuration
        do throws(Refusal) {
            read = try Configuration(bytes)
        } catch {
            return .object([
                .init("wrong", .string(error.code.name)), .init("at", .string(error.field ?? "/")),
            ])
        }
        return .object([
            .init("shop", .string(read.shop.id.value)), .init("timeZone", .string(read.shop.timeZone)),
            .init("languages", .array(read.shop.languages.map { .string($0.rawValue) })),
            .init("stateDirectory", .string(read.stateDirectory)), .init("controlSocket", .string(read.controlSocket)),
            .init("devices", broker(read.devices, "devices-password")),
            .init("headquarters", broker(read.headquarters.broker, "headquarters-password")),
            .init("groups", .count(read.headquarters.groups.count)),
            .init(
                "fleet",
                .array(
                    read.fleet.map { device in
                        .object([
                            .init("id", .string(device.id.value)), .init("family", .string(device.family.rawValue)),
                            .init("role", .string(device.role.rawValue)),
                            .init("screen", device.screen.map { .string($0.value) } ?? .null),
                            .init("hasProfile", .bool(device.profile != nil)),
                        ])
                    })),
            .init(
                "limits",
                .object([
                    .init("commandsPerSecond", .count(read.limits.commandsPerSecond)),
                    .init("questionsPerSecond", .count(read.limits.questionsPerSecond)),
                    .init("reservationsPerMinute", .count(read.limits.reservationsPerMinute)),
                ])),
            .init("logLevel", .string(read.logLevel.rawValue)),
        ])
    }

    private func broker(_ broker: Configuration.Broker, _ credential: String) -> JSON {
        .object([
            .init("host", .string(broker.host)), .init("port", .count(broker.port)),
            .init("hasUsername", .bool(broker.username != nil)),
            .init("password", .string(Self.password(of: broker, credential))),
            .init("tls", .bool(broker.ca != nil)), .init("hasCertificate", .bool(broker.certificate != nil)),
        ])
    }

    /// From where a broker's password comes: a file of the configuration, or the credential that systemd loads, which
    /// only root can see.
    private static func password(of broker: Configuration.Broker, _ credential: String) -> String {
        if broker.username == nil { return "none, since there is no user name" }
        if broker.passwordFile != nil { return "file" }
        var status = stat()
        if stat("/etc/edged/secrets/" + credential, &status) == 0 { return status.st_size > 1 ? "credential" : "empty" }
        return errno == EACCES ? "not known without root" : "none"
    }

    private func versions() -> String {
        let packages = [
            "edged", "mosquitto", "libmosquitto1", "libsqlite3-0", "libssl3", "nginx-light", "systemd", "tzdata",
        ]
        let asked: [(String, [String])] = [
            ("edged", ["--version"]), (tool, ["--version"]), ("uname", ["-srvm"]),
            ("dpkg-query", ["-W", "-f", "${Package} ${Version} ${db:Status-Status}\n"] + packages),
        ]
        var text = ""
        for (name, arguments) in asked { text += ToolRun.run(name, arguments, seconds: 5).text }
        let release = SmallFile.bytes("/etc/os-release", max: 4_096).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let names = release.split(separator: "\n").filter {
            $0.hasPrefix("PRETTY_NAME=") || $0.hasPrefix("VERSION_ID=")
        }
        return text + names.map { $0 + "\n" }.joined()
    }

    private func agentLog() -> BundlePart {
        let run = ToolRun.run(
            "journalctl", ["-u", "edged", "-o", "json", "--since", since, "-n", "5000", "-q", "--no-pager"],
            seconds: 10,
            bytesMax: 8 << 20)
        let log = AgentLog(known: known).lines(ofJournal: run.text)
        let isEmpty = log == LogLines()
        let none = "the journal has no line of edged since then\n"
        var part = BundlePart(
            "edged.log", ("the agent's events, names and numbers only", "événements de l'agent : noms et nombres"),
            isEmpty ? (Self.isRoot ? none : Self.hidden) : log.text)
        part.isHidden = isEmpty && !Self.isRoot
        return part
    }

    private func brokerLogPart() -> BundlePart {
        let text: String
        if let brokerLog {
            text = SmallFile.end(of: brokerLog, max: 4 << 20).map { String(decoding: $0, as: UTF8.self) } ?? ""
        } else {
            text =
                ToolRun.run(
                    "journalctl",
                    ["-u", "edged-broker", "-o", "short-iso", "--since", since, "-n", "5000", "-q", "--no-pager"],
                    seconds: 10, bytesMax: 4 << 20
                ).text
        }
        let none = "no line of the broker's log was found; name its file by --broker-log\n"
        var part = BundlePart(
            "broker.log", ("the shop broker's connections and refusals", "connexions et refus du courtier du magasin"),
            text.isEmpty ? (Self.isRoot ? none : Self.hidden) : BrokerLog(known: known).lines(of: text).text)
        part.isHidden = text.isEmpty && !Self.isRoot
        return part
    }

    private static var isRoot: Bool { geteuid() == 0 }
    private static let hidden = "nothing that this user may read; as root it is here: sudo edgectl bundle\n"

    private func resources() -> String {
        var text = ""
        for path in [
            "/proc/uptime", "/proc/loadavg", "/proc/pressure/io", "/proc/pressure/memory", "/proc/pressure/cpu",
        ] {
            guard let bytes = SmallFile.bytes(path, max: 4_096) else { continue }
            text +=
                "\(path): \(String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " | "))\n"
        }
        let memory = SmallFile.bytes("/proc/meminfo", max: 16_384).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let wanted = ["MemTotal", "MemAvailable", "SwapTotal", "SwapFree", "Dirty"]
        for line in memory.split(separator: "\n") where wanted.contains(where: { line.hasPrefix($0 + ":") }) {
            text += line + "\n"
        }
        text += ToolRun.run("df", ["-P", "-k", "--local"], seconds: 5).text
        text += ToolRun.run("df", ["-P", "-i", "--local"], seconds: 5).text
        for zone in SmallFile.names(in: "/sys/class/thermal") where zone.hasPrefix("thermal_zone") {
            guard let bytes = SmallFile.bytes("/sys/class/thermal/\(zone)/temp", max: 64) else { continue }
            text += "\(zone): \(String(decoding: bytes, as: UTF8.self))"
        }
        text +=
            ToolRun.run(
                "systemctl",
                [
                    "show", "edged", "edged-broker", "-p",
                    "Id,ActiveState,SubState,NRestarts,Result,MemoryCurrent,CPUUsageNSec,ExecMainStatus",
                ],
                seconds: 5
            ).text
        return text
    }
}
