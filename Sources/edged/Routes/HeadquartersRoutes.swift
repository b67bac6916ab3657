// `hq.ping` and `hq.resync`: carried to headquarters' link; the asker waits a bounded time.

import Contract
import CustomerVault
import EdgeAgent
import HeadquartersLink
import ShopModel

/// Commands about headquarters.
enum HeadquartersRoutes {
    static let table: [String: ControlRoute] = [
        "hq.ping": .question { request, _, room throws(Refusal) in
            try request.fields.refuseUnknown()
            return .done(try ping(room))
        },
        "hq.resync": .change(journalling: .init(target: "feed")) { request, _, room throws(Refusal) in
            var fields = request.fields
            let name = try fields.optionalText("feed", max: 64, min: 1)
            try fields.refuseUnknown()
            return .done(try resync(try name.map { name throws(Refusal) in try Feed(name: name) }, room))
        },
    ]

    /// How long headquarters' word is waited for.
    private static let echoMilliseconds: Int32 = 3_000
    /// How long the link itself is waited for: a name server that says nothing blocks it for 10 s.
    private static let linkMilliseconds: Int32 = 3_000

    /// Asks headquarters' application for its word on this box.
    ///
    /// - Returns: what it said; `nil` when nothing came in time.
    static func ask(_ room: SharedRoom, waitMilliseconds: Int32) throws(Refusal) -> EchoHeard? {
        guard let letter = Letter<Result<EchoHeard, Refusal>>() else { throw Refusal(.agentBusy) }
        let id = (try? SecureRandom.uuid()) ?? "echo-\(UInt64.random(in: 0...UInt64.max))"
        guard room.linkErrands.send(.ping(id: id) { letter.put($0) }) else { throw Refusal(.agentBusy) }
        return try letter.wait(milliseconds: waitMilliseconds)?.get()
    }

    private static func ping(_ room: SharedRoom) throws(Refusal) -> JSON {
        guard let heard = try ask(room, waitMilliseconds: echoMilliseconds) else {
            let connection = room.vitals.headquarters.connection
            guard connection.isUp, !room.vitals.headquarters.isStuck else {
                throw Refusal(
                    .headquartersNotConnected, [.text("cause", connection.lastError ?? "the first attempt is made")])
            }
            throw Refusal(.headquartersNoEcho, [.integer("seconds", Int(echoMilliseconds / 1_000))])
        }
        let answer = heard.answer
        return [
            "now": .string(heard.answeredAt.description), "sentAt": .string(heard.sentAt.description),
            "answeredAt": .string(heard.answeredAt.description),
            "milliseconds": .integer((heard.microseconds + 500) / 1_000), "microseconds": .integer(heard.microseconds),
            "headquarters": .object(
                [
                    .init("id", .string(answer.epoch)), .init("time", .string(answer.time.description)),
                    .init("sees", sight(answer.sees, room)),
                ] + (answer.version.map { [.init("version", .string($0))] } ?? [])),
        ]
    }

    /// What headquarters sees, and whether the other box in it is this one as it was before a restore.
    private static func sight(_ sees: EchoAnswer.Sight, _ room: SharedRoom) -> JSON {
        guard let other = sees.otherInstance, case .object(let members) = sees.json,
            Identity.former(in: room.configuration.stateDirectory).contains(other.instance)
        else { return sees.json }
        return .object(
            members.map { member in
                guard member.name == "otherInstance", case .object(let of) = member.value else { return member }
                return .init(member.name, .object(of + [.init("isFormerSelf", true)]))
            })
    }

    private static func resync(_ feed: Feed?, _ room: SharedRoom) throws(Refusal) -> JSON {
        guard let letter = Letter<Result<[LinkErrand.Asked], Refusal>>() else { throw Refusal(.agentBusy) }
        guard room.linkErrands.send(.resync(feed) { letter.put($0) }) else { throw Refusal(.agentBusy) }
        guard let result = letter.wait(milliseconds: linkMilliseconds) else {
            throw Refusal(
                .headquartersNotConnected,
                [.text("cause", room.vitals.headquarters.connection.lastError ?? "the link is busy")])
        }
        return [
            "asked": .array(
                try result.get().map { asked in
                    .object([
                        .init("feed", .string(asked.cursor.feed)), .init("scope", .string(asked.cursor.scope)),
                        .init("from", asked.fromStart ? "snapshot" : .integer(asked.cursor.sequence + 1)),
                        .init("sequence", .integer(asked.cursor.sequence)),
                    ])
                })
        ]
    }
}
