// A rung of the ladder: one thing that can be wrong, what has to be right before it is looked at, and how it is looked at.

/// One thing that `edgectl check` looks at.
///
/// Names are dotted and stable: programs and people remember them.
struct Rung: Sendable {
    /// `disk.space`; of a family (`device`, `certificates`) the part that all members begin with.
    let name: String
    /// Rungs, or families, without which this one could only repeat what they say. When one of them has a fault, is
    /// hidden from this user, or was skipped itself, this one is skipped.
    let needs: [String]
    /// Rungs that this one waits for without needing them: it may read what they found.
    let after: [String]
    /// Rungs whose fault explains a fault of this one (and whose warning a warning), which then counts as skipped: a database that cannot be opened
    /// is why the agent is not running, and one cause is named once.
    let explainedBy: [String]
    /// How long the look may take. What takes longer is a fault of its own, `check.timedOut`.
    let seconds: Double
    private let look: @Sendable (CheckContext) -> [Finding]

    /// A rung with one verdict.
    init(
        _ name: String, needs: [String] = [], after: [String] = [], explainedBy: [String] = [], seconds: Double = 10,
        probe: @escaping @Sendable (CheckContext) -> Verdict
    ) {
        self.name = name
        self.needs = needs
        self.after = after
        self.explainedBy = explainedBy
        self.seconds = seconds
        look = { [Finding(name: name, verdict: probe($0))] }
    }

    /// A family of rungs whose members are only known when it is looked at: `device.scanner-7`, one for each device.
    init(
        family name: String, needs: [String] = [], after: [String] = [], seconds: Double = 10,
        members: @escaping @Sendable (CheckContext) -> [Finding]
    ) {
        self.name = name
        self.needs = needs
        self.after = after
        explainedBy = []
        self.seconds = seconds
        look = members
    }

    /// Looks. It may take for ever; whoever calls this bounds it.
    func probe(_ context: CheckContext) -> [Finding] { look(context) }

    /// Whether a pattern of `--only`, `--skip` or `needs` means this rung or one inside it.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        name == pattern || name.hasPrefix(pattern + ".")
    }
}
