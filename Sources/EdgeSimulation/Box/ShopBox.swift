// The shop's box: the real ledger, front and session of headquarters' link, joined as the loops of `edged` join them.

import Contract
import EdgeAgent
import ShopCore
import ShopModel

/// Something for the ledger, and how to acknowledge it to the shop's broker.
struct BoxMail {
    let inbound: Inbound
    var acknowledge: UInt64?
}

/// The box with its disk, its clock and, while it runs, its process.
final class ShopBox {
    let world: World
    let shopBroker: SimulatedBroker
    let headquartersBroker: SimulatedBroker
    let disk: SimulatedLedger
    let catalogue: SimulatedCatalogue
    let keys = SimulatedKeys()
    let note = SimulatedNote()
    let clock: SimulatedClock
    let profile: ShopProfile
    /// What looks at every commit.
    let checks: ShopChecks
    let gremlin: Gremlin

    /// The process; `nil` while it is down.
    var process: BoxProcess?
    /// Which process it is, from 1: what was scheduled for an earlier one does not happen.
    var life = 0
    /// Whether the power is on.
    var hasPower = true
    /// A batch whose commit failed: whether it happened shows at the next start.
    var doubtful: (batch: [BoxMail], now: Instant, keptBefore: Int)?

    static let ledgerClient = "edged-ledger"
    static let frontClient = "edged-front"
    static let lineClient = "edged-line"
    static let shop = "S1"

    init(
        world: World, shopBroker: SimulatedBroker, headquartersBroker: SimulatedBroker, profile: ShopProfile,
        checks: ShopChecks, disk: SimulatedLedger, catalogue: SimulatedCatalogue
    ) {
        self.world = world
        self.shopBroker = shopBroker
        self.headquartersBroker = headquartersBroker
        self.profile = profile
        self.checks = checks
        self.disk = disk
        self.catalogue = catalogue
        clock = SimulatedClock(world.queue, beginning: World.beginning)
        gremlin = Gremlin(world, disk)
    }

    /// Does something later, if this very process still runs then.
    func later(_ milliseconds: Int64, _ action: @escaping (BoxProcess) -> Void) {
        let life = life
        world.queue.schedule(after: milliseconds) { [weak self] in
            guard let self, self.life == life, let process else { return }
            action(process)
        }
    }

    /// Starts the process: recovery is the real ledger on what the disk has.
    func start() {
        guard process == nil, hasPower, world.failure == nil else { return }
        life += 1
        world.note("box.start", "edged", "", Int64(life))
        do throws(StorageFailure) {
            let process = try BoxProcess(self)
            self.process = process
            checks.started(process.ledger, doubtful: doubtful, on: self)
            doubtful = nil
            process.run()
        } catch {
            // A disk without space, or one that broke at the start: systemd tries again.
            world.note("box.startFailed", "edged", "\(error)")
            disk.crash(.process)
            world.queue.schedule(after: 5_000) { [weak self] in self?.start() }
        }
    }

    /// The process dies, and all that was in its memory; it is started again after a while.
    func crash(_ crash: Crash, restartAfter milliseconds: Int64) {
        world.note("box.crash", "edged", crash == .power ? "power" : "process")
        process = nil
        life += 1
        disk.crash(crash)
        catalogue.crash(crash)
        note.crash(crash)
        for (broker, client) in clients { broker.drop(client) }
        if crash == .power { hasPower = false }
        let life = life
        world.queue.schedule(after: milliseconds) { [weak self] in
            guard let self, self.life == life else { return }
            if crash == .power { powerOn() }
            start()
        }
    }

    private func powerOn() {
        hasPower = true
        let isLost = world.faults.strikes(.clockLost)
        clock.reboot(wall: isLost ? Instant(milliseconds: 1_000) : nil)
        // Time servers answer a while after the boot.
        var random = world.random.stream("time servers \(clock.boots)")
        let delay = random.pick([20_000, 120_000, 1_800_000] as [Int64]) ?? 0
        world.queue.schedule(after: delay) { [clock] in clock.synchronise() }
    }

    private var clients: [(SimulatedBroker, String)] {
        [(shopBroker, Self.ledgerClient), (shopBroker, Self.frontClient), (headquartersBroker, Self.lineClient)]
    }
}
