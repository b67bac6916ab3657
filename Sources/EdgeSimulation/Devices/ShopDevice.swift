// A device of the simulated shop: it sends what a person does with it, until it has the answer.

import Contract
import EdgeAgent
import ShopModel

/// A message that a device sends.
struct DeviceRequest {
    let id: String
    let topic: String
    let payload: [UInt8]
    /// Whether the refusal `command.idReused` is what it has to get.
    var isMisuse = false
    /// Whether it was answered before, and has to get the same answer.
    var isRepeat = false
}

/// A device, as its maker would write it from the contract.
final class ShopDevice {
    let id: String
    let role: DeviceRole
    private let world: World
    private let broker: SimulatedBroker
    private let floor: ShopFloor
    private var script: DeviceScript
    private var random: SeededRandom
    private var waiting: [DeviceRequest] = []
    private var attempts: [String: Int] = [:]
    private let connecting = Attempts()
    /// Commands that it still has to think of.
    private(set) var left: Int

    /// Whether it has sent everything and has every answer.
    var isDone: Bool { left == 0 && waiting.isEmpty }
    /// The ids it waits for.
    var openIDs: [String] { waiting.map(\.id) }

    init(
        _ id: String, _ role: DeviceRole, commands: Int, world: World, broker: SimulatedBroker, floor: ShopFloor,
        assortment: Assortment
    ) {
        self.id = id
        self.role = role
        self.world = world
        self.broker = broker
        self.floor = floor
        left = commands
        random = world.random.stream("device \(id)")
        script = DeviceScript(device: id, role: role, assortment: assortment, random: random.stream("script"))
    }

    func start() {
        connect()
        world.queue.schedule(after: random.within(2_000...40_000)) { [weak self] in self?.think() }
    }

    private func connect() {
        let isLatest = connecting.begin()
        broker.connect(
            id,
            BrokerCallbacks(
                connected: { [weak self] _ in
                    guard let self else { return }
                    broker.subscribe(id, "shop/v1/\(id)/reply")
                },
                received: { [weak self] delivery in
                    guard let self else { return }
                    broker.acknowledge(id, delivery.messageID)
                    hear(delivery.payload)
                },
                lost: { [weak self] in
                    guard let self, isLatest() else { return }
                    world.queue.schedule(after: 2_000) { [weak self] in self?.connect() }
                }))
    }

    // MARK: Thinking

    private func think() {
        guard left > 0, world.failure == nil else { return }
        if waiting.count < 3 {
            let request = script.next(floor, now: world.trueTime)
            if request.topic.contains("/do/") { left -= 1 }
            begin(request)
        }
        if left > 0 { world.queue.schedule(after: pause()) { [weak self] in self?.think() } }
    }

    /// Mostly seconds, now and then minutes; the whole shop has its nights.
    private func pause() -> Int64 {
        let night = floor.nightEnds - world.queue.now
        if night > 0 { return night + random.within(0...60_000) }
        return random.chance(0.06) ? random.within(60_000...1_500_000) : random.within(200...12_000)
    }

    // MARK: Sending

    private func begin(_ request: DeviceRequest) {
        waiting.append(request)
        attempts[request.id] = 0
        send(request.id)
    }

    /// Sends, and again after 2 s, doubling to 30 s, until it has the reply (DESIGN §7).
    private func send(_ requestID: String) {
        guard let request = waiting.first(where: { $0.id == requestID }), world.failure == nil else { return }
        let attempt = attempts[requestID] ?? 0
        attempts[requestID] = attempt + 1
        broker.publish(from: id, request.topic, request.payload)
        if attempt == 0, request.topic.contains("/do/"), world.faults.strikes(.commandRepeated) {
            // Some clients send twice at once, some after a while.
            let wait = world.faults.draw(.commandRepeated) { $0.within(0...4_000) }
            world.queue.schedule(after: wait) { [weak self] in
                guard let self else { return }
                broker.publish(from: id, request.topic, request.payload)
            }
        }
        let wait = min(Int64(30_000), Int64(2_000) << Int64(min(attempt, 5)))
        world.queue.schedule(after: wait) { [weak self] in self?.send(requestID) }
    }

    // MARK: Hearing

    private func hear(_ bytes: [UInt8]) {
        guard let reply = try? JSONReader.read(bytes, limits: JSONLimits(bytesMax: 262_144)),
            let replyID = reply["id"]?.text
        else { return }
        guard reply["outcome"] != "later" else { return }
        let isReused = reply["problem"]?["code"]?.text == "command.idReused"
        let index = waiting.firstIndex { $0.id == replyID }
        if isReused {
            // Only a message that misused the id may be told so.
            guard floor.misused.contains(replyID) else { return world.fail("\(id) is told that \(replyID) was reused") }
            if let index, waiting[index].isMisuse { waiting.remove(at: index) }
            return
        }
        world.fail(if: floor.note(reply, of: replyID, to: id))
        guard let index, !waiting[index].isMisuse else { return }
        let request = waiting.remove(at: index)
        guard !request.isRepeat else { return }
        script.learn(request, reply, floor)
        // What was refused at the door is not remembered: its id is still free.
        guard request.topic.contains("/do/"), reply["problem"]?["code"] != "device.notAllowed" else { return }
        if world.faults.strikes(.commandIDReused) { misuse(request) }
        if world.faults.isEnabled(.commandRepeated), world.faults.draw(.commandRepeated, { $0.chance(0.04) }) {
            world.faults.fired(.commandRepeated)
            let wait = world.faults.draw(.commandRepeated) { $0.within(1_000...600_000) }
            world.queue.schedule(after: wait) { [weak self] in
                guard let self, world.failure == nil, !waiting.contains(where: { $0.id == request.id }) else { return }
                var again = request
                again.isRepeat = true
                begin(again)
            }
        }
    }

    /// Sends something else under an id that was answered.
    private func misuse(_ request: DeviceRequest) {
        floor.misused.insert(request.id)
        let other = script.misuse(request)
        waiting.append(other)
        attempts[other.id] = 0
        send(other.id)
    }
}
