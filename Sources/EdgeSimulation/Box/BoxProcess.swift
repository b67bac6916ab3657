// One process of the agent: three actors that share nothing but mailboxes and the committed view.

import Contract
import EdgeAgent
import ShopCore
import ShopModel

/// The process: lives from a start to a crash.
final class BoxProcess {
    unowned let box: ShopBox
    let ledger: Ledger
    let front: Front
    let session: HeadquartersSession
    /// What the front reads; the ledger's own, unless a planted fault puts another one in between.
    let view: CommittedView
    private var inbox: [BoxMail] = []
    private var isTurnPlanned = false
    private var turnAt: Int64?
    private var isOnLine = false
    private let ledgerAttempts = Attempts()
    private let frontAttempts = Attempts()
    private let lineAttempts = Attempts()

    /// The most messages of a turn, as the loop's.
    private static let batchMax = 256

    init(_ box: ShopBox) throws(StorageFailure) {
        self.box = box
        let world = box.world
        let clock: any MachineClock = world.plant == .expiryByWallClock ? SurelyClock(box.clock) : box.clock
        let sealing = SimulatedSealing(box.keys, random: world.random.stream("sealing \(box.life)"))
        let digest = FNVDigest()
        let ports = LedgerPorts(
            storage: box.disk, catalogue: box.catalogue, clock: clock, digest: digest, snapshotDigest: digest,
            pins: SimulatedPINs(), sealing: sealing, note: box.note)
        let ledgerView = CommittedView()
        view = world.plant == .viewPublishedAfterReplies ? CommittedView() : ledgerView
        guard let incarnation = Incarnation("life-\(box.life)") else {
            throw .broken("an incarnation has an impossible name")
        }
        ledger = try Ledger(
            profile: box.profile, ports: ports, view: ledgerView, newIncarnation: incarnation, identity: "box-1")
        front = Front(profile: box.profile, catalogue: box.catalogue, view: view, clock: clock)
        guard let known = try box.disk.value("incarnation").flatMap(Incarnation.init) else {
            throw .broken("the ledger opened without an incarnation")
        }
        guard let instance = BoxInstance("box-1") else { throw .broken("a box has an impossible name") }
        session = HeadquartersSession(
            shop: box.profile.shop, incarnation: known, instance: instance, groups: [], catalogue: box.catalogue,
            digest: digest, board: ledger.board)
    }

    func run() {
        box.gremlin.publishLate(everythingOf: box.disk, to: view, clock: ledger.now)
        connectLedger()
        connectFront()
        connectLine()
        planTurn(after: 0)
        tellCursors()
    }

    // MARK: The shop's broker

    private func connectLedger() {
        let isLatest = ledgerAttempts.begin()
        let box = box
        let life = box.life
        func alive() -> BoxProcess? { box.life == life ? box.process : nil }
        box.shopBroker.connect(
            ShopBox.ledgerClient, clean: false,
            BrokerCallbacks(
                connected: { _ in
                    guard alive() != nil else { return }
                    // Whether the former connection lived to subscribe is not known: every one does.
                    for filter in ShopTopics.ledgerFilters {
                        box.shopBroker.subscribe(ShopBox.ledgerClient, filter, retainAsPublished: true)
                    }
                }, received: { alive()?.hearShop($0) },
                lost: { if isLatest() { box.later(1_500) { $0.connectLedger() } } }))
    }

    private func connectFront() {
        let isLatest = frontAttempts.begin()
        let box = box
        let life = box.life
        func alive() -> BoxProcess? { box.life == life ? box.process : nil }
        box.shopBroker.connect(
            ShopBox.frontClient,
            BrokerCallbacks(
                connected: { _ in
                    guard alive() != nil else { return }
                    for filter in ShopTopics.frontFilters {
                        box.shopBroker.subscribe(ShopBox.frontClient, filter, retainAsPublished: true)
                    }
                },
                received: { delivery in
                    guard let process = alive() else { return }
                    box.shopBroker.acknowledge(ShopBox.frontClient, delivery.messageID)
                    if let message = BoxProcess.message(delivery), message.isForFront { process.question(message) }
                }, lost: { if isLatest() { box.later(1_500) { $0.connectFront() } } }))
    }

    private static func message(_ delivery: BrokerDelivery) -> DeviceMessage? {
        (try? DeviceTopic(delivery.topic)).map {
            DeviceMessage(topic: $0, payload: delivery.payload, retained: delivery.retained)
        }
    }

    private func hearShop(_ delivery: BrokerDelivery) {
        guard let message = Self.message(delivery) else {
            return box.shopBroker.acknowledge(ShopBox.ledgerClient, delivery.messageID)
        }
        if case .presence = message.topic {
            return box.shopBroker.acknowledge(ShopBox.ledgerClient, delivery.messageID)
        }
        if message.isForFront { return box.shopBroker.acknowledge(ShopBox.ledgerClient, delivery.messageID) }
        put(BoxMail(inbound: .device(message), acknowledge: delivery.messageID))
    }

    /// The front answers, or hands on.
    private func question(_ message: DeviceMessage) {
        do throws(StorageFailure) {
            switch try front.answer(message) {
            case .replies(let replies):
                for reply in replies { publish(reply, from: ShopBox.frontClient) }
                if let first = replies.first { box.checks.answered(message, first, view: view, on: box) }
            case .forLedger(let message): box.later(1) { $0.put(BoxMail(inbound: .device(message))) }
            }
        } catch {
            box.world.fail("the front cannot read the assortment: \(error)")
        }
    }

    private func publish(_ reply: DeviceReply, from client: String) {
        box.shopBroker.publish(
            from: client, reply.responseTopic ?? ShopTopics.reply(to: reply.device), reply.payload)
    }

    // MARK: The line

    private func connectLine() {
        let isLatest = lineAttempts.begin()
        let box = box
        let life = box.life
        func alive() -> BoxProcess? { box.life == life ? box.process : nil }
        box.headquartersBroker.connect(
            ShopBox.lineClient,
            BrokerCallbacks(
                connected: { _ in
                    guard let process = alive() else { return }
                    for filter in process.session.filters {
                        box.headquartersBroker.subscribe(ShopBox.lineClient, filter)
                    }
                    process.isOnLine = true
                    process.put(BoxMail(inbound: .link(up: true)))
                },
                received: { delivery in
                    guard let process = alive() else { return }
                    box.headquartersBroker.acknowledge(ShopBox.lineClient, delivery.messageID)
                    process.hearHeadquarters(delivery)
                },
                lost: {
                    guard isLatest(), let process = alive() else { return }
                    if process.isOnLine { process.put(BoxMail(inbound: .link(up: false))) }
                    process.isOnLine = false
                    box.later(3_000) { $0.connectLine() }
                }))
    }

    private func hearHeadquarters(_ delivery: BrokerDelivery) {
        do throws(StorageFailure) {
            let outcome = try session.receive(
                topic: delivery.topic, payload: delivery.payload, now: box.clock.read().wall)
            for inbound in outcome.forLedger { box.later(1) { $0.put(BoxMail(inbound: inbound)) } }
            send(outcome.publications)
            for problem in outcome.problems { box.world.note("line.problem", "edged", problem) }
        } catch {
            box.world.note("line.failed", "edged", "\(error)")
        }
    }

    private func send(_ publications: [Publication]) {
        for publication in publications {
            box.headquartersBroker.publish(from: ShopBox.lineClient, publication.topic, publication.payload)
        }
    }

    /// Once a minute headquarters hears where every feed stands.
    private func tellCursors() {
        if isOnLine, let message = try? session.cursorMessage() { send([message]) }
        box.later(60_000) { $0.tellCursors() }
    }

    // MARK: The ledger

    func put(_ mail: BoxMail) {
        inbox.append(mail)
        planTurn(after: 0)
    }

    private func planTurn(after milliseconds: Int64) {
        let at = box.world.queue.now + milliseconds
        if let turnAt, turnAt <= at { return }
        turnAt = at
        box.later(milliseconds) {
            guard $0.turnAt == at else { return }
            $0.turnAt = nil
            $0.turn()
        }
    }

    /// A turn of the ledger: everything that came is one batch.
    private func turn() {
        let world = box.world
        guard world.failure == nil else { return }
        let batch = nextBatch()
        if !batch.isEmpty, world.faults.strikes(.crashBeforeCommit) { return box.die(.crashBeforeCommit) }
        let breaks =
            !batch.isEmpty && (world.faults.tries(.crashInCommitLost) || world.faults.tries(.crashInCommitKept))
        if breaks { box.disk.failNextCommit(.broken) }
        box.gremlin.beforeTurn(isAlone: batch.isEmpty)
        let fullBefore = box.disk.counts.fullCommits
        do throws(StorageFailure) {
            let outcome = try ledger.take(batch.map(\.inbound))
            box.checks.looked(at: box.clock.read(), said: ledger.now, on: box)
            let fullCommits = box.disk.counts.fullCommits - fullBefore
            if fullCommits > 0 {
                box.checks.refusedForSpace(
                    batch, outcome, at: ledger.now, othersCount: fullCommits == 1, on: box)
            } else {
                box.checks.decided(batch, outcome, at: ledger.now, on: box)
            }
            guard world.failure == nil else { return }
            box.gremlin.afterTurn(outcome, at: ledger.now)
            release(outcome, batch)
            planNext(outcome.nextDue)
        } catch {
            guard breaks else { return world.fail("the ledger gave up: \(error)") }
            // Whether it is on the disk shows at the next start.
            box.doubtful = (batch, ledger.now, box.disk.counts.brokenCommitsKept)
            box.die(.crashInCommitLost)
        }
    }

    /// What came, up to a bound. What sets the clerks is a batch of its own: a sign-in in the same batch would be judged
    /// by a list of clerks that nobody outside can know.
    private func nextBatch() -> [BoxMail] {
        var count = 0
        for mail in inbox.prefix(Self.batchMax) {
            if case .feed(let message) = mail.inbound, message.feed == .clerks {
                if count == 0 { count = 1 }
                break
            }
            count += 1
        }
        let batch = Array(inbox.prefix(count))
        inbox.removeFirst(count)
        return batch
    }

    private func release(_ outcome: TurnOutcome, _ batch: [BoxMail]) {
        let world = box.world
        if !outcome.replies.isEmpty, world.faults.strikes(.crashAfterCommit) { return box.die(.crashAfterCommit) }
        var last = outcome.replies.count
        if outcome.replies.count > 1, world.faults.strikes(.crashBetweenReplies) {
            last = 1 + world.faults.draw(.crashBetweenReplies) { $0.below(outcome.replies.count - 1) }
        }
        for reply in outcome.replies.prefix(last) { publish(reply, from: ShopBox.ledgerClient) }
        if last < outcome.replies.count { return box.die(.crashBetweenReplies) }
        for mail in batch {
            if let id = mail.acknowledge { box.shopBroker.acknowledge(ShopBox.ledgerClient, id) }
        }
        box.gremlin.publishLate(everythingOf: box.disk, to: view, clock: ledger.now, on: box)
        for problem in outcome.problems { world.note("ledger.problem", "edged", problem) }
        guard !outcome.events.isEmpty || outcome.cursors != nil else { return }
        box.later(1) { process in
            if let publications = try? process.session.send(outcome.events, cursors: outcome.cursors) {
                process.send(publications)
            }
        }
    }

    /// The loop sleeps until something is due, and never longer than a minute.
    private func planNext(_ due: Instant?) {
        if !inbox.isEmpty { return planTurn(after: 0) }
        let wait = due.map { min(60_000, max(1, $0 - ledger.now)) } ?? 60_000
        planTurn(after: wait)
    }
}

/// A clock that always says that it is right: a planted fault.
struct SurelyClock: MachineClock {
    let clock: SimulatedClock

    init(_ clock: SimulatedClock) { self.clock = clock }

    func read() -> ClockReading {
        let reading = clock.read()
        return ClockReading(
            wall: reading.wall, monotonicMilliseconds: reading.monotonicMilliseconds, synchronised: true,
            boot: reading.boot)
    }
}
