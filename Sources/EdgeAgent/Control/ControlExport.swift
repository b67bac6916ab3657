// The shop's own facts, a page at a time, for whoever has to look at all of them. No person is in any of them.

import Contract
import ShopCore
import ShopModel

/// What can be exported.
enum ExportedFacts: String, CaseIterable {
    case stock, reservations, pickups, events, journal, acts
}

extension LedgerCommand {
    /// `export`: a page of facts behind the last one of the page before.
    static let export = [
        question("export") { fields throws(Refusal) in
            let what = try fields.choice("what", as: ExportedFacts.self)
            let after = try fields.optionalText("after", max: 256, min: 1)
            let limit = try fields.pageLimit()
            return { ledger, _ in try ledger.export(what, after: after, limit: limit) }
        }
    ]
}

extension Ledger {
    /// An answer is one line of 256 KiB; a page ends before that.
    private static let exportBytesMax = 160_000

    /// A page of facts, in a fixed order, and where the next one begins.
    ///
    /// - Throws: `contract.wrongType` for an `after` that is no place in that order.
    func export(_ what: ExportedFacts, after: String?, limit: Int) throws -> JSON {
        let records: [(place: String, record: JSON)] =
            switch what {
            case .stock:
                try storage.stockLines(after: try after.map(name), limit: limit).map {
                    ($0.sku.value, try described($0).without(["kind", "name", "gtin", "inAssortment", "countWaiting"]))
                }
            case .reservations:
                try storage.reservations(openOnly: false, customer: nil, after: try after.map(name), limit: limit)
                    .map { ($0.id.value, described($0).without(["kind"])) }
            case .pickups:
                try storage.pickups(openOnly: false, after: try after.map(name), limit: limit)
                    .map { ($0.order.value, described($0).without(["kind", "claimedBy"])) }
            case .events:
                try storage.outboxEntries(lane: nil, state: nil, afterRow: try row(after), limit: limit)
                    .map { (String($0.event.row), $0.whole.withoutPeople) }
            case .journal:
                try storage.journal(afterPosition: try row(after), limit: limit)
                    .map { (String($0.position), $0.described().without(["clerk"])) }
            case .acts:
                try storage.acts(afterNumber: try row(after), limit: limit)
                    .map { (String($0.number), $0.masked) }
            }
        var page: [JSON] = []
        var bytes = 0
        for (_, record) in records {
            bytes += record.encoded().count
            // A single record is always told, so that an export never stands still.
            if bytes > Self.exportBytesMax, !page.isEmpty { break }
            page.append(record)
        }
        let isLast = page.count == records.count && records.count < limit
        let next = isLast || page.isEmpty ? nil : records[page.count - 1].place
        return .told(
            ("now", .moment(now)), ("what", .string(what.rawValue)), ("records", .array(page)),
            ("next", next.map(JSON.string)))
    }

    private func name<Name: Identifier>(_ text: String) throws(Refusal) -> Name {
        guard let name = Name(text) else { throw wrongPlace(text) }
        return name
    }

    private func row(_ text: String?) throws(Refusal) -> Int64 {
        guard let text else { return 0 }
        guard let row = Int64(text), row >= 0 else { throw wrongPlace(text) }
        return row
    }

    private func wrongPlace(_ text: String) -> Refusal {
        Refusal(
            .contractWrongType, field: "/after",
            [.text("name", "after"), .text("expected", "next"), .text("seen", text)])
    }
}

extension OperatorAct {
    /// The act with its author's number alone, and without what they wrote.
    fileprivate var masked: JSON {
        .object(
            described.without(["kind", "id", "reason"]).objectMembers.map { member in
                switch member.name {
                case "user": .init("user", .string(MaskedName.mask(name)))
                case "target" where target.hasPrefix("customer/"): .init("target", "customer/***")
                default: member
                }
            })
    }
}

extension JSON {
    /// An object without some of its members.
    fileprivate func without(_ names: [String]) -> JSON {
        .object(objectMembers.filter { !names.contains($0.name) })
    }

    /// This without what names a person, or was typed by one, however deep it stands.
    fileprivate var withoutPeople: JSON {
        switch self {
        case .object(let members):
            .object(
                members.filter { !Self.personal.contains($0.name) }.map { .init($0.name, $0.value.withoutPeople) })
        case .array(let elements): .array(elements.map(\.withoutPeople))
        case .string(let text) where text.hasPrefix("customer/"): "customer/***"
        default: self
        }
    }

    private static let personal: Set<String> = [
        "customer", "name", "phoneLast4", "card", "cards", "clerk", "claimedBy", "takenOverFrom", "code", "reason",
        "typedReason",
    ]
}
