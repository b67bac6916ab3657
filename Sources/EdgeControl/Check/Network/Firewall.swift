// Whether a rule of this machine's own firewall takes a connection away, as `nft -j list ruleset` tells its rules.

import Contract

/// The rules of nftables, as far as they can be judged for one connection.
///
/// Only what is understood wholly counts: a rule with a condition that this reading does not know is passed over, so
/// that nothing is blamed that may not apply.
struct Firewall: Sendable {
    /// The first packet of a connection.
    struct Packet: Sendable {
        /// The interface it comes by; `nil` where that is not known.
        let interface: String?
        /// Who it is for.
        let destination: SocketAddress
        let port: Int
    }

    private struct Chain {
        let key: String
        let hook: String?
        let priority: Int
        let drops: Bool
        var rules: [JSON] = []
    }

    private var chains: [Chain] = []

    /// Reads `nft -j list ruleset`; `nil` when that is no ruleset.
    init?(_ json: JSON) {
        guard let entries = json["nftables"]?.elements else { return nil }
        for entry in entries {
            if let chain = entry["chain"] {
                chains.append(
                    Chain(
                        key: Self.key(chain, "name"), hook: chain["hook"]?.text, priority: chain["prio"]?.integer ?? 0,
                        drops: chain["policy"]?.text == "drop"))
            } else if let rule = entry["rule"], rule["family"]?.text != "arp", rule["family"]?.text != "bridge" {
                let key = Self.key(rule, "chain")
                guard let index = chains.firstIndex(where: { $0.key == key }) else { continue }
                chains[index].rules.append(rule)
            }
        }
    }

    private static func key(_ json: JSON, _ name: String) -> String {
        [json["family"]?.text, json["table"]?.text, json[name]?.text].map { $0 ?? "?" }.joined(separator: " ")
    }

    /// What takes the packet away on its way in or out.
    ///
    /// - Parameter hook: `input` or `output`.
    /// - Returns: the chain and the rule, as a technician finds them; `nil` when nothing that is understood does.
    func obstacle(for packet: Packet, hook: String) -> String? {
        for chain in chains.filter({ $0.hook == hook }).sorted(by: { $0.priority < $1.priority }) {
            switch fate(of: packet, in: chain, hook: hook, depth: 0) {
            case .dropped(let by): return by
            case .accepted: continue
            case .undecided(let isCertain):
                if chain.drops, isCertain { return "\(chain.key): policy drop" }
            }
        }
        return nil
    }

    private enum Fate {
        case dropped(by: String)
        case accepted
        /// No rule decided; not certain when some rule was not understood.
        case undecided(isCertain: Bool)
    }

    private func fate(of packet: Packet, in chain: Chain, hook: String, depth: Int) -> Fate {
        guard depth < 16 else { return .undecided(isCertain: false) }
        var isCertain = true
        for rule in chain.rules {
            let expressions = rule["expr"]?.elements ?? []
            var applies: Bool? = true
            for expression in expressions {
                if let match = expression["match"] {
                    let result = Self.matches(match, packet, hook: hook)
                    if result == false { applies = false }
                    if result == nil, applies == true { applies = nil }
                } else if expression["xt"] != nil || expression["lookup"] != nil || expression["limit"] != nil {
                    if applies == true { applies = nil }
                }
            }
            guard applies != false else { continue }
            guard let verdict = expressions.first(where: Self.isVerdict) else { continue }
            guard applies == true else {
                isCertain = false
                continue
            }
            let place = "\(chain.key), handle \(rule["handle"]?.plain ?? "?")"
            if Self.has(verdict, "drop") || Self.has(verdict, "reject") {
                return .dropped(by: place + ": " + Self.text(expressions))
            }
            if Self.has(verdict, "accept") { return .accepted }
            if Self.has(verdict, "return") { return .undecided(isCertain: isCertain) }
            let target = verdict["jump"]?["target"]?.text ?? verdict["goto"]?["target"]?.text
            let key = chain.key.split(separator: " ").dropLast().joined(separator: " ") + " " + (target ?? "?")
            guard let next = chains.first(where: { $0.key == key }) else { continue }
            switch fate(of: packet, in: next, hook: hook, depth: depth + 1) {
            case .dropped(let by): return .dropped(by: by)
            case .accepted: return .accepted
            case .undecided(let certain): isCertain = isCertain && certain
            }
        }
        return .undecided(isCertain: isCertain)
    }

    private static func has(_ expression: JSON, _ name: String) -> Bool {
        expression.members.contains { $0.name == name }
    }

    private static func isVerdict(_ expression: JSON) -> Bool {
        ["drop", "reject", "accept", "return", "jump", "goto"].contains { has(expression, $0) }
    }

    /// Whether a condition holds for a first packet of TCP; `nil` when this is not known.
    private static func matches(_ match: JSON, _ packet: Packet, hook: String) -> Bool? {
        let left = match["left"] ?? .null
        let seen: [JSON]
        if let field = left["payload"] {
            switch (field["protocol"]?.text, field["field"]?.text) {
            case ("tcp", "dport"), ("th", "dport"): seen = [.count(packet.port)]
            case ("ip", "protocol"), ("ip6", "nexthdr"): seen = ["tcp", 6]
            case ("ip", "daddr"), ("ip6", "daddr"): seen = [.string(packet.destination.host)]
            case ("udp", _), ("icmp", _), ("icmpv6", _): return false
            default: return nil
            }
        } else if let key = left["meta"]?["key"]?.text {
            switch key {
            case "l4proto": seen = ["tcp", 6]
            case "nfproto": seen = [packet.destination.isIPv6 ? "ipv6" : "ipv4"]
            case "iifname", "iif", "oifname", "oif":
                guard key.hasPrefix(hook == "input" ? "i" : "o"), let interface = packet.interface else { return nil }
                seen = [.string(interface)]
            default: return nil
            }
        } else if left["ct"]?["key"]?.text == "state" {
            seen = ["new"]
        } else {
            return nil
        }
        guard let found = holds(seen, match["right"] ?? .null) else { return nil }
        switch match["op"]?.text {
        case "==", "in": return found
        case "!=": return !found
        default: return nil
        }
    }

    private static func holds(_ seen: [JSON], _ right: JSON) -> Bool? {
        if let set = right["set"]?.elements ?? right.elements {
            var result: Bool? = false
            for element in set {
                let one = holds(seen, element)
                if one == true { return true }
                if one == nil { result = nil }
            }
            return result
        }
        if let range = right["range"]?.elements, range.count == 2, let low = range[0].integer,
            let high = range[1].integer
        {
            return seen.contains { ($0.integer).map { (low...max(low, high)).contains($0) } ?? false }
        }
        if right["prefix"] != nil { return nil }
        switch right {
        // A named set or a wildcard of interfaces is not followed.
        case .string(let text): return text.hasPrefix("@") || text.hasSuffix("*") ? nil : seen.contains(right)
        case .integer: return seen.contains(right)
        default: return nil
        }
    }

    /// The rule in one line, as nobody wrote it, yet everybody reads it.
    private static func text(_ expressions: [JSON]) -> String {
        expressions.compactMap { expression in
            if let match = expression["match"] {
                let left = match["left"] ?? .null
                let name: String
                if let field = left["payload"] {
                    name = "\(field.plain("protocol")) \(field.plain("field"))"
                } else {
                    name = left["meta"]?.plain("key") ?? left["ct"]?.plain("key") ?? "…"
                }
                let value = match["right"]?.plain ?? "…"
                return match.plain("op") == "!=" ? "\(name) != \(value)" : "\(name) \(value)"
            }
            return expression.members.first.map(\.name).flatMap { $0 == "counter" ? nil : $0 }
        }.joined(separator: " ")
    }
}
