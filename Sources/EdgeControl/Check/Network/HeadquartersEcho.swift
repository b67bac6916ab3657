// The word of headquarters' application itself, and whom it believes to be this shop.

import Contract
import Glibc
import ShopModel

/// `hq.echo`: a living broker with a dead application behind it looks like a line that is up.
enum HeadquartersEcho {
    static func verdict(_ context: CheckContext) -> Verdict {
        let words = context.words
        switch context.ask("hq.ping") {
        case .success(let answer):
            return .fine(
                words.say(
                    "headquarters' application answered in \(answer.plain("milliseconds")) ms",
                    "l'application du siège a répondu en \(answer.plain("milliseconds")) ms"),
                .init("milliseconds", .integer(Int64(answer.number("milliseconds")))))
        case .failure(let failure):
            if let rung = context.stuck("headquarters") { return .skipped(because: rung, words) }
            switch failure.code {
            case "headquarters.noEcho":
                return .fault(
                    "headquarters.noEcho",
                    words.say(
                        "headquarters' broker lives, its application does not answer",
                        "le broker du siège vit, son application ne répond pas"),
                    cause: words.say(
                        "the application behind the broker has stopped or is cut off from it",
                        "l'application derrière le broker est arrêtée ou coupée de lui"),
                    mend: words.say(
                        "tell headquarters: edge-hq, or what does its work, is to be started; nothing is lost meanwhile",
                        "prévenez le siège : edge-hq, ou ce qui le remplace, est à démarrer ; rien ne se perd"))
            case "headquarters.notConnected":
                return .fault(
                    "headquarters.notConnected",
                    words.say("the agent is not connected to headquarters", "l'agent n'est pas connecté au siège"),
                    cause: lastError(context)
                        ?? words.say("it waits before it tries again", "il attend avant un nouvel essai"),
                    mend: words.say(
                        "wait a minute and check again; then: journalctl -u edged -n 50",
                        "attendez une minute et revérifiez ; puis : journalctl -u edged -n 50"))
            default: return .unknown(failure.message)
            }
        }
    }

    private static func lastError(_ context: CheckContext) -> String? {
        (try? context.health.get())?["headquarters"]?["lastError"]?.text
    }
}

/// `hq.identity`: nobody else acts as this shop, and headquarters means this shop when it speaks.
enum HeadquartersIdentity {
    static func verdict(_ context: CheckContext) -> Verdict {
        let words = context.words
        let health = try? context.health.get()
        let sees = (try? context.ask("hq.ping").get())?["headquarters"]?["sees"]
        // After a restore headquarters remembers this box as it was before, for ten minutes.
        let former = sees?["otherInstance"]?["isFormerSelf"]?.truth == true
        let other = former ? nil : sees?["otherInstance"]?["instance"]?.text
        if sees?["twoBoxes"]?.truth == true { return second(words, named: other) }
        let thrownOut = health?["headquarters"]?.number("thrownOut1h") ?? 0
        if thrownOut >= thrownOutMax { return second(words, named: nil) }
        if ["fenced", "forked"].contains(sees?["state"]?.text) {
            return .fault(
                "headquarters.fenced",
                words.say(
                    "headquarters has fenced this box: it may promise nothing",
                    "le siège a isolé ce boîtier : il ne peut rien promettre"),
                cause: words.say(
                    "its state was restored or copied, or two boxes acted as one shop",
                    "son état a été restauré ou copié, ou deux boîtiers ont été un seul magasin"),
                mend: words.say(
                    "agree with headquarters which box is right; then it grants rights anew",
                    "voyez avec le siège quel boîtier est le bon ; il redonnera alors des droits"))
        }
        let foreign = (health?["feedTroubles"]?.list ?? []).filter { $0.plain("kind") == "foreign" }
        if let trouble = foreign.first {
            let feeds = foreign.map { $0.plain("feed") }.joined(separator: ", ")
            return .fault(
                "headquarters.foreignFeed",
                words.say(
                    "feeds of another shop arrive here: \(feeds)", "des flux d'un autre magasin arrivent ici : \(feeds)"
                ),
                cause: trouble["detail"]?.text
                    ?? words.say("headquarters takes this box for another", "le siège prend ce boîtier pour un autre"),
                mend: words.say(
                    "check shop.id in \(context.configurationPath), then tell headquarters",
                    "vérifiez shop.id dans \(context.configurationPath), puis prévenez le siège"))
        }
        if let other {
            // A box that was replaced is remembered for ten minutes; two that both run are told as such.
            return .warning(
                "headquarters.otherBox",
                words.say(
                    "another box spoke as this shop: \(other)", "un autre boîtier a parlé pour ce magasin : \(other)"),
                cause: words.say(
                    "this box took its place within the last ten minutes, or both run",
                    "ce boîtier l'a remplacé il y a moins de dix minutes, ou les deux tournent"),
                mend: words.say(
                    "see that the other one is off; check again in ten minutes",
                    "vérifiez que l'autre est éteint ; revérifiez dans dix minutes"))
        }
        guard let sees else {
            return .unknown(words.say("headquarters did not say whom it sees", "le siège n'a pas dit qui il voit"))
        }
        return .fine(
            words.say("headquarters sees this box alone", "le siège ne voit que ce boîtier"),
            .init("incarnation", .string(sees.plain("incarnation"))))
    }

    /// So often within an hour another session of this shop's name takes the line over only when there is one.
    private static let thrownOutMax = 3

    private static func second(_ words: Words, named: String?) -> Verdict {
        .fault(
            "headquarters.secondBox",
            words.say("a second box acts as this shop", "un second boîtier se fait passer pour ce magasin")
                + (named.map { ": \($0)" } ?? ""),
            cause: words.say(
                "an old box was switched on again, or its state was copied",
                "un ancien boîtier a été rallumé, ou son état a été copié"),
            mend: words.say(
                "switch the other box off, and tell headquarters which one is right",
                "éteignez l'autre boîtier, et dites au siège lequel est le bon"))
    }
}
