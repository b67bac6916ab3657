// How pickups are told to devices and to headquarters.

import Contract
import ScanCodes
import ShopCore
import ShopModel

/// Codes of our own as people type or scan them.
enum OwnCodes {
    /// The printed form of a code of ours; `nil` when it is none.
    static func canonical(_ text: String) -> String? { OwnCode(text)?.text }

    /// The printed form of a code of ours of one kind, as typed or scanned; `nil` when it is none of ours.
    ///
    /// - Throws: `scan.ownCodeCheck`, `scan.ownCodeCharacter` for a slip, `scan.otherKind` for a code of something else.
    static func printed(_ text: String, _ kind: OwnCode.Kind, at field: String) throws(Refusal) -> String? {
        do throws(Refusal) {
            guard let own = try OwnCode.reading(text) else { return nil }
            guard own.kind == kind else {
                throw Refusal(
                    .scanOtherKind,
                    [.text("code", own.text), .word("found", own.kind.word), .word("expected", kind.word)])
            }
            return own.text
        } catch {
            var refusal = error
            refusal.field = field
            throw refusal
        }
    }
}

/// A person's name as anyone may see it (DESIGN §9).
enum MaskedName {
    /// `Marie Dupont` → `M. D***`: an initial, and the first letter of the last name.
    static func mask(_ name: String) -> String {
        let words = name.split(separator: " ")
        guard let first = words.first?.first else { return "***" }
        guard words.count > 1, let last = words.last?.first else { return "\(first)***" }
        return "\(first). \(last)***"
    }
}

/// Messages about pickups.
enum PickupMessages {
    static func result(_ pickup: Pickup, now: Instant, name: (SKU) -> String?) -> PickupResult {
        let source: PickupSource =
            switch pickup.source {
            case .fromStock: .fromStock
            case .fromParcel(let sscc): .fromParcel(sscc: sscc)
            }
        return PickupResult(
            order: pickup.order, state: PickupState(rawValue: pickup.state(at: now).name) ?? .closed,
            revision: pickup.revision, source: source,
            lines: pickup.lines.map {
                PickupResult.Line(
                    sku: $0.sku, name: name($0.sku), quantity: $0.quantity, picked: $0.picked, short: $0.short,
                    handedOver: $0.handedOver, refused: $0.refused)
            }, place: pickup.stagedAt, deadline: pickup.collectBy, claimedBy: pickup.claimedBy,
            cancelRequested: pickup.cancelRequest != nil, name: pickup.recipient.name.map(MaskedName.mask),
            contactUnreadable: pickup.recipient.isContactUnreadable)
    }

    /// The CloudEvents type of what happened.
    static func type(of event: Pickup.Event) -> String {
        let past =
            switch event {
            case .claimed: "claimed"
            case .accepted: "accepted"
            case .rejected: "rejected"
            case .picked: "picked"
            case .unpicked: "unpicked"
            case .short: "shorted"
            case .staged: "staged"
            case .ready: "readied"
            case .arrived: "customerArrived"
            case .handedOver: "handedOver"
            case .refused: "refused"
            case .overdue: "overdue"
            case .putBack: "putBack"
            case .corrected: "handOverCorrected"
            case .cancelRequested: "cancelNoted"
            case .cancelConfirmed: "cancelConfirmed"
            case .cancelRefused: "cancelRefused"
            }
        return "store.pickup.\(past)"
    }

    /// The data of an event about a pickup: all of it but the person, and what just happened.
    static func event(_ pickup: Pickup, _ author: Author, what event: Pickup.Event? = nil) -> JSON {
        var members: [JSON.Member] = [
            .init("order", .string(pickup.order.value)), .init("state", .string(pickup.state.name)),
            .init("revision", .count(pickup.revision)),
            .init(
                "lines",
                .array(
                    pickup.lines.map {
                        [
                            "sku": .string($0.sku.value), "quantity": .count($0.quantity),
                            "picked": .count($0.picked), "short": .count($0.short),
                            "handedOver": .count($0.handedOver), "refused": .count($0.refused),
                        ]
                    })),
        ]
        members += event.map(details) ?? []
        return .object(members + author.members)
    }

    private static func details(_ event: Pickup.Event) -> [JSON.Member] {
        switch event {
        case .claimed(let clerk, let former):
            [.init("claimedBy", .string(clerk.value))]
                + (former.map { [.init("takenOverFrom", .string($0.value))] } ?? [])
        case .rejected(let reason): [.init("reason", .string(reason.rawValue))]
        case .picked(_, _, let typed): typed.map { [.init("typedReason", .string($0))] } ?? []
        case .short(_, _, let reason, _): [.init("reason", .string(reason.rawValue))]
        case .staged(let place): [.init("place", .string(place))]
        case .arrived(let place): [.init("where", .string(place.rawValue))]
        case .handedOver(_, .code, _): [.init("proof", "code")]
        case .handedOver(_, .method(let method), _): [.init("proof", .string(method))]
        case .refused(_, let reason, _), .corrected(_, let reason, _), .cancelRefused(let reason):
            [.init("reason", .string(reason))]
        case .cancelRequested(let request): request.reason.map { [.init("reason", .string($0))] } ?? []
        case .accepted, .unpicked, .ready, .overdue, .putBack, .cancelConfirmed: []
        }
    }
}
