// What a rung has told already: trouble with TLS that its own files or this box's clock explain is not told a second time.

import Contract

extension CheckContext {
    /// The first of these rungs with a fault, among those that have been looked at.
    func firstFault(of names: [String]) -> String? { names.first { verdict(of: $0)?.kind == .fault } }

    /// The rung that says that this box's time is wrong: what seems to have ended, or not to have begun, may be in order.
    var wrongClock: String? { firstFault(of: ["clock.offset", "clock.jump"]) }
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
            return context.wrongClock ?? context.firstFault(of: [authority])
        default: return nil
        }
    }
}
