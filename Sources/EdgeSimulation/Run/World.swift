// What all parts of a simulated world share: its time, its trace, its faults, and the first thing found wrong.

import ShopModel

/// Which attempt of a client to connect counts: what is heard of an earlier one is old news.
final class Attempts {
    private var latest = 0

    /// Begins an attempt; tells later whether it is still the latest.
    func begin() -> () -> Bool {
        latest += 1
        let mine = latest
        return { [self] in latest == mine }
    }
}

/// A world, of one seed.
final class World {
    let seed: UInt64
    let plant: PlantedFault?
    let queue = EventQueue()
    let trace: Trace
    let random: SeededRandom
    var faults: FaultPlan
    /// The first thing that a checker found wrong.
    private(set) var failure: String?

    /// True time when the world begins: a Monday morning.
    static let beginning = Instant(milliseconds: 1_795_424_400_000)

    init(seed: UInt64, plant: PlantedFault?, traceLines: Int) {
        self.seed = seed
        self.plant = plant
        trace = Trace(tailMax: traceLines)
        random = SeededRandom(seed: seed)
        faults = FaultPlan(random.stream("faults"))
    }

    var trueTime: Instant { World.beginning + queue.now }

    /// Notes the first thing found wrong; the run ends with it.
    func fail(_ sentence: String) {
        if failure == nil { failure = sentence }
    }

    func fail(if complaint: String?) {
        if let complaint { fail(complaint) }
    }

    func note(_ what: String, _ whom: String, _ about: String = "", _ number: Int64 = 0) {
        trace.line(at: queue.now, what, whom, about, number)
    }
}
