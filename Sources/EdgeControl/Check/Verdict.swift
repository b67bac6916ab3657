// What a rung of `edgectl check` found: a kind, one line, and, where something is wrong, its cause and its mend.

import Contract

/// What was found on a rung.
struct Verdict: Equatable, Sendable {
    /// How bad it is.
    enum Kind: String, CaseIterable, Sendable {
        /// As it should be.
        case fine
        /// The shop works; somebody should look after this.
        case warning
        /// Something is broken.
        case fault
        /// Not looked at: a rung below it failed, and it could only repeat that.
        case skipped
        /// It cannot be told here; the detail says why.
        case unknown
    }

    let kind: Kind
    /// One line: what was seen.
    private(set) var detail: String
    /// The stable code of what is wrong.
    var code: String?
    /// Where it comes from.
    var cause: String?
    /// What mends it.
    var mend: String?
    /// The rung that this one was skipped for.
    var because: String?
    /// What was measured, for programs.
    var facts: [JSON.Member] = []
    /// Whether this user may not see it, nor what rests on it.
    var isHidden = false

    /// Whether it is told on a line of its own although it is fine.
    var isNotable = false

    /// As it should be.
    static func fine(_ detail: String, _ facts: JSON.Member...) -> Verdict {
        Verdict(kind: .fine, detail: detail, facts: facts)
    }

    /// The shop works, yet somebody should look after this.
    static func warning(
        _ code: String, _ detail: String, cause: String? = nil, mend: String, _ facts: JSON.Member...
    ) -> Verdict {
        Verdict(kind: .warning, detail: detail, code: code, cause: cause, mend: mend, facts: facts)
    }

    /// Something is broken.
    static func fault(
        _ code: String, _ detail: String, cause: String? = nil, mend: String, _ facts: JSON.Member...
    ) -> Verdict {
        Verdict(kind: .fault, detail: detail, code: code, cause: cause, mend: mend, facts: facts)
    }

    /// Not looked at, because another rung failed.
    static func skipped(because rung: String, _ words: Words) -> Verdict {
        Verdict(
            kind: .skipped, detail: words.say("\(rung) comes first", "\(rung) d'abord"), because: rung)
    }

    /// It cannot be told here.
    static func unknown(_ reason: String, _ facts: JSON.Member...) -> Verdict {
        Verdict(kind: .unknown, detail: reason, facts: facts)
    }

    /// This user may not see it: rungs that need it are skipped for it, and are not told to be unknown one by one.
    static func hidden(_ reason: String) -> Verdict {
        var verdict = Verdict(kind: .unknown, detail: reason)
        verdict.isHidden = true
        return verdict
    }
}

extension Verdict {
    /// This with sentences that a terminal can show.
    var printable: Verdict {
        var verdict = self
        verdict.detail = detail.printableLine
        verdict.cause = cause?.printableLine
        verdict.mend = mend?.printableLine
        return verdict
    }
}

/// A verdict under the name that it is printed with.
struct Finding: Equatable, Sendable {
    /// The rung's stable name; of a family of rungs, that of one member.
    let name: String
    let verdict: Verdict
    /// What the rung needs to be there before it.
    var needs: [String] = []
    /// How long the look took.
    var milliseconds = 0
}
