// What happened in a shop, as headquarters hears it: CloudEvents 1.0, structured JSON, many in a message.

import ShopModel

/// An event for headquarters (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
public struct CloudEvent: Equatable, Sendable {
    /// Unique for ever; derived from the command's id, so that re-execution is recognised. 1 to 128 bytes.
    public let id: String
    /// How long an id may be.
    public static let idBytesMax = 128
    /// Which shop.
    public let shop: ShopID
    /// `store.<noun>.<past participle>`, 1 to 64 bytes.
    public let type: String
    /// What it is about: `sku/…`, `order/…`. 1 to 160 bytes.
    public let subject: String
    /// When it happened, by the shop's time.
    public let time: Instant
    /// The life of the ledger that numbered it.
    public let incarnation: Incarnation
    /// Its number within (incarnation, subject), from 1 and without gaps.
    public let subjectSequence: Int64
    /// What happened; an object.
    public let data: JSON

    /// An event.
    public init(
        id: String, shop: ShopID, type: String, subject: String, time: Instant, incarnation: Incarnation,
        subjectSequence: Int64, data: JSON
    ) {
        self.id = id
        self.shop = shop
        self.type = type
        self.subject = subject
        self.time = time
        self.incarnation = incarnation
        self.subjectSequence = subjectSequence
        self.data = data
    }
}

extension CloudEvent: MessagePart {
    /// Reads an event, as headquarters does. `source` must be `shop/<shop>`, `specversion` `1.0`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        enum Version: String, CaseIterable { case one = "1.0" }
        _ = try reader.choice("specversion", as: Version.self)
        id = try reader.text("id", max: Self.idBytesMax)
        let source = try reader.required("source")
        let text = try source.text(max: 64)
        guard text.hasPrefix("shop/"), let shop = ShopID(String(text.dropFirst(5))) else {
            throw source.refusal(.contractBadIdentifier, [.text("kind", "shop/<shop>"), .text("seen", text)])
        }
        self.shop = shop
        type = try reader.text("type", max: 64)
        subject = try reader.text("subject", max: 160)
        time = try reader.instant("time")
        incarnation = try reader.identifier("incarnation", as: Incarnation.self)
        subjectSequence = Int64(try reader.integer("subjectsequence", in: 1...JSONLimits.counterMax))
        let data = try reader.required("data")
        _ = try data.object()
        self.data = data.value
    }

    /// The event as JSON.
    public var json: JSON {
        .fields(
            ("specversion", "1.0"), ("id", .string(id)), ("source", .string("shop/" + shop.value)),
            ("type", .string(type)), ("subject", .string(subject)), ("time", time.json),
            ("datacontenttype", "application/json"), ("incarnation", incarnation.json),
            ("subjectsequence", .integer(subjectSequence)), ("data", data))
    }

    /// Appends the event's bytes, those of `json`, without building it.
    public func append(to output: inout [UInt8]) {
        Self.appendHead(
            id: id, shop: shop, type: type, subject: subject, time: time, incarnation: incarnation,
            subjectSequence: subjectSequence, to: &output)
        data.append(to: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// Appends an event whose data are bytes of JSON already, as the outbox keeps them.
    public static func append(
        id: String, shop: ShopID, type: String, subject: String, time: Instant, incarnation: Incarnation,
        subjectSequence: Int64, data: [UInt8], to output: inout [UInt8]
    ) {
        appendHead(
            id: id, shop: shop, type: type, subject: subject, time: time, incarnation: incarnation,
            subjectSequence: subjectSequence, to: &output)
        output.append(contentsOf: data)
        output.append(UInt8(ascii: "}"))
    }

    private static func appendHead(
        id: String, shop: ShopID, type: String, subject: String, time: Instant, incarnation: Incarnation,
        subjectSequence: Int64, to output: inout [UInt8]
    ) {
        output.append(contentsOf: #"{"specversion":"1.0","id":"#.utf8)
        JSON.string(id).append(to: &output)
        output.append(contentsOf: #","source":"shop/"#.utf8)
        output.append(contentsOf: shop.value.utf8)
        output.append(contentsOf: #"","type":"#.utf8)
        JSON.string(type).append(to: &output)
        output.append(contentsOf: #","subject":"#.utf8)
        JSON.string(subject).append(to: &output)
        output.append(contentsOf: #","time":""#.utf8)
        output.append(contentsOf: time.description.utf8)
        output.append(contentsOf: #"","datacontenttype":"application/json","incarnation":"#.utf8)
        JSON.string(incarnation.value).append(to: &output)
        output.append(contentsOf: #","subjectsequence":"#.utf8)
        output.append(contentsOf: String(subjectSequence).utf8)
        output.append(contentsOf: #","data":"#.utf8)
    }
}

/// Many events in one message of a lane.
public enum CloudEventBatch {
    /// The most events a message may have.
    public static let countMax = 1_000
    /// How many bytes of events a message may have (DESIGN §7); a single larger event still travels, alone.
    public static let bytesMax = 65_536

    /// The message of some events.
    public static func encoded(_ events: [CloudEvent]) -> [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "[")]
        output.reserveCapacity(events.count * 400)
        for index in events.indices {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            events[index].append(to: &output)
        }
        output.append(UInt8(ascii: "]"))
        return output
    }

    /// Reads a message, as headquarters does. One event that cannot be read does not stop the others, even where it is no
    /// JSON that the reader takes.
    ///
    /// - Throws: a refusal of the whole when it is no array of at most 1,000 elements.
    public static func decode(_ payload: [UInt8]) throws(Refusal) -> [Element] {
        let whole: JSON
        do throws(Refusal) {
            whole = try JSONReader.read(payload, limits: .events)
        } catch {
            guard error.code != .jsonTooLarge, let parts = JSONParts.elements(of: payload), parts.count <= countMax
            else { throw error }
            return parts.map(element)
        }
        return try JSONField(root: whole).array(max: countMax).map(element)
    }

    private static func element(_ field: JSONField) -> Element {
        do throws(Refusal) {
            var reader = try field.object()
            return .event(try CloudEvent(from: &reader))
        } catch {
            let id = field.value["id"]?.text
            return .unreadable(id: id.flatMap { $0.utf8.count <= Receipt.idBytesMax ? $0 : nil }, error)
        }
    }

    private static func element(_ part: ArraySlice<UInt8>) -> Element {
        do throws(Refusal) {
            return element(JSONField(root: try JSONReader.read(part, limits: .events)))
        } catch {
            return .unreadable(id: EnvelopeHint.text("id", of: part, max: Receipt.idBytesMax), error)
        }
    }

    /// An element of a message.
    public enum Element: Equatable, Sendable {
        case event(CloudEvent)
        /// What could not be read, with its id when that could, and a receipt can name it: it is receipted as refused then.
        case unreadable(id: String?, Refusal)
    }
}
