// The ladder: rungs from the power plug to headquarters, looked at side by side where they do not need each other.

import Glibc

/// Rungs in the order in which they are told.
struct Ladder: Sendable {
    let rungs: [Rung]
    /// How long all of it may take. The tool itself promises 30 s (DESIGN §13), so there is time left to print.
    var seconds: Double = 26
    /// How many looks are taken side by side: most of them wait for something.
    var lanesMax = 6

    /// Which rungs are wanted.
    struct Selection: Sendable {
        /// Names, or beginnings of names up to a dot; all when empty.
        var only: [String] = []
        /// Names, or beginnings, that are left out.
        var skip: [String] = []

        func wants(_ name: String) -> Bool {
            (only.isEmpty || only.contains { Rung.matches(name, $0) }) && !skip.contains { Rung.matches(name, $0) }
        }

        /// A family is looked at when one of its members may be wanted.
        fileprivate func mayWant(_ rung: String) -> Bool {
            (only.isEmpty || only.contains { Rung.matches(rung, $0) || Rung.matches($0, rung) })
                && !skip.contains { Rung.matches(rung, $0) }
        }
    }

    /// Looks at the rungs that are wanted and at those that they need.
    ///
    /// - Parameters:
    ///   - progress: told the name of each rung that is begun, and how many of how many are done.
    /// - Returns: in the ladder's order, what was found on the wanted rungs, and on those for which one of them was
    ///   skipped.
    func climb(
        _ context: CheckContext, _ selection: Selection = Selection(),
        progress: (_ rung: String, _ done: Int, _ all: Int) -> Void = { _, _, _ in }
    ) -> [Finding] {
        let chosen = self.chosen(selection)
        var climb = Climb(
            rungs: chosen, context: context, end: monotonicMilliseconds() + Int(seconds * 1_000))
        let results = climb.run(lanesMax: lanesMax, progress: progress)
        let wanted = results.filter { selection.wants($0.name) }
        // Of what was only needed, that is told for which something wanted was not looked at.
        let reasons = Set(wanted.compactMap(\.verdict.because))
        return results.filter { finding in
            if selection.skip.contains(where: { Rung.matches(finding.name, $0) }) { return false }
            return selection.wants(finding.name) || reasons.contains(finding.name)
        }
    }

    /// The wanted rungs with all that they need, in order.
    private func chosen(_ selection: Selection) -> [Rung] {
        var names = Set(rungs.filter { selection.mayWant($0.name) }.map(\.name))
        var before = 0
        while names.count != before {
            before = names.count
            for rung in rungs where names.contains(rung.name) {
                for needed in rungs
                where (rung.needs + rung.explainedBy).contains(where: { Rung.matches(needed.name, $0) }) {
                    if !selection.skip.contains(where: { Rung.matches(needed.name, $0) }) { names.insert(needed.name) }
                }
            }
        }
        return rungs.filter { names.contains($0.name) }
    }

    /// Patterns of `--only` and `--skip` that mean no rung.
    func unknown(_ patterns: [String]) -> [String] {
        patterns.filter { pattern in
            !rungs.contains { Rung.matches($0.name, pattern) || Rung.matches(pattern, $0.name) }
        }
    }
}

/// One climb: which rungs wait, which are being looked at, what was found.
private struct Climb {
    let rungs: [Rung]
    let context: CheckContext
    /// Monotonic milliseconds at which everything ends.
    let end: Int
    private var found: [[Finding]?]
    private var running: [Int: (began: Int, until: Int)] = [:]

    init(rungs: [Rung], context: CheckContext, end: Int) {
        self.rungs = rungs
        self.context = context
        self.end = end
        found = rungs.map { _ in nil }
    }

    mutating func run(lanesMax: Int, progress: (String, Int, Int) -> Void) -> [Finding] {
        guard let work = BoundedWork<[Finding]>() else { return [] }
        while found.contains(where: { $0 == nil }) {
            // A rung that is skipped may be what another one waited for.
            while monotonicMilliseconds() < end, startWhatCan(work, lanesMax: lanesMax, progress: progress) {}
            let now = monotonicMilliseconds()
            guard now < end, !running.isEmpty else { break }
            let until = min(end, running.values.map(\.until).min() ?? end)
            for (number, findings) in work.next(milliseconds: until - now + 1) {
                // What ends after its time was told as such already.
                guard let times = running.removeValue(forKey: number) else { continue }
                settle(number, findings, began: times.began)
            }
            giveUpOnWhatHangs()
        }
        for number in rungs.indices where found[number] == nil {
            if let times = running.removeValue(forKey: number) {
                settle(number, [timedOut(rungs[number], since: times.began)], began: times.began)
            } else {
                settle(
                    number,
                    [
                        Finding(
                            name: rungs[number].name,
                            verdict: .unknown(
                                context.words.say(
                                    "no time was left to look", "il ne restait plus de temps pour regarder")))
                    ], began: monotonicMilliseconds())
            }
        }
        return found.flatMap { $0 ?? [] }
    }

    /// Starts what can be started. `true` when a rung was settled without being looked at.
    private mutating func startWhatCan(
        _ work: BoundedWork<[Finding]>, lanesMax: Int, progress: (String, Int, Int) -> Void
    ) -> Bool {
        var hasSettled = false
        for (number, rung) in rungs.enumerated() where found[number] == nil && running[number] == nil {
            guard running.count < lanesMax else { break }
            if let because = failure(among: rung.needs, orHidden: true) {
                settle(
                    number, [Finding(name: rung.name, verdict: .skipped(because: because, context.words))],
                    began: monotonicMilliseconds())
                hasSettled = true
                continue
            }
            guard isSettled(rung.needs + rung.after + rung.explainedBy) else { continue }
            let now = monotonicMilliseconds()
            progress(rung.name, found.count { $0 != nil }, rungs.count)
            running[number] = (now, min(end, now + Int(rung.seconds * 1_000)))
            let context = context
            if !work.start(number, { rung.probe(context) }) {
                running[number] = nil
                settle(
                    number,
                    [
                        Finding(
                            name: rung.name,
                            verdict: .unknown(context.words.say("no thread is left", "plus aucun fil d'exécution")))
                    ], began: now)
                hasSettled = true
            }
        }
        return hasSettled
    }

    private mutating func giveUpOnWhatHangs() {
        let now = monotonicMilliseconds()
        for (number, times) in running where now >= times.until {
            running[number] = nil
            settle(number, [timedOut(rungs[number], since: times.began)], began: times.began)
        }
    }

    /// Keeps what was found, after a fault that another one explains became a skip.
    private mutating func settle(_ number: Int, _ findings: [Finding], began: Int) {
        let rung = rungs[number]
        let fault = failure(among: rung.explainedBy)
        let warning = rung.explainedBy.first { context.verdict(of: $0)?.kind == .warning }
        let settled = findings.map { finding in
            var verdict = finding.verdict
            if verdict.kind == .fault || verdict.kind == .warning, let fault {
                verdict = .skipped(because: fault, context.words)
            } else if verdict.kind == .warning, let warning {
                verdict = .skipped(because: warning, context.words)
            }
            return Finding(
                name: finding.name, verdict: verdict, needs: rung.needs,
                milliseconds: max(0, monotonicMilliseconds() - began))
        }
        found[number] = settled
        context.note(settled, of: rung.name)
    }

    private func timedOut(_ rung: Rung, since began: Int) -> Finding {
        let words = context.words
        let seconds = max(1, (monotonicMilliseconds() - began) / 1_000)
        return Finding(
            name: rung.name,
            verdict: .fault(
                "check.timedOut",
                words.say(
                    "no result within \(seconds) s", "aucun résultat en \(seconds) s"),
                cause: words.say(
                    "what this rung looks at does not answer: a disk, a name server or a tool hangs",
                    "ce que cet échelon regarde ne répond pas : un disque, un serveur de noms ou un outil est bloqué"),
                mend: words.say(
                    "sudo dmesg | tail -30, then: edgectl check --only \(rung.name)",
                    "sudo dmesg | tail -30, puis : edgectl check --only \(rung.name)")))
    }

    /// Whether all rungs of those names have been looked at.
    private func isSettled(_ names: [String]) -> Bool {
        !rungs.indices.contains { number in
            found[number] == nil && names.contains { Rung.matches(rungs[number].name, $0) }
        }
    }

    /// The rung at the root of why one of these is not there; nil when none of them failed.
    ///
    /// - Parameter orHidden: whether what this user may not see counts as well; it explains no fault that is seen.
    private func failure(among names: [String], orHidden: Bool = false) -> String? {
        for (number, rung) in rungs.enumerated() {
            guard names.contains(where: { Rung.matches(rung.name, $0) }) else { continue }
            for finding in found[number] ?? [] {
                if finding.verdict.kind == .fault || orHidden && finding.verdict.isHidden { return finding.name }
                if finding.verdict.kind == .skipped { return finding.verdict.because ?? finding.name }
            }
        }
        return nil
    }
}
