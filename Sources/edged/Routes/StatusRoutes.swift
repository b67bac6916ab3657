// `status`: the ledger's word on itself, and what it cannot know: the configuration's file, the disk, headquarters' view.

import Contract
import EdgeAgent
import ShopCore
import ShopModel

/// How the agent fares.
enum StatusRoutes {
    static let table: [String: ControlRoute] = [
        "status": .question { request, asker, room throws(Refusal) in
            askHeadquarters(room)
            let answer = try LedgerRoutes.answer(request, asker, room)
            let more = findings(room).map { $0.json(in: request.language ?? room.profile.language) }
            guard case .done(.object(let members)) = answer, !more.isEmpty else { return answer }
            return .done(
                .object(
                    members.map { member in
                        member.name == "findings"
                            ? .init(member.name, .array(more + (member.value.elements ?? []))) : member
                    }))
        }
    ]

    /// The agent takes its ballast up again only when this much is free, as `edgectl check` has it.
    private static let freeBytesMin = 16 << 20
    /// Headquarters says what it thinks of this box when it is asked; whoever looks on asks it so often at most.
    private static let echoEveryMilliseconds: Int64 = 60_000
    /// A living application answers within this; nobody waits longer for a dead one.
    private static let echoWaitMilliseconds: Int32 = 500

    private static func findings(_ room: SharedRoom) -> [Finding] {
        var findings: [Finding] = []
        let files = StorageFiles(room.configuration.stateDirectory)
        if let free = files.freeBytes, free < freeBytesMin {
            findings.append(Finding(.fault, .findingDiskFull, [.integer("bytes", free)]))
        }
        if room.standing.loaded.refusal != nil { findings.append(Finding(.fault, .findingConfigurationRefused)) }
        return findings
    }

    /// Has headquarters say how it sees this box, so that the ledger can tell that it was fenced.
    private static func askHeadquarters(_ room: SharedRoom) {
        guard room.vitals.headquarters.connection.isUp,
            room.standing.isEchoDue(
                at: KernelClock().read().monotonicMilliseconds, everyMilliseconds: echoEveryMilliseconds)
        else { return }
        _ = try? HeadquartersRoutes.ask(room, waitMilliseconds: echoWaitMilliseconds)
    }
}
