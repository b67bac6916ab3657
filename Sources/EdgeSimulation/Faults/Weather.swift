// What goes wrong by the clock: brokers, the line, the power, the disk, the wall clock. And the calm after it.

import ShopModel

/// Lets the seed's faults happen, minute by minute.
final class Weather {
    private let world: World
    private let box: ShopBox
    private let shopBroker: SimulatedBroker
    private let headquartersBroker: SimulatedBroker
    private let floor: ShopFloor
    private var random: SeededRandom
    private var isCalm = false
    private var vanishedCounted = 0

    init(
        _ world: World, _ box: ShopBox, _ shopBroker: SimulatedBroker, _ headquartersBroker: SimulatedBroker,
        _ floor: ShopFloor
    ) {
        self.world = world
        self.box = box
        self.shopBroker = shopBroker
        self.headquartersBroker = headquartersBroker
        self.floor = floor
        random = world.random.stream("weather")
    }

    func start() {
        for broker in [shopBroker, headquartersBroker] {
            broker.conditions = BrokerConditions(
                delayMillisecondsMin: 1, delayMillisecondsMax: 1 + random.within(2...60),
                slowChance: world.faults.chance(.messagesReordered), slowMillisecondsMax: 4_000,
                duplicateChance: world.faults.chance(.messageDuplicated),
                silentDropChance: world.faults.chance(.messageLost))
        }
        world.queue.schedule(after: 60_000) { [weak self] in self?.minute() }
        if random.chance(0.5) { planNight(after: random.within(600_000...3_600_000)) }
    }

    /// The shop sleeps, and now and then the line is down all the while.
    private func planNight(after milliseconds: Int64) {
        world.queue.schedule(after: milliseconds) { [weak self] in
            guard let self, !isCalm else { return }
            let length = (random.chance(0.15) ? random.within(40...90) : random.within(6...14)) * 3_600_000
            floor.nightEnds = world.queue.now + length
            if world.faults.isEnabled(.lineCut), random.chance(0.5) { cutLine(for: length) }
        }
    }

    private func minute() {
        guard !isCalm, world.failure == nil else { return }
        defer { world.queue.schedule(after: 60_000) { [weak self] in self?.minute() } }
        // A closed shop has quiet nights: what goes wrong does so while somebody could be hurt by it.
        if world.queue.now < floor.nightEnds, !random.chance(0.02) { return }
        if world.faults.strikes(.shopBrokerRestarted) { restart(shopBroker, .shopBrokerRestarted) }
        if world.faults.strikes(.headquartersBrokerRestarted) {
            restart(headquartersBroker, .headquartersBrokerRestarted)
        }
        if world.faults.tries(.lineCut) { cutLine(for: random.within(5_000...1_800_000)) }
        if box.hasPower { boxMinute() }
        if world.faults.tries(.assortmentLost), box.process != nil {
            world.faults.fired(.assortmentLost)
            // The file is bad: it is set aside and a new one begun, with a process of its own.
            box.crash(.process, restartAfter: 2_000)
            box.catalogue.lose()
        }
    }

    private func boxMinute() {
        if world.faults.tries(.powerLost) {
            world.faults.fired(.powerLost)
            return box.losePower(for: random.within(20_000...300_000))
        }
        if world.faults.tries(.powerOffOverHold) {
            // Only a hold that ends while the power is off makes it count.
            let ends = box.checks.shop.books.reservations.values.compactMap { reservation -> Int64? in
                if case .held(let until) = reservation.phase { until } else { nil }
            }
            if let end = ends.min(), end - world.trueTime.milliseconds > 0,
                end - world.trueTime.milliseconds < 3_600_000
            {
                world.faults.fired(.powerOffOverHold)
                return box.losePower(for: end - world.trueTime.milliseconds + random.within(1_000...600_000))
            }
        }
        if world.faults.strikes(.diskFull) {
            box.disk.fillDisk(ballastCommits: random.below(30))
            world.queue.schedule(after: random.within(5_000...240_000)) { [box] in box.disk.freeDisk() }
        }
        if world.faults.strikes(.clockAhead) { jump(random.within(90_000...172_800_000)) }
        if world.faults.strikes(.clockBack) { jump(-random.within(90_000...172_800_000)) }
    }

    private func jump(_ milliseconds: Int64) {
        world.note("clock.jump", "box", "", milliseconds)
        box.clock.jump(milliseconds: milliseconds)
        world.queue.schedule(after: random.within(30_000...3_600_000)) { [box] in box.clock.synchronise() }
    }

    private func restart(_ broker: SimulatedBroker, _ fault: Fault) {
        broker.stop(keepingMemory: random.chance(0.2))
        world.queue.schedule(after: random.within(500...20_000)) { broker.start() }
    }

    private func cutLine(for milliseconds: Int64) {
        world.faults.fired(.lineCut)
        headquartersBroker.partition(ShopBox.lineClient, noticedAfter: 30_000)
        world.queue.schedule(after: milliseconds) { [headquartersBroker] in
            headquartersBroker.heal(ShopBox.lineClient)
        }
    }

    /// From now on nothing goes wrong: brokers run, the line is up, the disk has space, the clock is right.
    func calm() {
        isCalm = true
        countBrokers()
        world.faults.heal()
        for broker in [shopBroker, headquartersBroker] {
            broker.conditions = BrokerConditions()
            broker.start()
        }
        headquartersBroker.heal(ShopBox.lineClient)
        box.disk.freeDisk()
        box.clock.synchronise()
    }

    private func countBrokers() {
        for counts in [shopBroker.counts, headquartersBroker.counts] {
            world.faults.fired(.messageLost, counts.droppedSilently)
            world.faults.fired(.messageDuplicated, counts.duplicated)
            world.faults.fired(.messagesReordered, counts.overtaken)
        }
    }

    /// How often each fault happened, the brokers' own included.
    func finalCounts() -> FaultCounts {
        if !isCalm { countBrokers() }
        return world.faults.counts
    }
}
