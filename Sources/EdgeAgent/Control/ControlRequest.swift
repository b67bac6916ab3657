// What may be asked over the control socket: one JSON object in one line.

import Contract
import ShopModel

/// A question of `edgectl` or of anyone else who may use the control socket. None of them changes anything.
public struct ControlRequest: Equatable, Sendable {
    /// What is asked.
    public let command: Command
    /// The language of the sentences in the answer; the shop's first one when the request does not say.
    public let language: Language?

    /// What may be asked.
    public enum Command: Equatable, Sendable {
        /// `status`: how the agent fares.
        case status
        /// `queue.list`: events for headquarters behind a row of the outbox, in the order of rows.
        case queueList(lane: Lane?, state: OutboxState?, afterRow: Int64, limit: Int)
        /// `queue.show`: one event, by its id or its row.
        case queueShow(String)
        /// `explain`: the story of whatever has that name.
        case explain(String)
        /// `stock.show`: every number of a SKU, with the latest entries of its journal.
        case stockShow(ItemSelector, entries: Int)
        /// `stock.list`: lines behind a SKU, by SKU.
        case stockList(after: SKU?, limit: Int)
    }

    /// The names of the commands, as a request has them.
    public static let commandNames = ["status", "queue.list", "queue.show", "explain", "stock.show", "stock.list"]
    /// Elements of a page: 1 to 200.
    public static let pageMax = 200
    /// Elements of a page when the request does not say.
    public static let pageDefault = 50

    /// A question.
    public init(_ command: Command, language: Language? = nil) {
        self.command = command
        self.language = language
    }

    /// Reads a request.
    ///
    /// - Throws: what `JSONReader` and `ObjectReader` refuse, `control.unknownCommand`, and `contract.unknownKey`:
    ///   whoever types a question by hand is better told of a slip than answered something else.
    public init(_ line: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(line))
        let name = try reader.text("command", max: 64)
        language = try reader.optionalChoice("language", as: Language.self)
        switch name {
        case "status": command = .status
        case "queue.list":
            let lane = try reader.optionalChoice("lane", as: LaneName.self)?.lane
            let state = try reader.optionalChoice("state", as: QueueState.self) ?? .pending
            let after = try reader.optionalInteger("after", in: 0...Int.max) ?? 0
            command = .queueList(
                lane: lane, state: state.outboxState, afterRow: Int64(after), limit: try Self.limit(&reader))
        case "queue.show": command = .queueShow(try reader.text("id", max: 256))
        case "explain": command = .explain(try reader.text("id", max: 256))
        case "stock.show":
            let item = try ItemSelector(from: &reader)
            command = .stockShow(item, entries: try reader.optionalInteger("entries", in: 0...100) ?? 10)
        case "stock.list":
            let after = try reader.optionalIdentifier("after", as: SKU.self)
            command = .stockList(after: after, limit: try Self.limit(&reader))
        default:
            throw Refusal(
                .controlUnknownCommand, field: "/command",
                [.text("command", name), .texts("known", Self.commandNames)])
        }
        try reader.refuseUnknown()
    }

    private static func limit(_ reader: inout ObjectReader) throws(Refusal) -> Int {
        try reader.optionalInteger("limit", in: 1...pageMax) ?? pageDefault
    }
}

/// The names of the lanes, as a request has them.
private enum LaneName: String, CaseIterable {
    case orders, stock, customer, status, moments

    var lane: Lane? { Lane(name: rawValue) }
}

/// Which events of the outbox are asked for.
private enum QueueState: String, CaseIterable {
    case pending, receipted, parked, all

    var outboxState: OutboxState? {
        switch self {
        case .pending: .pending
        case .receipted: .receipted
        case .parked: .parked
        case .all: nil
        }
    }
}

extension OutboxState {
    /// The name in answers.
    var name: String {
        switch self {
        case .pending: "pending"
        case .receipted: "receipted"
        case .parked: "parked"
        }
    }
}
