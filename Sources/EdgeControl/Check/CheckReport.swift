// A check told to people in 80 columns, what is fine in few lines, and to programs as JSON.

import Contract

/// The findings of a check as they are printed.
struct CheckReport {
    let findings: [Finding]
    let words: Words
    /// How long the check took.
    let milliseconds: Int
    /// Whether whoever checks is root, who sees everything.
    var isRoot = true

    /// The worst that was found; what was skipped or cannot be told is no judgement.
    var verdict: Verdict.Kind {
        let kinds = Set(findings.map(\.verdict.kind))
        return kinds.contains(.fault) ? .fault : kinds.contains(.warning) ? .warning : .fine
    }

    /// How the tool ends (DESIGN §13).
    var status: ExitStatus {
        let faults = findings.filter { $0.verdict.kind == .fault }
        if faults.contains(where: { $0.name == "configuration.file" }) { return .configuration }
        if !faults.isEmpty { return .fault }
        return verdict == .warning ? .warnings : .fine
    }

    // MARK: - People

    /// The report for people.
    ///
    /// What was read from elsewhere in it is printable, whatever stood there: a client's name in the broker's log is told.
    ///
    /// - Parameters:
    ///   - isWhole: every rung on a line of its own; otherwise rungs of a group that are fine share one, as do those that
    ///     were skipped for the same rung.
    ///   - hasColours: signs and words are coloured too.
    func text(width: Int, isWhole: Bool, hasColours: Bool) -> String {
        var text = hint.map { $0.wrapped(to: width).map { $0 + "\n" }.joined() + "\n" } ?? ""
        var rest = findings.map(\.printable)[...]
        while let first = rest.first {
            let together = isWhole ? 1 : rest.prefix { Self.mayShareLine($0, first) }.count
            text += entry(Array(rest.prefix(max(1, together))), width, hasColours)
            rest = rest.dropFirst(max(1, together))
        }
        return text + "\n" + summary
    }

    /// How to see what is hidden, told once and before all of it.
    private var hint: String? {
        guard !isRoot, findings.contains(where: { $0.verdict.isHidden }) else { return nil }
        return words.say(
            "You may not see everything: sudo edgectl check. The group edged may ask the agent.",
            "Vous ne pouvez pas tout voir : sudo edgectl check. Le groupe edged peut interroger l'agent.")
    }

    private static func mayShareLine(_ one: Finding, _ other: Finding) -> Bool {
        guard one.verdict.kind == other.verdict.kind else { return false }
        switch one.verdict.kind {
        case .fine:
            return group(one.name) == group(other.name)
                && (one == other || !one.verdict.isNotable && !other.verdict.isNotable)
        case .skipped: return one.verdict.because == other.verdict.because
        case .unknown: return one.verdict.detail == other.verdict.detail
        default: return one == other
        }
    }

    private static func group(_ name: String) -> Substring { name.prefix { $0 != "." } }

    private func entry(_ findings: [Finding], _ width: Int, _ hasColours: Bool) -> String {
        guard let first = findings.first else { return "" }
        let verdict = first.verdict
        let margin = wordColumns + 4
        var lines = Self.line(of: findings, verdict, words).wrapped(to: max(20, width - margin))
        if let code = verdict.code {
            let last = lines.removeLast()
            lines += "\(last) [\(code)]".wrapped(to: max(20, width - margin))
        }
        for (name, said) in [
            (words.say("cause:", "cause :"), verdict.cause), (words.say("mend: ", "faire :"), verdict.mend),
        ] {
            guard let said else { continue }
            let room = max(20, width - margin - name.count - 1)
            for (index, line) in CommandLines.wrapped(said, to: room).enumerated() {
                lines.append((index == 0 ? name : String(repeating: " ", count: name.count)) + " " + line)
            }
        }
        let word = self.word(verdict.kind)
        let sign = "\(Self.sign(verdict.kind)) \(word)"
        let blank = String(repeating: " ", count: margin)
        return lines.enumerated().map { index, line in
            guard index == 0 else { return blank + line + "\n" }
            let fill = String(repeating: " ", count: margin - sign.count)
            return (hasColours ? Self.coloured(sign, verdict.kind) : sign) + fill + line + "\n"
        }.joined()
    }

    private static func line(of findings: [Finding], _ verdict: Verdict, _ words: Words) -> String {
        guard findings.count > 1, let first = findings.first else {
            return (findings.first?.name ?? "") + words.colon + verdict.detail
        }
        if verdict.kind == .skipped || verdict.kind == .unknown {
            return findings.map(\.name).joined(separator: ", ") + words.colon + verdict.detail
        }
        let group = group(first.name)
        let members = findings.map { String($0.name.dropFirst(group.count + 1)) }
        return group + words.colon + members.joined(separator: ", ")
    }

    /// Counts, and how to see more.
    private var summary: String {
        let counts: [String] = [Verdict.Kind.fault, .warning, .skipped, .unknown, .fine].compactMap { kind in
            let count = findings.count { $0.verdict.kind == kind }
            return count == 0 ? nil : "\(count) \(noun(kind, count))"
        }
        let tenths = milliseconds / 100
        return counts.joined(separator: ", ") + words.say("; ", " ; ") + "\(tenths / 10).\(tenths % 10) s\n"
    }

    private static func sign(_ kind: Verdict.Kind) -> String {
        switch kind {
        case .fine: "+"
        case .warning: "!"
        case .fault: "X"
        case .skipped: "-"
        case .unknown: "?"
        }
    }

    private var wordColumns: Int { Verdict.Kind.allCases.map { word($0).count }.max() ?? 0 }

    private func word(_ kind: Verdict.Kind) -> String {
        switch kind {
        case .fine: words.say("fine", "correct")
        case .warning: words.say("WARNING", "ATTENTION")
        case .fault: words.say("FAULT", "PANNE")
        case .skipped: words.say("skipped", "sauté")
        case .unknown: words.say("unknown", "inconnu")
        }
    }

    private func noun(_ kind: Verdict.Kind, _ count: Int) -> String {
        switch kind {
        case .fine: words.say("fine", count == 1 ? "correct" : "corrects")
        case .warning: words.say(count == 1 ? "warning" : "warnings", count == 1 ? "avertissement" : "avertissements")
        case .fault: words.say(count == 1 ? "fault" : "faults", count == 1 ? "panne" : "pannes")
        case .skipped: words.say("skipped", count == 1 ? "sauté" : "sautés")
        case .unknown: words.say("unknown", count == 1 ? "inconnu" : "inconnus")
        }
    }

    private static func coloured(_ text: String, _ kind: Verdict.Kind) -> String {
        let colour =
            switch kind {
            case .fine: "32"
            case .warning: "33"
            case .fault: "1;31"
            case .skipped, .unknown: "2"
            }
        return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
    }

    // MARK: - Programs

    /// The report for programs.
    var json: JSON {
        .object([
            .init("verdict", .string(verdict.rawValue)), .init("milliseconds", .count(milliseconds)),
            .init(
                "counts",
                .object(
                    Verdict.Kind.allCases.map { kind in
                        .init(kind.rawValue, .count(findings.count { $0.verdict.kind == kind }))
                    })),
            .init("rungs", .array(findings.map(\.json))),
        ])
    }
}

extension Finding {
    /// This with sentences that a terminal can show.
    fileprivate var printable: Finding {
        Finding(name: name, verdict: verdict.printable, needs: needs, milliseconds: milliseconds)
    }

    /// The finding for programs.
    var json: JSON {
        let texts = [
            ("code", verdict.code), ("detail", verdict.detail), ("cause", verdict.cause), ("mend", verdict.mend),
            ("because", verdict.because),
        ]
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("verdict", .string(verdict.kind.rawValue)),
        ]
        members += texts.compactMap { name, text in text.map { .init(name, .string($0)) } }
        if !verdict.facts.isEmpty { members.append(.init("facts", .object(verdict.facts))) }
        members.append(.init("milliseconds", .count(milliseconds)))
        members.append(.init("needs", .array(needs.map { .string($0) })))
        return .object(members)
    }
}
