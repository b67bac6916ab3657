// Headquarters in the simulated world: the real core, on a disk and a broker that fail.

import Contract
import EdgeAgent
import Headquarters
import ShopModel

/// Headquarters, its broker client and its crashes.
final class HeadOffice {
    let world: World
    let broker: SimulatedBroker
    let memory = MemoryHeadquartersStorage()
    private let storage: any HeadquartersStorage
    private var headquarters: Headquarters?
    private var life = 0
    private var inbox: [BrokerDelivery] = []
    private var isTurnPlanned = false
    private var pollAt: Int64?
    private var names = 0
    private let attempts = Attempts()
    /// What is looked at after every commit.
    var committed: () -> Void = {}

    private static let client = "headquarters"
    private static let batchMax = 64

    init(_ world: World, broker: SimulatedBroker) {
        self.world = world
        self.broker = broker
        switch world.plant {
        case .receiptTrustedBeforeCommit: storage = LateHeadquartersStorage(memory)
        case .headquartersForgetsDuplicates: storage = ForgetfulHeadquartersStorage(memory)
        default: storage = memory
        }
    }

    func start() {
        guard headquarters == nil, let shop = ShopID(ShopBox.shop) else { return }
        life += 1
        do {
            headquarters = try Headquarters(
                storage: storage, policy: HeadquartersPolicy(shops: [.init(id: shop)], grantShare: 70),
                digest: FNVDigest(), mint: mint)
            connect()
        } catch {
            world.fail("headquarters cannot start: \(error)")
        }
    }

    private func mint() -> String {
        names += 1
        return "epoch-\(names)"
    }

    private func crash() {
        world.note("headquarters.crash", "hq")
        headquarters = nil
        life += 1
        inbox.removeAll()
        isTurnPlanned = false
        pollAt = nil
        (storage as? LateHeadquartersStorage)?.crash()
        memory.crash()
        broker.drop(Self.client)
        let wait = world.faults.draw(.headquartersCrashInCommit) { $0.within(500...40_000) }
        world.queue.schedule(after: wait) { [weak self] in self?.start() }
    }

    private func later(_ milliseconds: Int64, _ action: @escaping () -> Void) {
        let life = life
        world.queue.schedule(after: milliseconds) { [weak self] in
            if self?.life == life { action() }
        }
    }

    private func connect() {
        let isLatest = attempts.begin()
        let life = life
        func isAlive() -> Bool { self.life == life }
        broker.connect(
            Self.client,
            BrokerCallbacks(
                connected: { [self] _ in
                    guard isAlive() else { return }
                    for filter in HeadquartersTopic.headquartersFilters { broker.subscribe(Self.client, filter) }
                    headquarters?.linkChanged()
                },
                received: { [self] delivery in
                    guard isAlive() else { return }
                    inbox.append(delivery)
                    planTurn()
                },
                lost: { [self] in
                    guard isAlive(), isLatest() else { return }
                    later(2_000) { self.connect() }
                }))
    }

    private func planTurn() {
        guard !isTurnPlanned else { return }
        isTurnPlanned = true
        later(2) { [self] in
            isTurnPlanned = false
            let batch = Array(inbox.prefix(Self.batchMax))
            inbox.removeFirst(batch.count)
            let messages = batch.map { HeadquartersInbound(topic: $0.topic, payload: $0.payload) }
            if act({ try $0.take(messages, now: $1) }) != nil {
                for delivery in batch { broker.acknowledge(Self.client, delivery.messageID) }
            }
            if !inbox.isEmpty { planTurn() }
        }
    }

    /// Carries a command out, as the people at headquarters would; `nil` when it cannot be now.
    @discardableResult
    func perform(_ command: HeadquartersCommand) -> Result<JSON, Refusal>? {
        let answer = act { try $0.perform([command], now: $1) }?.answers.first
        if case .failure(let refusal)? = answer { world.note("headquarters.refused", "hq", refusal.code.name) }
        return answer
    }

    /// One transaction, and what leaves after it.
    private func act(
        _ body: (Headquarters, Instant) throws -> HeadquartersOutcome
    ) -> HeadquartersOutcome? {
        guard let headquarters, world.failure == nil else { return nil }
        if world.faults.strikes(.headquartersCrashInCommit) {
            memory.commitsUntilFailure = 0
        }
        do {
            let outcome = try body(headquarters, world.trueTime)
            committed()
            for report in outcome.reports {
                world.note("headquarters.report", "hq", report)
                // One shop, one box: nobody is ever refused or fenced here.
                if report.contains("refused") || report.contains("two boxes") || report.contains("cannot be read") {
                    world.fail("headquarters reports: \(report)")
                }
            }
            if world.faults.strikes(.headquartersCrashAfterCommit) {
                crash()
                return nil
            }
            for message in outcome.messages { broker.publish(from: Self.client, message.topic, message.payload) }
            planPoll()
            return outcome
        } catch is MemoryHeadquartersStorage.CommitFailed {
            crash()
            return nil
        } catch {
            world.fail("headquarters failed: \(error)")
            return nil
        }
    }

    private func planPoll() {
        guard let next = headquarters?.nextTry else { return }
        let at = world.queue.now + max(1, next - world.trueTime)
        if let pollAt, pollAt <= at { return }
        pollAt = at
        later(at - world.queue.now) { [self] in
            guard pollAt == at else { return }
            pollAt = nil
            _ = act { try $0.poll(now: $1) }
        }
    }
}
