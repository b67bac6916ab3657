// The simulated broker: what it promises, and everything that it does not.

import EdgeSimulation
import Testing

/// A client that notes what it hears and acknowledges at once, unless told otherwise.
private final class Listener {
    let name: String
    let broker: SimulatedBroker
    var acknowledges = true
    var heard: [BrokerDelivery] = []
    var accepted: [UInt64] = []
    var sessionPresent: [Bool] = []
    var losses = 0

    init(_ name: String, _ broker: SimulatedBroker) {
        self.name = name
        self.broker = broker
    }

    func connect(clean: Bool = true, filters: [String] = [], will: BrokerWill? = nil) {
        broker.connect(
            name, clean: clean, will: will,
            BrokerCallbacks(
                connected: { [self] present in
                    sessionPresent.append(present)
                    for filter in filters { broker.subscribe(name, filter) }
                },
                received: { [self] delivery in
                    heard.append(delivery)
                    if acknowledges { broker.acknowledge(name, delivery.messageID) }
                },
                accepted: { [self] in accepted.append($0) },
                lost: { [self] in losses += 1 }))
    }

    var payloads: [UInt8] { heard.compactMap(\.payload.first) }
}

/// A broker in a small world.
private final class Place {
    let queue = EventQueue()
    let trace = Trace(tailMax: 50)
    let broker: SimulatedBroker

    init(seed: UInt64 = 1, _ conditions: BrokerConditions = BrokerConditions()) {
        broker = SimulatedBroker(
            "shop", queue: queue, random: SeededRandom(seed: seed), trace: trace, conditions: conditions)
    }

    func wait(_ milliseconds: Int64 = 1_000) { queue.run(until: queue.now + milliseconds) }

    func client(_ name: String, clean: Bool = true, _ filters: [String] = []) -> Listener {
        let listener = Listener(name, broker)
        listener.connect(clean: clean, filters: filters)
        wait(100)
        return listener
    }
}

@Suite("The simulated broker")
struct WorldBrokerTests {
    @Test("keeps the order within a topic and mixes it across topics")
    func order() {
        let place = Place(BrokerConditions(delayMillisecondsMax: 40, slowChance: 0.2, slowMillisecondsMax: 500))
        let agent = place.client("agent", ["a/#"])
        _ = place.client("till")
        for number in 0..<200 { place.broker.publish(from: "till", "a/\(number % 4)", [UInt8(number)]) }
        place.wait(60_000)
        #expect(agent.heard.count == 200)
        for topic in 0..<4 {
            let inTopic = agent.heard.filter { $0.topic == "a/\(topic)" }.compactMap(\.payload.first)
            #expect(inTopic == inTopic.sorted() && inTopic.count == 50)
        }
        #expect(agent.payloads != agent.payloads.sorted())
        #expect(place.broker.counts.overtaken > 0)
    }

    @Test("does the same for the same seed, and something else for another")
    func repeats() {
        func day(_ seed: UInt64) -> UInt64 {
            let place = Place(
                seed: seed,
                BrokerConditions(
                    delayMillisecondsMax: 20, slowChance: 0.1, duplicateChance: 0.1, silentDropChance: 0.1))
            let agent = place.client("agent", clean: false, ["+/do/#"])
            _ = place.client("till")
            for number in 0..<100 {
                place.broker.publish(from: "till", "t\(number % 3)/do/x", [UInt8(number)])
                if number == 40 { place.broker.partition("agent", noticedAfter: 50) }
                if number == 60 {
                    place.broker.heal("agent")
                    agent.connect(clean: false)
                }
                place.wait(10)
            }
            place.wait(60_000)
            return place.trace.hash
        }
        #expect(day(3) == day(3))
        #expect(day(3) != day(4))
    }

    @Test("delivers now and then twice, and never less than once while nothing else goes wrong")
    func duplicates() {
        let place = Place(BrokerConditions(duplicateChance: 0.2))
        let agent = place.client("agent", ["a"])
        _ = place.client("till")
        for number in 0..<100 { place.broker.publish(from: "till", "a", [UInt8(number)]) }
        place.wait(60_000)
        #expect(Set(agent.payloads).count == 100 && agent.heard.count == 100 + place.broker.counts.duplicated)
        #expect(place.broker.counts.duplicated > 5)
        #expect(agent.heard.contains { $0.duplicate })
    }

    @Test("acknowledges to the sender what it then gives to nobody, when told")
    func silentDrop() {
        let place = Place()
        let agent = place.client("agent", ["a"])
        let till = place.client("till")
        place.broker.dropNext(2)
        for number in 0..<5 { place.broker.publish(from: "till", "a", [UInt8(number)]) }
        place.wait()
        #expect(till.accepted.count == 5)
        #expect(agent.payloads == [2, 3, 4] && place.broker.counts.droppedSilently == 2)
    }

    @Test("keeps a persistent session's messages until they are acknowledged, and delivers them again")
    func persistent() {
        let place = Place()
        let agent = place.client("agent", clean: false, ["a"])
        let till = place.client("till")
        agent.acknowledges = false
        place.broker.publish(from: "till", "a", [1])
        place.wait()
        place.broker.drop("agent")
        place.broker.publish(from: "till", "a", [2])
        place.wait()
        #expect(place.broker.waitingCount("agent") == 2 && till.accepted.count == 2)
        agent.acknowledges = true
        agent.connect(clean: false)
        place.wait()
        #expect(agent.payloads == [1, 1, 2] && agent.sessionPresent == [false, true])
        #expect(agent.heard.map(\.duplicate) == [false, true, false])
        #expect(place.broker.waitingCount("agent") == 0 && place.broker.counts.redelivered == 1)
    }

    @Test("forgets a clean session with its connection")
    func clean() {
        let place = Place()
        let agent = place.client("agent", ["a"])
        _ = place.client("till")
        place.broker.disconnect("agent")
        place.broker.publish(from: "till", "a", [1])
        place.wait()
        agent.connect()
        place.wait()
        #expect(agent.heard.isEmpty && agent.sessionPresent == [false, false] && agent.losses == 0)
    }

    @Test("drops without a word what waits beyond 1,000 messages")
    func queueFull() {
        let place = Place()
        let agent = place.client("agent", clean: false, ["a"])
        let till = place.client("till")
        place.broker.disconnect("agent")
        for _ in 0..<1_100 { place.broker.publish(from: "till", "a", [1]) }
        place.wait()
        #expect(till.accepted.count == 1_100 && place.broker.counts.droppedQueueFull == 100)
        agent.connect(clean: false)
        place.wait(60_000)
        #expect(agent.heard.count == 1_000)
    }

    @Test("keeps 20 messages on their way to a client that acknowledges nothing")
    func inFlight() {
        let place = Place()
        let agent = place.client("agent", clean: false, ["a"])
        _ = place.client("till")
        agent.acknowledges = false
        for number in 0..<50 { place.broker.publish(from: "till", "a", [UInt8(number)]) }
        place.wait()
        #expect(agent.heard.count == 20)
        for delivery in agent.heard { place.broker.acknowledge("agent", delivery.messageID) }
        place.wait()
        #expect(agent.payloads == Array(0..<40))
    }

    @Test("loses sessions, queues and what it retained at a restart, and nothing when it could write them down")
    func restarts() {
        for keeping in [false, true] {
            let place = Place()
            let agent = place.client("agent", clean: false, ["a", "p"])
            let till = place.client("till")
            agent.acknowledges = false
            place.broker.publish(from: "till", "p", [9], retain: true)
            place.broker.publish(from: "till", "a", [1])
            place.wait()
            place.broker.restart(keepingMemory: keeping)
            place.wait()
            #expect(agent.losses == 1 && till.losses == 1)
            #expect(place.broker.publish(from: "till", "a", [2]) == nil)
            #expect((place.broker.retainedPayload("p") != nil) == keeping)
            agent.connect(clean: false)
            place.wait()
            #expect(agent.sessionPresent == [false, keeping])
            #expect(agent.heard.count == (keeping ? 4 : 2))
        }
    }

    @Test("gives what it retains to whoever subscribes, marked so; live messages are not, unless asked for")
    func retained() {
        let place = Place()
        let till = place.client("till", ["p/#"])
        let raw = place.client("raw")
        place.broker.subscribe("raw", "p/#", retainAsPublished: true)
        place.wait()
        place.broker.publish(from: "till", "p/b", [2], retain: true)
        place.broker.publish(from: "till", "p/a", [1], retain: true)
        place.wait()
        #expect(till.heard.map(\.retained) == [false, false] && raw.heard.map(\.retained) == [true, true])
        let late = place.client("late", ["p/+"])
        #expect(Set(late.payloads) == [1, 2] && late.heard.allSatisfy(\.retained))
        place.broker.publish(from: "till", "p/a", [], retain: true)
        place.wait()
        #expect(place.broker.retainedPayload("p/a") == nil)
    }

    @Test("lets nothing pass to a client apart, which finds out by its keep-alive, and publishes its will")
    func partitions() {
        let place = Place()
        let agent = place.client("agent", ["a", "will"])
        let till = Listener("till", place.broker)
        till.connect(will: BrokerWill(topic: "will", payload: [7], retain: false))
        place.wait()
        place.broker.partition("till", noticedAfter: 5_000)
        #expect(place.broker.publish(from: "till", "a", [1]) != nil)
        place.wait(4_000)
        #expect(till.losses == 0 && till.accepted.isEmpty)
        place.wait(2_000)
        #expect(till.losses == 1 && place.broker.publish(from: "till", "a", [1]) == nil)
        till.connect()
        place.wait(10_000)
        #expect(till.losses == 2 && agent.payloads == [7])
        place.broker.heal("till")
        till.connect()
        place.wait()
        place.broker.publish(from: "till", "a", [3])
        place.wait()
        #expect(agent.payloads == [7, 3] && place.broker.counts.wills == 1)
    }

    @Test("cuts the former connection of the same client id, and tells it")
    func takeover() {
        let place = Place()
        let first = place.client("agent", clean: false, ["a"])
        let second = Listener("agent", place.broker)
        second.connect(clean: false)
        place.wait()
        #expect(first.losses == 1 && second.sessionPresent == [true])
        _ = place.client("till")
        place.broker.publish(from: "till", "a", [1])
        place.wait()
        #expect(first.heard.isEmpty && second.payloads == [1])
    }

    @Test(
        "knows topics by their filters",
        arguments: [
            ("a/b", "a/b", true), ("a/b", "a/c", false), ("a/+", "a/b", true), ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true), ("#", "a/b", true), ("#", "$SYS/x", false), ("+/x", "$SYS/x", false),
            ("shop/v1/+/do/#", "shop/v1/till/do/sale.record", true), ("shop/v1/+", "shop/v1/till/do/x", false),
            ("+", "/", false), ("+/+", "/", true), ("a/b", "a", false),
        ])
    func filters(filter: String, topic: String, matches: Bool) {
        #expect(TopicFilter(filter).matches(topic) == matches)
    }
}
