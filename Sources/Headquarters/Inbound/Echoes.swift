// What headquarters answers to a shop's echo, and who speaks as that shop.

import Contract
import ShopModel

/// The boxes that spoke as one shop lately. It is memory only: every box speaks at least once a minute.
struct SpeakingBoxes {
    /// How long a box that says nothing more is remembered.
    static let rememberedMilliseconds: Int64 = 600_000
    /// How often the word has to go back to a box that had spoken before, until both count as running: a message of the
    /// former box that its broker delivers late gives the word back once or twice.
    static let turnsMax = 3
    /// How many boxes are remembered.
    static let boxesMax = 8

    struct Box: Equatable {
        let instance: BoxInstance
        let incarnation: Incarnation
        let heardAt: Instant
    }

    /// The boxes, the one that spoke last in front.
    private(set) var boxes: [Box] = []
    private var turns: [Instant] = []
    /// Whether it was reported that two speak.
    var isReported = false

    /// Whether two boxes go on speaking as the shop.
    var areTwo: Bool { turns.count >= Self.turnsMax }

    /// Hears a box.
    mutating func hear(_ instance: BoxInstance, _ incarnation: Incarnation, now: Instant) {
        forget(now: now)
        if let last = boxes.first, last.instance != instance, boxes.contains(where: { $0.instance == instance }) {
            turns.append(now)
        }
        boxes.removeAll { $0.instance == instance }
        boxes.insert(Box(instance: instance, incarnation: incarnation, heardAt: now), at: 0)
        if boxes.count > Self.boxesMax { boxes.removeLast() }
    }

    /// Forgets what was too long ago.
    mutating func forget(now: Instant) {
        boxes.removeAll { now - $0.heardAt > Self.rememberedMilliseconds }
        turns.removeAll { now - $0 > Self.rememberedMilliseconds }
        if !areTwo { isReported = false }
    }

    /// The other box than this one that spoke last.
    func other(than instance: BoxInstance) -> Box? { boxes.first { $0.instance != instance } }
}

extension Headquarters {
    /// The name under which the moment of a shop's last event is kept.
    static func lastEventName(_ shop: ShopID) -> String { "lastEvent/" + shop.value }

    /// When an event of a shop came in last; `nil` before the first.
    public func lastEventAt(of shop: ShopID) throws -> Instant? {
        try storage.value(Self.lastEventName(shop)).flatMap { Int64($0) }.map { Instant(milliseconds: $0) }
    }

    /// Hears a box speak as a shop; two that write as one life fence it (DESIGN §8).
    func hear(_ instance: BoxInstance, _ incarnation: Incarnation, of shop: ShopID) throws {
        var speaking = boxes[shop] ?? SpeakingBoxes()
        speaking.hear(instance, incarnation, now: now)
        if speaking.areTwo, !speaking.isReported, let other = speaking.other(than: instance) {
            speaking.isReported = true
            if other.incarnation == incarnation {
                try fork(incarnation, of: shop, because: "the boxes \(instance) and \(other.instance) both speak as it")
            } else {
                report("two boxes speak as shop \(shop): \(instance) and \(other.instance). Stop one of them.")
            }
        }
        boxes[shop] = speaking
    }

    /// Answers an echo: that headquarters' application is there, and what it sees of the shop.
    func answer(_ request: EchoRequest, of shop: ShopID) throws {
        let before = boxes[shop]?.boxes.first
        try hear(request.instance, request.incarnation, of: shop)
        let speaking = boxes[shop]
        let answer = EchoAnswer(
            id: request.id, epoch: epoch, version: version, time: now,
            sees: EchoAnswer.Sight(
                incarnation: try living(of: shop),
                state: try storage.lives(of: shop).first { $0.incarnation == request.incarnation }?.state.rawValue,
                instance: before?.instance, lastEventAt: try lastEventAt(of: shop),
                otherInstance: speaking?.other(than: request.instance).map {
                    EchoAnswer.OtherBox(instance: $0.instance, incarnation: $0.incarnation, heardAt: $0.heardAt)
                }, twoBoxes: speaking?.areTwo ?? false))
        outcome.messages.append(
            HeadquartersMessage(topic: HeadquartersTopic.echo(shop).description, payload: answer.json.encoded()))
    }

    /// The boxes that spoke as a shop in the last ten minutes, the latest first, and whether two of them go on.
    public func speakers(
        of shop: ShopID, now: Instant
    ) -> (boxes: [EchoAnswer.OtherBox], areTwo: Bool) {
        var speaking = boxes[shop] ?? SpeakingBoxes()
        speaking.forget(now: now)
        return (
            speaking.boxes.map {
                EchoAnswer.OtherBox(instance: $0.instance, incarnation: $0.incarnation, heardAt: $0.heardAt)
            }, speaking.areTwo
        )
    }
}
