// What a technician is told of devices: who they are, whether they are there, what they did and how that went.

import Contract
import ShopModel

/// `device.list`, `device.show` and `trace.read`: answered from memory, without a look into the ledger.
public enum ControlDevices {
    /// A page of devices by name: those of the shop, and strangers that were heard of.
    public static func list(_ fleet: Fleet, _ watch: DeviceWatch, now: Instant, after: DeviceID?, limit: Int) -> JSON {
        let seen = Dictionary(uniqueKeysWithValues: watch.all().map { ($0.device, $0.seen) })
        let names = Set(fleet.ids).union(seen.keys).sorted().filter { name in after.map { $0 < name } ?? true }
        let page = names.prefix(limit)
        return .told(
            ("now", .moment(now)), ("devices", .array(page.map { row($0, fleet, seen[$0], watch.heardBefore($0)) })),
            ("next", names.count > limit ? page.last.map { .name($0) } : nil))
    }

    /// One device with all that is known of it.
    ///
    /// - Throws: `device.unknown`.
    public static func show(
        _ device: DeviceID, _ fleet: Fleet, _ watch: DeviceWatch, acts: JSON, now: Instant
    ) throws(Refusal) -> JSON {
        let seen = watch.seen(device)
        guard seen != nil || fleet[device] != nil else {
            throw Refusal(.deviceUnknown, [.text("device", device.value)])
        }
        let refusals = (seen?.refusals ?? []).map { refusal in
            JSON.told(
                ("code", .string(refusal.code)), ("count", .count(refusal.count)), ("at", .moment(refusal.at)))
        }
        return .told(
            ("now", .moment(now)), ("device", row(device, fleet, seen, watch.heardBefore(device))),
            ("refusals", .array(refusals)),
            ("profile", fleet[device]?.profile?.json), ("acts", acts))
    }

    /// Lines of the trace behind a row.
    ///
    /// - Throws: `device.unknown`.
    public static func trace(
        _ fleet: Fleet, _ watch: DeviceWatch, of device: DeviceID?, after: Int64?, limit: Int, language: Language,
        now: Instant
    ) throws(Refusal) -> JSON {
        if let device, fleet[device] == nil, watch.seen(device) == nil {
            throw Refusal(.deviceUnknown, [.text("device", device.value)])
        }
        let (rows, latest, hasGap) = watch.trace(of: device, after: after, limit: limit)
        return .told(
            ("now", .moment(now)), ("rows", .array(rows.map { line($0, language) })), ("latest", .integer(latest)),
            ("gap", .bool(hasGap)))
    }

    /// A device that was asked for a sign of life, as it was before: another greeting since is its answer.
    public static func pinged(
        _ device: DeviceID, _ fleet: Fleet, _ before: DeviceWatch.Seen?, now: Instant
    ) -> JSON {
        .told(("now", .moment(now)), ("device", row(device, fleet, before)))
    }

    /// A device as a list has it.
    ///
    /// - Parameter heardBefore: when a run of the agent before this one heard of it last.
    static func row(
        _ id: DeviceID, _ fleet: Fleet, _ seen: DeviceWatch.Seen?, _ heardBefore: Instant? = nil
    ) -> JSON {
        let device = fleet[id]
        let enrolment = device?.enrolment
        let enrolled =
            device == nil ? "notEnrolled" : device?.isConfigured == true ? "configuration" : "enrolled"
        let last = seen?.lastRefusal
        return .told(
            ("device", .name(id)), ("family", device?.family.map { .string($0.rawValue) }),
            ("role", .string((device?.role ?? .scan).rawValue)), ("screen", device?.screen.map { .name($0) }),
            ("enrolled", .string(enrolled)),
            ("state", .string(enrolment?.state.name ?? (device == nil ? "stranger" : "configured"))),
            ("credential", enrolment.map { .string($0.credential.rawValue) }),
            ("presence", .string((seen?.presence ?? .never).rawValue)),
            ("greetings", .count(seen?.greetings ?? 0)), ("presenceAt", seen?.presenceAt.map { .moment($0) }),
            ("lastMessageAt", seen?.lastMessageAt.map { .moment($0) }),
            ("heardBeforeAt", heardBefore.map { .moment($0) }),
            ("lastVerb", seen?.lastVerb.map { .string($0) }), ("messages", .count(seen?.messages ?? 0)),
            ("refused", .count(seen?.refused ?? 0)),
            ("lastRefusal", last.map { ["code": .string($0.code), "at": .moment($0.at)] }),
            ("refusals", seen.map { .array($0.refusals.map(refusals)) }),
            ("enrolledAt", enrolment.map { .moment($0.enrolledAt) }),
            ("stateAt", enrolment.map { .moment($0.state.moment) }),
            ("certificateUntil", enrolment?.certificateUntil.map { .moment($0) }),
            ("boxAddress", enrolment?.boxAddress.map { .string($0) }),
            ("accountIsToEnd", enrolment?.accountIsToEnd == true ? true : nil))
    }

    private static func refusals(_ refusals: DeviceWatch.Refusals) -> JSON {
        ["code": .string(refusals.code), "count": .count(refusals.count), "at": .moment(refusals.at)]
    }

    /// An act of a technician on a device.
    static func act(_ act: OperatorAct) -> JSON {
        .told(
            ("at", .moment(act.at)), ("command", .string(act.command)), ("user", .string(act.name)),
            ("reason", act.reason.map { .string($0) }), ("outcome", .string(act.outcome)))
    }

    private static func line(_ row: DeviceWatch.TraceRow, _ language: Language) -> JSON {
        switch row.event {
        case .presence(let device, let presence, let at):
            .told(
                ("row", .integer(row.row)), ("at", .moment(at)), ("device", .name(device)), ("verb", "presence"),
                ("outcome", .string(presence.rawValue)), ("microseconds", 0), ("bytes", 0))
        case .message(let head):
            .told(
                ("row", .integer(row.row)), ("at", .moment(head.at)), ("device", .name(head.device)),
                ("verb", .string(head.verb)), ("id", head.id.map { .name($0) }),
                ("outcome", .string(head.outcome.rawValue)), ("code", head.code.map { .string($0) }),
                ("detail", head.code.flatMap { Refusal.Code.sentence(of: $0, in: language) }.map { .string($0) }),
                ("microseconds", .count(row.microseconds)), ("bytes", .count(head.bytes)),
                ("replayed", head.isReplayed ? true : nil), ("simulated", head.isSimulated ? true : nil))
        }
    }
}
