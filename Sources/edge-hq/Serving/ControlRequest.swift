// What the other commands of edge-hq ask of the serving one.

import Contract
import CustomerVault
import Headquarters
import ScanCodes
import ShopModel

/// A request on the control socket: one line of JSON.
enum ControlRequest {
    /// Lines of `feed load`, carried out as one transaction.
    case load([JSON])
    /// Events behind a position.
    case ledger(after: Int64, shop: ShopID?, limit: Int)
    case order(OrderID)
    case rights(ShopID, SKU?, after: SKU?)
    case status

    static let limits = JSONLimits(bytesMax: 262_144, depthMax: 20, elementsMax: 10_000)

    init(from reader: inout ObjectReader) throws(Refusal) {
        enum Verb: String, CaseIterable {
            case load, ledger, status
            case order = "order.show"
            case rights = "rights.show"
        }
        switch try reader.choice("verb", as: Verb.self) {
        case .load: self = .load(try reader.array("lines", max: 10_000).map(\.value))
        case .ledger:
            self = .ledger(
                after: Int64(try reader.optionalInteger("after", in: 0...Int.max) ?? 0),
                shop: try reader.optionalIdentifier("shop", as: ShopID.self),
                limit: try reader.optionalInteger("limit", in: 1...1_000) ?? 200)
        case .order: self = .order(try reader.identifier("order", as: OrderID.self))
        case .rights:
            self = .rights(
                try reader.identifier("shop", as: ShopID.self), try reader.optionalIdentifier("sku", as: SKU.self),
                after: try reader.optionalIdentifier("after", as: SKU.self))
        case .status: self = .status
        }
    }

    /// The answer: one or more lines of JSON.
    func answer(
        _ headquarters: Headquarters, _ storage: SQLiteHeadquarters, _ policy: HeadquartersPolicy, now: Instant,
        isConnected: Bool, send: (HeadquartersOutcome) -> Void
    ) throws -> [UInt8] {
        switch self {
        case .load(let lines): return try load(lines, headquarters, policy, now: now, send: send).encoded()
        case .ledger(let after, let shop, let limit):
            var text: [UInt8] = []
            for event in try storage.events(after: after, of: shop, limit: limit) {
                Self.json(of: event).append(to: &text)
                text.append(0x0A)
            }
            return text.isEmpty ? Array(#"{"end":true}"#.utf8) : text
        case .order(let order):
            guard let document = try storage.document(.order, order.value) else {
                throw Refusal(.orderUnknown, [.text("order", order.value)])
            }
            return JSON.object([
                .init("order", .string(document.id)), .init("shop", .string(document.shop.value)),
                .init("state", .string(document.state)), .init("sent", document.sent), .init("told", document.told),
            ]).encoded()
        case .rights(let shop, let sku, let after):
            let stocks =
                try sku.map { try storage.stock($0, in: shop).map { [$0] } ?? [] }
                ?? storage.stocks(in: shop, after: after, limit: 500)
            var text: [UInt8] = []
            for stock in stocks {
                headquarters.rights(stock).append(to: &text)
                text.append(0x0A)
            }
            return text.isEmpty ? Array(#"{"end":true}"#.utf8) : text
        case .status:
            return try Self.status(headquarters, storage, policy, now: now, isConnected: isConnected).encoded()
        }
    }

    private func load(
        _ lines: [JSON], _ headquarters: Headquarters, _ policy: HeadquartersPolicy, now: Instant,
        send: (HeadquartersOutcome) -> Void
    ) throws -> JSON {
        let owners = policy.shops.map { FeedOwner.shop($0.id) }
        var commands: [HeadquartersCommand] = []
        /// Where each line's commands are, or why it has none.
        var places: [Result<Range<Int>, Refusal>] = []
        for line in lines {
            do throws(Refusal) {
                let read = try FeedLine.read(line, owners: owners, defaultCode: Self.pickupCode)
                places.append(.success(commands.count..<commands.count + read.count))
                commands += read
            } catch {
                places.append(.failure(error))
            }
        }
        let outcome = try headquarters.perform(commands, now: now)
        send(outcome)
        var answers: [JSON] = []
        for place in places {
            switch place {
            case .failure(let refusal): answers.append(Self.refused(refusal))
            case .success(let range):
                var answer: JSON = ["outcome": "done"]
                for result in outcome.answers[range] {
                    switch result {
                    case .success(let value): answer = ["outcome": "done", "result": value]
                    case .failure(let refusal):
                        answer = Self.refused(refusal)
                    }
                    if answer["outcome"] == "refused" { break }
                }
                answers.append(answer)
            }
        }
        return ["outcome": "done", "answers": .array(answers)]
    }

    /// A new pickup code.
    static func pickupCode() -> String {
        let random = (try? SecureRandom.bytes(8)) ?? []
        let bits = random.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return OwnCode.mint(kind: .pickup, from: random.isEmpty ? UInt64.random(in: 0...UInt64.max) : bits).text
    }

    /// An event of the ledger: the CloudEvent, with its place and how often it arrived in front.
    static func json(of event: ReceivedEvent) -> JSON {
        var members: [JSON.Member] = [
            .init("position", .integer(event.position)), .init("arrived", .count(event.arrived)),
            .init("lane", .string(event.lane.name)), .init("receivedAt", .string(event.receivedAt.description)),
        ]
        if let refusal = event.refusal { members.append(.init("refused", .string(refusal))) }
        if case .object(let rest) = event.event.json { members += rest }
        return .object(members)
    }

    static func refused(_ refusal: Refusal) -> JSON {
        var problem: [JSON.Member] = [
            .init("code", .string(refusal.code.name)), .init("detail", .string(refusal.sentence(in: .english))),
        ]
        if let field = refusal.field { problem.append(.init("field", .string(field))) }
        return ["outcome": "refused", "problem": .object(problem)]
    }
}
