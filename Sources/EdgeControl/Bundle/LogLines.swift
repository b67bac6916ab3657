// What of a log may leave the box: lines of known shape, and of those only what cannot be a person's.

import Contract
import ShopModel

/// Lines of a log that may leave the box, and how many were held back.
struct LogLines: Equatable {
    /// What may leave, oldest first.
    var kept: [String] = []
    /// How many lines had a shape that is not known, and stay.
    var heldBack = 0

    /// The lines as a file, the held back ones counted in its last line.
    var text: String {
        var lines = kept
        if heldBack > 0 { lines.append("# \(heldBack) lines of a shape that is not known were held back") }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// The shop broker's log (mosquitto 2): connections, refusals and faults. Topics and payloads are in none of its lines
/// of these shapes; whatever a client chose for itself is only kept where it looks like a device's id.
struct BrokerLog {
    /// Whose names are the shop's own.
    let known: KnownNames

    init(known: KnownNames) { self.known = known }

    /// Fixed words of lines that name nobody.
    private let plain: [Regex<Substring>] = [
        #/^mosquitto version [0-9.]+ (?:starting|running|terminating)$/#, #/^Config loaded from [\w\/.-]+\.$/#,
        #/^Opening (?:ipv4|ipv6|websockets|unix) listen socket on port \d+\.$/#,
        #/^Saving in-memory database to [\w\/.-]+\.$/#, #/^New connection from [\w.:%\[\]-]+ on port \d+\.$/#,
        #/^OpenSSL Error\[\d+\]: error:[0-9A-Fa-f]+:[\w .()-]*:[\w .()-]*:[\w .()-]*$/#,
        #/^Client connection from [\w.:%\[\]-]+ failed: error:[0-9A-Fa-f]+:[\w .()-]*:[\w .()-]*:[\w .()-]*\.$/#,
        #/^(?:Loading|Unloading) plugin: [\w\/.-]+$/#, #/^Reloading config\.$/#,
        #/^(?:Error|Warning): (?:Unable to [\w ,\/.-]+|Address already in use)\.?$/#,
    ]
    /// Lines that name a client: before its id, behind its id.
    private let naming: [Regex<(Substring, Substring, Substring, Substring)>] = [
        #/^(Client )(.+)( disconnected(?:, not authorised|: [\w ]+)?\.)$/#,
        #/^(Client )(.+)( closed its connection\.)$/#,
        #/^(Client )(.+)( has exceeded timeout, disconnecting\.)$/#,
        #/^(Client )(.+)( already connected, closing old connection\.)$/#,
        #/^(Socket error on client )(.+)(, disconnecting\.)$/#,
        #/^(Outgoing messages are being dropped for client )(.+)(\.)$/#,
        #/^(Bad socket read\/write on client )(.+)(: [\w .]+)$/#,
    ]
    private let connected =
        #/^(New client connected from [\w.:%\[\]-]+ as )(.+) \((p\d, c\d, k\d+)(?:, u'([^']*)')?\)\.$/#
    private let stamp = #/^(\d{4}-\d\d-\d\dT[\d:.+Z-]+ |\d{9,11}: )?(?:[\w.-]+ mosquitto\[\d+\]: )?(.*)$/#

    /// Those lines that may leave.
    func lines(of text: some StringProtocol) -> LogLines {
        var log = LogLines()
        for line in text.split(separator: "\n") {
            guard let parts = String(line).wholeMatch(of: stamp) else { continue }
            let words = String(parts.2)
            if let line = allowed(words) { log.kept.append(String(parts.1 ?? "") + line) } else { log.heldBack += 1 }
        }
        return log
    }

    private func allowed(_ words: String) -> String? {
        for shape in plain where words.contains(shape) { return words }
        if let match = words.wholeMatch(of: connected) {
            let user = match.4.map { ", u'\(known.told($0))'" } ?? ""
            return "\(match.1)\(known.told(match.2)) (\(match.3)\(user))."
        }
        for shape in naming {
            guard let match = words.wholeMatch(of: shape) else { continue }
            return match.1 + known.told(match.2) + match.3
        }
        return nil
    }
}

/// The agent's own log as journald keeps it: the event and its facts, of which only names and numbers leave, and what systemd
/// says of the unit, such as that the watchdog or a lack of memory ended it.
struct AgentLog {
    /// Whose names are the shop's own.
    let known: KnownNames

    init(known: KnownNames) { self.known = known }

    /// Facts whose values are ours: names from the configuration, codes, counts, times and causes of the machine's.
    private let facts: Set<String> = [
        "EDGED_SHOP", "EDGED_INCARNATION", "EDGED_LOOP", "EDGED_CODE", "EDGED_DEVICE", "EDGED_VERB", "EDGED_FEED",
        "EDGED_LANE", "EDGED_COUNT", "EDGED_LEFT_OUT", "EDGED_RETRY_MILLISECONDS", "EDGED_REASON_CODE", "EDGED_STATE",
        "EDGED_COMMAND", "EDGED_OUTCOME", "EDGED_MILLISECONDS", "EDGED_ORDINAL", "EDGED_VERSION",
    ]
    /// A value that can be nobody's name, address or number: a word of ours or a short number.
    private let harmless = #/[A-Za-z][A-Za-z0-9._\/-]{0,63}|-?\d{1,6}/#

    /// What systemd says of a unit of ours: fixed words, numbers, and the unit's own description.
    private let ofSystemd = [
        #/edged[\w-]*\.(?:service|timer): [A-Z][\w ,=\/'().!:-]{1,160}/#,
        #/(?:Starting|Started|Stopping|Stopped|Reloading|Reloaded|Finished|Failed to start|Deactivated|Dependency failed for) edged[\w-]*\.(?:service|timer)(?: - [\w ,'’()-]{1,80})?\.{1,3}/#,
    ]

    /// The lines of `journalctl -o json`, one object each, that may leave.
    func lines(ofJournal text: some StringProtocol) -> LogLines {
        var log = LogLines()
        for line in text.split(separator: "\n") {
            let entry = try? JSONReader.read(Array(line.utf8))
            if let entry, let words = words(ofSystemd: entry) {
                log.kept.append("\(time(entry)) <\(entry["PRIORITY"]?.plain ?? "6")> systemd \(words)")
                continue
            }
            guard let entry, let event = entry["EDGED_EVENT"]?.text,
                event.wholeMatch(of: #/[A-Za-z][A-Za-z0-9.]{0,79}/#) != nil
            else {
                log.heldBack += 1
                continue
            }
            var words = [time(entry), "<\(entry["PRIORITY"]?.plain ?? "6")>", event]
            for member in entry.members.sorted(by: { $0.name < $1.name }) where facts.contains(member.name) {
                let value = member.name == "EDGED_DEVICE" ? known.told(member.value.plain) : member.value.plain
                guard value.wholeMatch(of: harmless) != nil else { continue }
                words.append("\(member.name.dropFirst("EDGED_".count).lowercased())=\(value)")
            }
            log.kept.append(words.joined(separator: " "))
        }
        return log
    }

    /// What the first process said. Journald itself writes whose line it is (`_PID`); nobody else can.
    private func words(ofSystemd entry: JSON) -> String? {
        guard entry["_PID"]?.text == "1", let words = entry["MESSAGE"]?.text else { return nil }
        return ofSystemd.contains { words.wholeMatch(of: $0) != nil } ? words : nil
    }

    private func time(_ entry: JSON) -> String {
        guard let microseconds = entry["__REALTIME_TIMESTAMP"]?.text.flatMap(Int64.init) else { return "–" }
        return Instant(milliseconds: microseconds / 1_000).description
    }
}
