// How the box dies, and what a planted fault does at its ports.

import EdgeAgent
import ShopCore
import ShopModel

extension ShopBox {
    /// The process dies by a fault; now and then the whole box does.
    func die(_ fault: Fault) {
        let isPower = world.faults.isEnabled(.powerLost) && world.faults.draw(fault) { $0.chance(0.4) }
        let wait = world.faults.draw(fault) { $0.within(300...6_000) }
        if isPower {
            world.faults.fired(.powerLost, 1)
            crash(.power, restartAfter: wait + 20_000)
        } else {
            crash(.process, restartAfter: wait)
        }
    }

    /// The power fails and stays away for so long.
    func losePower(for milliseconds: Int64) {
        guard hasPower else { return }
        crash(.power, restartAfter: milliseconds)
    }
}

/// Does what a planted fault does, at the box's ports.
final class Gremlin {
    private let world: World
    private let disk: SimulatedLedger
    private var random: SeededRandom
    private var turns = 0

    init(_ world: World, _ disk: SimulatedLedger) {
        self.world = world
        self.disk = disk
        random = world.random.stream("gremlin")
        switch world.plant {
        case .dedupForgottenAtRestart: disk.faults.forgetCommandsAtCrash = true
        case .cursorForgottenAtRestart: disk.faults.forgetCursorsAtCrash = true
        case .lyingDisk: disk.faults.lieAboutSync = true
        case .rightsFromGlobalValue: disk.faults.handOutGlobalRights = true
        default: break
        }
    }

    func beforeTurn(isAlone: Bool) {
        guard world.plant == .replyBeforeCommit else { return }
        // The commit is on the disk with the next one that syncs: a few turns later.
        turns += 1
        disk.faults.lieAboutSync = turns % 4 != 0
    }

    func afterTurn(_ outcome: TurnOutcome, at now: Instant) {
        switch world.plant {
        case .outboxSkipsARow where random.chance(0.02): skipARow(at: now)
        default: break
        }
    }

    /// A hold has just ended by its time: its units stay locked, or are freed again.
    func holdEnded(_ sku: SKU) {
        let units: Int
        switch world.plant {
        case .holdNotReleasedOnExpiry: units = 1
        case .holdReleasedTwice: units = -1
        default: return
        }
        do throws(StorageFailure) {
            guard var line = try disk.stockLine(sku) else { return }
            var change = StockChange(units > 0 ? .held : .released)
            change.holds = units
            line.apply(change)
            try disk.begin()
            try disk.put(line)
            try disk.commit()
        } catch { disk.rollback() }
    }

    private func skipARow(at now: Instant) {
        do throws(StorageFailure) {
            guard let event = try disk.pending(.orders, afterRow: 0, limit: 50).last else { return }
            try disk.begin()
            try disk.markReceipted(rows: [event.row], at: now, epoch: "nobody")
            try disk.commit()
        } catch { disk.rollback() }
    }

    /// The front's own view, when a planted fault put one in between: it sees a commit two seconds after its replies.
    func publishLate(
        everythingOf disk: SimulatedLedger, to view: CommittedView, clock: Instant, on box: ShopBox? = nil
    ) {
        guard world.plant == .viewPublishedAfterReplies else { return }
        var changes = ViewChanges()
        do throws(StorageFailure) {
            try disk.forEachStockLine { changes.lines.append(StockFigures($0)) }
            changes.reservations = try disk.reservations(openOnly: false, customer: nil, after: nil, limit: 10_000)
            changes.pickups = try disk.pickups(openOnly: false, after: nil, limit: 10_000)
        } catch { return }
        let reading = ClockReading(wall: clock, monotonicMilliseconds: 0, synchronised: true, boot: "late")
        let late = ShopClock(reading, committed: clock)
        guard let box else { return view.publish(changes, clock: late) }
        box.later(2_000) { _ in view.publish(changes, clock: late) }
    }
}
