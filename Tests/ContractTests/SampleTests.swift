// Every sample of the contract is read and written back, byte for byte.

import Contract
import ScanCodes
import ShopModel
import Testing

@Suite("A sample of the contract")
struct SampleTests {
    @Test("of a question or command becomes a value, and the value the same message", arguments: Sample.requests)
    func requests(sample: Sample) throws {
        let topic = try DeviceTopic(sample.topic)
        #expect(topic.description == sample.topic)
        let (envelope, request) = try Request.decode(topic, payload: sample.bytes)
        #expect(request.verb == envelope.verb)
        if sample.payload.text == nil {
            let isSingle = topic == .single(topic.device)
            #expect(request.json(envelope, namingVerb: isSingle) == sample.payload)
            #expect(EnvelopeHint(sample.bytes).id == envelope.id)
        } else {
            #expect(request == .scan(ScanQuestion(code: sample.bytes)))
            #expect(envelope.id == nil)
        }
    }

    @Test("is there for every verb that a device may say")
    func everyVerb() throws {
        let verbs = try Sample.requests.map {
            try Request.decode(DeviceTopic($0.topic), payload: $0.bytes).request.verb
        }
        #expect(Set(verbs) == Set(Verb.allCases))
    }

    @Test("is there for every family of devices")
    func everyFamily() {
        for family in Device.Family.allCases {
            #expect(Sample.requests.contains { $0.path.hasPrefix(family.rawValue + "/") }, "\(family)")
        }
    }

    @Test("of a reply becomes a value, and the value the same message", arguments: Sample.replies)
    func replies(sample: Sample) throws {
        let reply = try Reply(sample.bytes)
        #expect(reply.json == sample.payload)
        #expect(reply.encoded() == sample.bytes)
        guard let result = reply.result else {
            #expect(reply.problem != nil)
            return
        }
        var reader = try ObjectReader(result)
        let written: JSON =
            switch try #require(Verb(rawValue: reply.verb)) {
            case .scan, .productGet: try Card(from: &reader).json
            case .availabilityGet: try AvailabilityResult(from: &reader).json
            case .reservationList: try ReservationListResult(from: &reader).json
            case .reservationPlace: try ReservationResult(from: &reader).json
            case .pickupList: try PickupListResult(from: &reader).json
            case .pickupReady: try PickupResult(from: &reader).json
            case .customerGet: try CustomerResult(from: &reader).json
            case .clerkSignIn: try ClerkResult(from: &reader).json
            case .devicePair: try DevicePairResult(from: &reader).json
            case .saleRecord: try SaleResult(from: &reader).json
            case .deliveryReceive: try DeliveryResult(from: &reader).json
            case .countRecord: try CountResult(from: &reader).json
            default: .null
            }
        #expect(written == result)
    }

    @Test("of a card that is pushed becomes a value, and the value the same card")
    func pushed() throws {
        let samples = Sample.all.filter { $0.topic.hasSuffix("/show/card") }
        #expect(!samples.isEmpty)
        for sample in samples {
            var reader = try ObjectReader(sample.payload)
            #expect(try Card(from: &reader).json == sample.payload)
        }
    }

    @Test("of headquarters becomes a value, and the value the same message", arguments: Sample.headquarters)
    func headquarters(sample: Sample) throws {
        let topic = try HeadquartersTopic(sample.topic)
        #expect(topic.description == sample.topic)
        switch topic {
        case .events:
            let events = try CloudEventBatch.decode(sample.bytes).map { element in
                guard case .event(let event) = element else { throw Refusal(.contractUnknownType) }
                return event
            }
            #expect(CloudEventBatch.encoded(events) == sample.bytes)
            #expect(JSON.array(events.map(\.json)) == sample.payload)
        case .echoRequest: #expect(try EchoRequest(sample.bytes).json == sample.payload)
        case .echo: #expect(try EchoAnswer(sample.bytes).json == sample.payload)
        case .cursor: #expect(try CursorMessage(sample.bytes).json == sample.payload)
        case .receipts: #expect(try ReceiptMessage(sample.bytes).json == sample.payload)
        case .feed, .groupFeed:
            let message = try FeedMessage(sample.bytes, on: topic)
            #expect(message.json == sample.payload)
            try check(message)
        }
    }

    @Test("is there for every lane, and for every feed that this version reads")
    func everyHeadquartersTopic() throws {
        let topics = try Sample.headquarters.map { try HeadquartersTopic($0.topic) }
        let shop = try #require(ShopID("paris-1"))
        for lane in Lane.allCases { #expect(topics.contains(.events(shop, lane)), "\(lane)") }
        let known: [Feed] = [
            .catalogue, .network, .customers, .settings, .hours, .clerks, .stock, .orders, .erasures,
        ]
        for feed in known {
            #expect(
                topics.contains {
                    switch $0 {
                    case .feed(_, feed), .groupFeed(_, feed): true
                    default: false
                    }
                }, "\(feed)")
        }
    }

    @Test("shows codes of ours with their right check character")
    func ownCodes() {
        let texts = Sample.all.flatMap { codes(in: $0.payload) }
        #expect(texts.count > 10)
        for text in texts { #expect(OwnCode(text)?.text == text, "\(text)") }
    }

    private func codes(in json: JSON) -> [String] {
        switch json {
        case .string(let text):
            let bytes = Array(text.utf8)
            return bytes.count == 12 && bytes[1] == 0x2D && bytes[10] == 0x2D ? [text] : []
        case .array(let elements): return elements.flatMap(codes)
        case .object(let members): return members.flatMap { codes(in: $0.value) }
        default: return []
        }
    }

    private func check(_ message: FeedMessage) throws {
        guard case .entries(_, let entries) = message.body else { return }
        for entry in entries {
            switch entry {
            case .unreadable(let refusal, _): Issue.record("\(refusal)")
            case .state(let state) where state.value != nil:
                switch message.feed {
                case .catalogue: #expect(try ProductRecord(state).entry == state)
                case .network: #expect(try NetworkRecord(state).entry == state)
                case .customers: #expect(try CustomerRecord(state).entry == state)
                case .clerks: #expect(try ClerkRecord(state).entry == state)
                case .hours: #expect(try HoursRecord(state).entry == state)
                case .settings: #expect(try SettingRecord(state).entry == state)
                default: Issue.record("no record for \(message.feed)")
                }
            default: break
            }
        }
    }
}
