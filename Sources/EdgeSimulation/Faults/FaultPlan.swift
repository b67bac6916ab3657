// Which faults a seed has, and when they strike.

/// The faults of a seed. Each draws from a stream of its own, so that one more draw of one leaves the others alone.
struct FaultPlan {
    private(set) var counts = FaultCounts()
    private var chances: [Double]
    private var streams: [SeededRandom]
    private(set) var isOn = true

    init(_ random: SeededRandom) {
        var choosing = random.stream("choice")
        // A quiet seed now and then shows that the calm shop works too.
        let isQuiet = choosing.chance(0.04)
        chances = []
        streams = []
        for fault in Fault.allCases {
            let isEnabled = choosing.chance(0.6) && !isQuiet
            if isEnabled { counts.enable(fault) }
            chances.append(isEnabled ? fault.chance * (0.4 + 1.4 * Double(choosing.below(100)) / 100) : 0)
            streams.append(random.stream(fault.rawValue))
        }
    }

    func isEnabled(_ fault: Fault) -> Bool { isOn && chances[fault.index] > 0 }

    /// How probably the fault strikes at an opportunity.
    func chance(_ fault: Fault) -> Double { isOn ? chances[fault.index] : 0 }

    /// Whether the fault strikes now. It has to happen then: it is counted.
    mutating func strikes(_ fault: Fault) -> Bool {
        guard isOn, chances[fault.index] > 0, streams[fault.index].chance(chances[fault.index]) else { return false }
        counts.fire(fault)
        return true
    }

    /// Whether the fault tries to strike now; what comes of it is counted later, with `fired`.
    mutating func tries(_ fault: Fault) -> Bool {
        isEnabled(fault) && streams[fault.index].chance(chances[fault.index])
    }

    /// A draw of the fault's own stream.
    mutating func draw<Value>(_ fault: Fault, _ draw: (inout SeededRandom) -> Value) -> Value {
        draw(&streams[fault.index])
    }

    /// Counts what a part of the world did by itself.
    mutating func fired(_ fault: Fault, _ count: Int = 1) { counts.fire(fault, count) }

    /// From now on nothing goes wrong any more.
    mutating func heal() { isOn = false }
}

extension Fault {
    /// How probably it strikes at an opportunity: a message, a turn of the ledger, or a minute of the day.
    var chance: Double {
        switch self {
        case .messageLost: 0.02
        case .messageDuplicated: 0.05
        case .messagesReordered: 0.05
        case .shopBrokerRestarted, .headquartersBrokerRestarted: 0.01
        case .commandRepeated: 0.08
        case .commandIDReused: 0.04
        case .crashBeforeCommit, .crashAfterCommit, .crashBetweenReplies: 0.004
        case .crashInCommitLost, .crashInCommitKept: 0.004
        case .powerLost: 0.004
        case .powerOffOverHold: 0.006
        case .assortmentLost: 0.01
        case .diskFull: 0.008
        case .lineCut: 0.008
        case .headquartersCrashInCommit, .headquartersCrashAfterCommit: 0.004
        case .clockAhead, .clockBack: 0.006
        case .clockLost: 0.3
        }
    }
}
