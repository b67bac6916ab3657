// What a rung has told already, so that nobody tells it a second time: this box's clock, its files, its line.

import Contract

extension CheckContext {
    /// The first of these rungs with a fault, among those that have been looked at.
    func firstFault(of names: [String]) -> String? { names.first { verdict(of: $0)?.kind == .fault } }

    /// The rung that says that this box's time is wrong: what seems to have ended, or not to have begun, may be in order.
    var wrongClock: String? { firstFault(of: ["clock.offset", "clock.jump"]) }

    /// The rung that says why nothing passes between the agent and headquarters; what waits or is old waits for that.
    var brokenLine: String? {
        for name in ["hq.name", "hq.tcp", "hq.path", "hq.tls", "hq.login", "hq.echo"] {
            guard let verdict = verdict(of: name) else { continue }
            if verdict.kind == .fault { return name }
            if verdict.kind == .skipped, let because = verdict.because { return because }
        }
        return nil
    }

    /// The rung that says that a loop of the agent's stands still, when it is this one.
    func stuck(_ loop: String) -> String? {
        guard let loops = (try? health.get())?["loops"]?.list,
            loops.contains(where: { $0.plain("loop") == loop && $0["stuck"]?.truth == true })
        else { return nil }
        return firstFault(of: ["agent.watchdog"])
    }
}

extension TLSJudgement.Side {
    /// The block of the configuration, and with it the name of the certificates' rungs.
    private var block: String { self == .shop ? "devices" : "headquarters" }

    /// The rung that knows why a judgement of this name came about, when it was looked at and found it.
    func explanation(of name: String, _ context: CheckContext) -> String? {
        let own = "certificates.\(block)"
        let authority = "\(own).ca"
        switch name {
        case "fileMissing", "clientConfiguration", "certificateOfBoxRefused":
            return context.firstFault(of: [authority, own])
        case "certificateExpired", "certificateNotYetValid", "certificateEnds":
            let served = self == .shop ? ["certificates.authority", "certificates.broker"] : []
            return context.wrongClock ?? context.firstFault(of: [authority] + served)
        default: return nil
        }
    }
}
