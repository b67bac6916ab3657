// Why nothing was heard of a device since the agent started: new, not set up, known from an earlier run, or never here.

import Contract
import ShopModel

/// A device that this run of the agent has not heard of.
///
/// What the agent saw of its devices is in its memory, and begins anew with it: silence since then is no sign that a
/// device was never set up. Who is told to enrol such a device again ends a credential that works.
struct DeviceAbsence {
    private let device: ToldDevice
    private let agentSince: Instant?
    private let words: Words

    /// Whoever sets a device up has so long until anybody wonders.
    private static let setUpMilliseconds: Int64 = 86_400_000
    /// A device that was used lately need not have been used again right after the agent's start.
    private static let settlingMilliseconds: Int64 = 3_600_000

    init(_ device: ToldDevice, agentSince: Instant?, words: Words) {
        self.device = device
        self.agentSince = agentSince
        self.words = words
    }

    var verdict: Verdict {
        switch device.state {
        case "offered": waiting
        case "expired": codeOver
        default: if let last = device.heardBeforeAt ?? pairedAt { away(last) } else { neverHere }
        }
    }

    private var pairedAt: Instant? { device.hasPaired ? device.stateAt : nil }

    private func ago(_ moment: Instant) -> String { words.age(.string(moment.description)) }

    private var waiting: Verdict {
        guard let until = device.stateAt, until > words.now else { return codeOver }
        return .fine(
            words.say(
                "has not come yet; its code is good until \(words.moment(.string(until.description)))",
                "n'est pas encore venu ; son code vaut jusqu'au \(words.moment(.string(until.description)))"))
    }

    private var codeOver: Verdict {
        .warning(
            "device.neverSeen",
            words.say("it has not come while its code was good", "il n'est pas venu tant que son code valait"),
            cause: words.say(
                "it was not set up, or it looks for another box", "il n'a pas été réglé, ou il cherche un autre boîtier"
            ),
            mend: words.say(
                "set it up by what this makes: \(device.enrolAgain(words))",
                "réglez-le par ce que donne : \(device.enrolAgain(words))"))
    }

    /// It was here before this run of the agent, so that its credential is good.
    private func away(_ last: Instant) -> Verdict {
        let seen = words.say(
            "not heard of since the agent started; before that \(ago(last))",
            "pas de nouvelles depuis le démarrage de l'agent ; avant, \(ago(last))")
        let wasHereLately = words.now - last < Self.setUpMilliseconds
        if wasHereLately, let agentSince, words.now - agentSince < Self.settlingMilliseconds { return .fine(seen) }
        return .warning(
            "device.away", seen,
            cause: words.say(
                "it is off, out of reach, or nobody used it; its credential is good",
                "il est éteint, hors de portée, ou inutilisé ; son accès est bon"),
            mend: words.say(
                "switch it on, scan something with it, and look at its network",
                "allumez-le, scannez avec, et voyez son réseau"))
    }

    private var neverHere: Verdict {
        if let enrolledAt = device.enrolledAt, words.now - enrolledAt < Self.setUpMilliseconds {
            return .fine(
                words.say("enrolled \(ago(enrolledAt)), has not come yet", "enrôlé \(ago(enrolledAt)), pas encore venu")
            )
        }
        let again = device.enrolAgain(words)
        return .warning(
            "device.neverSeen",
            words.say("it has never been here", "il n'est jamais venu"),
            cause: words.say(
                "it is off, was not set up, or looks for another box",
                "il est éteint, n'a pas été réglé, ou cherche un autre boîtier"),
            mend: words.say(
                "switch it on and look at its network. Only if it never was set up: \(again)",
                "allumez-le et voyez son réseau. Seulement s'il n'a jamais été réglé : \(again)"))
    }
}
