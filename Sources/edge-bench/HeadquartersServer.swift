// The headquarters of a measurement: cursors say what to send next, events are receipted as they come.

import Contract
import Glibc
import MQTT
import ShopModel

/// A headquarters while it runs.
final class HeadquartersServer {
    private let plan: HeadquartersCommand
    private let client: MQTTClient
    private let shop: ShopID
    private let asOf: Instant
    /// The last entry sent of each feed, and the last that the shop has.
    private var feeds: [Feed: (sent: Int, heard: Int)] = [:]
    private var holder: String?
    private var isFed = false
    private var burst: (first: Int64, last: Int64, count: Int)?

    private static let epoch = "bench"
    private static let entriesPerMessage = 500
    /// Entries on their way, beyond which the shop's word is waited for.
    private static let entriesAheadMax = 2_000
    private static let restNanoseconds: Int64 = 300_000_000

    init(_ plan: HeadquartersCommand) throws {
        self.plan = plan
        guard let shop = ShopID(plan.shop) else { throw BenchProblem("\(plan.shop) is no shop's name") }
        self.shop = shop
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        asOf = Instant(milliseconds: Int64(time.tv_sec) * 1_000)
        var options = MQTTOptions(clientID: "bench-headquarters", host: "127.0.0.1", port: plan.port)
        options.startsClean = true
        options.receiveMaximum = 65_535
        // Back before the shop is, so that nothing is sent to nobody.
        options.reconnectMillisecondsFirst = 20
        options.reconnectMillisecondsMax = 20
        client = try MQTTClient(options)
        client.subscribe([("hq/v1/\(shop)/up/+", .atLeastOnce)])
        client.connect()
    }

    func run() throws {
        for feed in [Feed.catalogue, .network, .stock] { feeds[feed] = (0, 0) }
        while true {
            let turn = client.collect(timeoutMilliseconds: 100)
            for event in turn.events { if case .subscribed = event { tell([.init("listening", true)]) } }
            for message in turn.messages {
                if message.topic.hasSuffix("/cursor") {
                    try hear(try CursorMessage(message.payload))
                } else {
                    receipt(message.payload)
                }
            }
            client.flush()
            rest()
        }
    }

    // MARK: Feeds

    private func hear(_ message: CursorMessage) throws {
        holder = "edge.\(message.incarnation)"
        for cursor in message.cursors where cursor.scope == .shop {
            guard var state = feeds[cursor.feed] else { continue }
            state.heard = Int(cursor.sequence)
            if state.sent < state.heard { state.sent = state.heard }
            feeds[cursor.feed] = state
        }
        for feed in [Feed.catalogue, .network, .stock] { try send(feed) }
        if !isFed, feeds.values.allSatisfy({ $0.heard == plan.assortment }) {
            isFed = true
            tell([.init("fed", true)])
        }
    }

    private func send(_ feed: Feed) throws {
        guard var state = feeds[feed], let holder else { return }
        while state.sent < plan.assortment, state.sent - state.heard < Self.entriesAheadMax {
            let last = min(plan.assortment, state.sent + Self.entriesPerMessage)
            let entries = try (state.sent..<last).map { number in
                switch feed {
                case .catalogue: try Assortment.product(number)
                case .network: Assortment.network(number, asOf: asOf)
                default: try Assortment.opening(number, units: plan.units, holder: holder)
                }
            }
            let message = FeedMessage(
                feed: feed, epoch: Self.epoch, body: .entries(first: Int64(state.sent + 1), entries))
            client.publish(
                topic: HeadquartersTopic.feed(shop, feed).description, payload: message.json.encoded())
            state.sent = last
        }
        feeds[feed] = state
    }

    // MARK: Events

    /// Receipts the events of a message. Their ids are found by the head that every event of edged has; reading all of
    /// it would measure this program.
    private func receipt(_ payload: [UInt8]) {
        let mark = Array(#"{"specversion":"1.0","id":""#.utf8)
        var answer = Array(#"{"epoch":"\#(Self.epoch)","receipts":["#.utf8)
        var count = 0
        var place = 0
        while place + mark.count < payload.count {
            guard payload[place] == mark[0], payload[place + 2] == mark[2],
                payload[place..<(place + mark.count)].elementsEqual(mark),
                let end = payload[(place + mark.count)...].firstIndex(of: UInt8(ascii: "\""))
            else {
                place += 1
                continue
            }
            answer += Array((count > 0 ? #",{"id":""# : #"{"id":""#).utf8)
            answer += payload[(place + mark.count)..<end]
            answer += Array(#"","outcome":"durable"}"#.utf8)
            count += 1
            place = end
        }
        answer += Array("]}".utf8)
        guard count > 0 else { return }
        client.publish(topic: HeadquartersTopic.receipts(shop).description, payload: answer)
        let now = Stopwatch.now()
        burst = (burst?.first ?? now, now, (burst?.count ?? 0) + count)
    }

    /// After a rest, tells how fast the events before it came.
    private func rest() {
        guard let ended = burst, Stopwatch.now() - ended.last >= Self.restNanoseconds else { return }
        burst = nil
        let span = max(1, ended.last - ended.first)
        tell([
            .init("events", .count(ended.count)),
            .init("perSecond", .integer(Int64(ended.count) * 1_000_000_000 / span)),
        ])
    }
}
