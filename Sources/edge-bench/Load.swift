// The devices of a load, all on one connection, so that the broker and not this program is what both sides share.

import Contract
import MQTT

/// A load while it runs.
final class Load {
    private let plan: LoadCommand
    private let client: MQTTClient
    private let timer: Timer
    private let topics: [String]
    private let names: [String]
    /// When the questions of each device that wait for an answer were due, in the order of asking: a device's answers
    /// come in the order of its questions.
    private var waiting: [Queue]
    private var latencies = Latencies()
    private var asked = 0
    private var answered = 0
    private var done = 0
    private var bytes = 0
    private var begin: Int64 = 0
    private var measuredFrom: Int64 = 0
    private var lastAnswer: Int64 = 0

    /// Moments in the order in which they were put in.
    private struct Queue {
        private var moments: [Int64] = []
        private var head = 0

        mutating func append(_ moment: Int64) { moments.append(moment) }

        mutating func next() -> Int64? {
            guard head < moments.count else { return nil }
            defer {
                head += 1
                if head == moments.count {
                    moments.removeAll(keepingCapacity: true)
                    head = 0
                }
            }
            return moments[head]
        }
    }

    init(_ plan: LoadCommand) throws {
        self.plan = plan
        names = (0..<plan.devices).map { "\(plan.name)-\($0)" }
        topics = names.map { "\(plan.prefix)/\($0)/\(plan.ask.topic)" }
        waiting = [Queue](repeating: Queue(), count: plan.devices)
        timer = try Timer()
        var options = MQTTOptions(clientID: "bench-\(plan.name)-\(plan.number)", host: "127.0.0.1", port: plan.port)
        options.startsClean = true
        options.receiveMaximum = 65_535
        client = try MQTTClient(options)
        client.subscribe([("\(plan.prefix)/+/reply", .atLeastOnce)])
        client.connect()
    }

    func run() throws {
        try waitForSubscription()
        begin = Stopwatch.now()
        measuredFrom = begin
        let end = begin + Int64(plan.seconds * 1e9)
        let interval = plan.rate > 0 ? 1_000_000_000 / Int64(plan.rate) : 0
        if interval == 0 { for device in names.indices { ask(device, due: begin) } }
        client.flush()
        var isOver = false
        while !isOver || answered < asked {
            let now = Stopwatch.now()
            isOver = isOver || now >= end || (plan.count > 0 && asked >= plan.count)
            // Those that are never answered must not hold the measurement up.
            if now >= end + 5_000_000_000 { return }
            if interval > 0, !isOver { timer.set(begin + Int64(asked) * interval) }
            let turn = client.collect(wakeUps: [timer.fileDescriptor], timeoutMilliseconds: 100)
            guard client.isConnected else { throw BenchProblem("the broker ended the connection") }
            if !turn.wokenUpBy.isEmpty { timer.drain() }
            for message in turn.messages { take(message, asksAgain: interval == 0 && !isOver) }
            if interval > 0, !isOver {
                let now = Stopwatch.now()
                while begin + Int64(asked) * interval <= now {
                    ask(asked % plan.devices, due: begin + Int64(asked) * interval)
                }
            }
            client.flush()
        }
    }

    private func waitForSubscription() throws {
        let end = Stopwatch.now() + 10_000_000_000
        while Stopwatch.now() < end {
            let turn = client.collect(timeoutMilliseconds: 100)
            client.flush()
            for event in turn.events { if case .subscribed = event { return } }
        }
        throw BenchProblem("no broker answers at 127.0.0.1:\(plan.port)")
    }

    private func ask(_ device: Int, due: Int64) {
        guard plan.count == 0 || asked < plan.count else { return }
        let payload = plan.ask.payload(
            serial: asked, run: plan.number, device: names[device], assortment: Assortment(count: plan.assortment),
            lines: plan.lines)
        asked += 1
        waiting[device].append(due)
        client.publish(topic: topics[device], payload: payload)
    }

    private func take(_ message: MQTTMessage, asksAgain: Bool) {
        guard let device = device(of: message.topic), let due = waiting[device].next() else { return }
        let now = Stopwatch.now()
        lastAnswer = now
        answered += 1
        if answered > plan.warmUp {
            latencies.add(now - due)
        } else if answered == plan.warmUp {
            measuredFrom = now
        }
        bytes = message.payload.count
        if Self.isDone(message.payload) { done += 1 }
        if asksAgain { ask(device, due: now) }
    }

    /// The number of the device to which an answer goes.
    private func device(of topic: String) -> Int? {
        guard topic.utf8.count > plan.prefix.utf8.count + plan.name.utf8.count + 2 else { return nil }
        let levels = topic.utf8.dropFirst(plan.prefix.utf8.count + 1)
        let name = levels.prefix { $0 != UInt8(ascii: "/") }
        guard name.starts(with: plan.name.utf8) else { return nil }
        var number = 0
        for digit in name.dropFirst(plan.name.utf8.count + 1) { number = number * 10 + Int(digit) - 0x30 }
        return waiting.indices.contains(number) ? number : nil
    }

    /// Whether an answer is no refusal, by its beginning: reading all of it would measure this program.
    private static func isDone(_ payload: [UInt8]) -> Bool {
        let mark = Array(#""outcome":"done""#.utf8)
        var start = 0
        while start + mark.count <= min(payload.count, 200) {
            if payload[start] == mark[0], payload[start..<(start + mark.count)].elementsEqual(mark) { return true }
            start += 1
        }
        return false
    }

    func result() -> [JSON.Member] {
        let span = max(1, lastAnswer - measuredFrom)
        let perSecond = Int64(latencies.count) * 1_000_000_000 / span
        return [
            .init("answered", .count(answered)), .init("done", .count(done)),
            .init("unanswered", .count(asked - answered)), .init("perSecond", .integer(perSecond)),
            .init("bytes", .count(bytes)),
        ] + latencies.members()
    }
}
