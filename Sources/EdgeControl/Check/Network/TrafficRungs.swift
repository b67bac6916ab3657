// The rungs of what is on its way: orders, parked events, lanes, feeds and rights, as the agent counts them.

import Contract
import Glibc
import ShopModel

/// What the agent says of its queues and feeds.
enum TrafficRungs {
    static let all: [Rung] = [
        Rung("orders.oldest", needs: ["agent.running"], after: ["hq"], explainedBy: ["hq"]) { oldest($0) },
        Rung("orders.parked", needs: ["agent.running"]) { parked($0) },
        Rung("lanes", needs: ["agent.running"], after: ["hq"]) { lanes($0) },
        Rung("feeds.age", needs: ["agent.running"], after: ["hq", "agent.watchdog", "clock"]) { feedsAge($0) },
        Rung("feeds.readable", needs: ["agent.running"]) { feedsReadable($0) },
        Rung("rights.low", needs: ["agent.running"], after: ["hq"]) { rightsLow($0) },
    ]

    /// An order that headquarters should have had for so long stands still: health is progress (DESIGN §7).
    private static let orderMillisecondsMax: Int64 = 300_000
    /// What is no order may wait longer before anybody looks.
    private static let laneMillisecondsMax: Int64 = 3_600_000
    /// Headquarters says something at least once a day: prices of tomorrow, stock of tonight.
    private static let feedMillisecondsMax: Int64 = 26 * 3_600_000
    /// Feeds that a shop cannot work without for long.
    private static let feedsNeeded = ["catalogue", "stock"]

    /// The agent's numbers; a verdict of its own when there are none.
    ///
    /// Health is told also by an agent whose ledger is stuck; an older agent only has its status.
    private static func withFigures(_ context: CheckContext, _ body: (JSON) -> Verdict) -> Verdict {
        if let health = try? context.health.get(), health["lanes"] != nil { return body(health) }
        switch context.ask("status") {
        case .success(let status): return body(status)
        case .failure(let failure): return .unknown(failure.message)
        }
    }

    private static func isUp(_ figures: JSON) -> Bool {
        (figures["headquarters"]?["connected"] ?? figures["line"]?["up"])?.truth == true
    }

    private static func instant(_ json: JSON?) -> Instant? { json?.text.flatMap(Instant.init(rfc3339:)) }

    private static func age(_ json: JSON?, _ figures: JSON) -> Int64? {
        guard let moment = instant(json), let now = instant(figures["now"]) else { return nil }
        return max(0, now - moment)
    }

    private static func lane(_ name: String, _ figures: JSON) -> JSON? {
        (figures["lanes"]?.list ?? []).first { $0.plain("lane") == name }
    }

    private static func oldest(_ context: CheckContext) -> Verdict {
        let words = context.words
        return withFigures(context) { figures in
            guard let lane = lane("orders", figures), let age = age(lane["oldest"], figures) else {
                return .fine(words.say("no order waits for headquarters", "aucune commande n'attend le siège"))
            }
            let pending = lane.number("pending")
            let line = words.say(
                "waits \(words.span(age)); on their way: \(pending)",
                "attend depuis \(words.span(age)) ; en route : \(pending)")
            let fact = JSON.Member("oldestMilliseconds", .integer(age))
            guard age > orderMillisecondsMax else { return .fine(line, fact) }
            guard isUp(figures) else {
                return .warning(
                    "orders.lineDown", line,
                    cause: words.say("the line to headquarters is down", "la ligne vers le siège est coupée"),
                    mend: words.say(
                        "they leave by themselves when it is back; see the rungs hq.*",
                        "elles partiront seules à son retour ; voir les échelons hq.*"), fact)
            }
            return .fault(
                "orders.stuck", line,
                cause: words.say(
                    "the line is up, but headquarters does not confirm",
                    "la ligne est établie, mais le siège ne confirme pas"),
                mend: words.say(
                    "edgectl queue list names them; tell headquarters",
                    "edgectl queue list les nomme ; prévenez le siège"),
                fact)
        }
    }

    private static func parked(_ context: CheckContext) -> Verdict {
        let words = context.words
        return withFigures(context) { figures in
            let lanes = (figures["lanes"]?.list ?? []).filter { $0.number("parked") > 0 }
            let count = lanes.reduce(0) { $0 + $1.number("parked") }
            guard count > 0 else { return .fine(words.say("nothing set aside", "rien de côté"), .init("parked", 0)) }
            let list = lanes.map { "\($0.plain("lane")) \($0.number("parked"))" }.joined(separator: ", ")
            return .fault(
                "orders.parked",
                words.say(
                    "headquarters refused events, set aside: \(list)",
                    "le siège a refusé des événements, mis de côté : \(list)"),
                cause: words.say(
                    "each has its reason: edgectl queue list --state parked",
                    "chacun a sa raison : edgectl queue list --state parked"),
                mend: words.say(
                    "agree with headquarters, then: edgectl queue unpark ID --reason TEXT",
                    "voyez avec le siège, puis : edgectl queue unpark ID --reason TEXTE"),
                .init("parked", .count(count)))
        }
    }

    private static func lanes(_ context: CheckContext) -> Verdict {
        let words = context.words
        return withFigures(context) { figures in
            let all = figures["lanes"]?.list ?? []
            let line = all.map { "\($0.plain("lane")) \($0.number("pending"))" }.joined(separator: ", ")
            let late = all.filter { lane in
                lane.plain("lane") != "orders" && (age(lane["oldest"], figures) ?? 0) > laneMillisecondsMax
            }
            guard isUp(figures),
                let worst = late.max(by: {
                    (age($0["oldest"], figures) ?? 0) < (age($1["oldest"], figures) ?? 0)
                })
            else { return .fine(line) }
            if let rung = context.brokenLine { return .skipped(because: rung, words) }
            return .warning(
                "lanes.late",
                words.say(
                    "lane \(worst.plain("lane")) waits \(words.span(age(worst["oldest"], figures) ?? 0)); \(line)",
                    "la voie \(worst.plain("lane")) attend depuis \(words.span(age(worst["oldest"], figures) ?? 0)) ; \(line)"
                ),
                cause: words.say(
                    "headquarters takes events more slowly than the shop makes them",
                    "le siège prend les événements moins vite que le magasin ne les fait"),
                mend: words.say(
                    "tell headquarters; orders go first meanwhile", "prévenez le siège ; les commandes passent d'abord")
            )
        }
    }

    private static func feedsAge(_ context: CheckContext) -> Verdict {
        let words = context.words
        guard let health = try? context.health.get() else {
            return .unknown(words.say("the agent does not tell its feeds", "l'agent ne dit pas ses flux"))
        }
        // Of a stuck ledger only what passed by the other loops is known.
        guard health["lanes"] != nil else {
            return .unknown(words.say("the agent's ledger does not tell", "le registre de l'agent ne le dit pas"))
        }
        let feeds = health["feeds"]?.list ?? []
        let missing = feedsNeeded.filter { name in !feeds.contains { $0.plain("feed") == name } }
        guard missing.isEmpty else {
            if let rung = context.stuck("ledger") ?? context.brokenLine { return .skipped(because: rung, words) }
            return .warning(
                "feeds.missing",
                words.say(
                    "never received: \(missing.joined(separator: ", "))",
                    "jamais reçu : \(missing.joined(separator: ", "))"),
                cause: words.say(
                    "headquarters has not sent them since this agent's first start",
                    "le siège ne les a pas envoyés depuis le premier démarrage"),
                mend: words.say(
                    "edgectl hq resync; then tell headquarters", "edgectl hq resync ; puis prévenez le siège"))
        }
        let ages = feeds.compactMap { feed in age(feed["takenAt"], health).map { (feed.plain("feed"), $0) } }
        guard let newest = ages.min(by: { $0.1 < $1.1 }) else {
            return .fine(words.say("\(feeds.count) feeds", "\(feeds.count) flux"))
        }
        let list = ages.sorted { $0.1 > $1.1 }.prefix(4).map { "\($0.0) \(words.span($0.1))" }.joined(separator: ", ")
        guard newest.1 <= feedMillisecondsMax else {
            if let rung = context.brokenLine ?? clockTrouble(context, health, newest.1) {
                return .skipped(because: rung, words)
            }
            return .warning(
                "feeds.old",
                words.say(
                    "headquarters has said nothing new for \(words.span(newest.1)): \(list)",
                    "le siège n'a rien dit de neuf depuis \(words.span(newest.1)) : \(list)"),
                cause: words.say(
                    "the line was down, or headquarters' application stands still",
                    "la ligne était coupée, ou l'application du siège est arrêtée"),
                mend: words.say("edgectl hq ping; then tell headquarters", "edgectl hq ping ; puis prévenez le siège"))
        }
        return .fine(words.say("last word by feed: \(list)", "dernier mot par flux : \(list)"))
    }

    /// The rung that says that the clock is wrong, or was set ahead so far that an age says nothing.
    private static func clockTrouble(_ context: CheckContext, _ health: JSON, _ age: Int64) -> String? {
        if context.verdict(of: "clock.offset")?.kind == .fault { return "clock.offset" }
        guard let jump = context.verdict(of: "clock.jump") else { return nil }
        if jump.kind == .fault { return "clock.jump" }
        // Set right by somebody who knows the time, it only looks as if it had leapt.
        let isRight = context.verdict(of: "clock.offset")?.kind == .fine
        let ahead = health["clock"]?["lastStepMilliseconds"]?.integer ?? 0
        guard jump.kind == .warning, !isRight, ahead > 0, age - Int64(ahead) <= feedMillisecondsMax else { return nil }
        return "clock.jump"
    }

    private static func feedsReadable(_ context: CheckContext) -> Verdict {
        let words = context.words
        return withFigures(context) { figures in
            let troubles = figures["feedTroubles"]?.list ?? []
            if let unrelated = unrelated(troubles.filter { $0.plain("kind") == "unrelated" }, words) {
                return unrelated
            }
            let newer = troubles.filter { $0.plain("kind") == "newer" }
            let feeds = (figures["feeds"]?.list ?? []).filter { $0.number("parked") > 0 }
            let ofFeeds = feeds.map { "\($0.plain("feed")) \($0.number("parked"))" }
            let parked = max(figures.number("parkedFeedEntries"), feeds.reduce(0) { $0 + $1.number("parked") })
            guard newer.isEmpty else {
                let list = newer.map { $0.plain("feed") }.joined(separator: ", ")
                return .fault(
                    "feeds.newer",
                    words.say("newer than this agent reads: \(list)", "plus récent que cet agent ne lit : \(list)"),
                    cause: newer.first?["detail"]?.text, mend: updateMend(words))
            }
            guard parked > 0 else {
                return .fine(words.say("all entries were understood", "toutes les entrées ont été comprises"))
            }
            let list = ofFeeds.isEmpty ? "" : " (\(ofFeeds.joined(separator: ", ")))"
            return .warning(
                "feeds.newer",
                words.say(
                    "entries set aside, not understood: \(parked)\(list)",
                    "entrées de côté, non comprises : \(parked)\(list)"),
                cause: words.say(
                    "headquarters is newer than this agent, or sent what is wrong",
                    "le siège est plus récent que cet agent, ou envoie du faux"), mend: updateMend(words))
        }
    }

    private static func unrelated(_ troubles: [JSON], _ words: Words) -> Verdict? {
        guard let first = troubles.first else { return nil }
        let list = troubles.map { $0.plain("feed") }.joined(separator: ", ")
        return .fault(
            "feeds.unrelated",
            words.say(
                "begun anew under an epoch that follows none known here: \(list)",
                "repartis sous une époque qui n'en suit aucune connue ici : \(list)"),
            cause: first["detail"]?.text,
            mend: words.say(
                "tell headquarters to say which epochs it follows: edge-hq serve --restored",
                "que le siège dise quelles époques il suit : edge-hq serve --restored"))
    }

    private static func updateMend(_ words: Words) -> String {
        words.say(
            "update the agent (sudo apt install edged), then: edgectl hq resync",
            "mettez l'agent à jour (sudo apt install edged), puis : edgectl hq resync")
    }

    private static func rightsLow(_ context: CheckContext) -> Verdict {
        let words = context.words
        guard let rights = (try? context.health.get())?["rights"] else {
            return .unknown(words.say("the agent does not tell its rights", "l'agent ne dit pas ses droits"))
        }
        let count = rights.number("count")
        guard count > 0 else {
            return .fine(words.say("enough to promise", "assez pour promettre"))
        }
        // Whether it would grant more nobody knows while it cannot be asked.
        if let rung = context.brokenLine { return .skipped(because: rung, words) }
        let named = (rights["low"]?.list ?? []).prefix(5)
            .map { "\($0.plain("sku")) \($0.plain("promisable"))/\($0.plain("wanted"))" }.joined(separator: ", ")
        return .warning(
            "rights.low",
            words.say(
                "little left to promise of \(count) products: \(named)",
                "peu à promettre de \(count) produits : \(named)"),
            cause: words.say("headquarters keeps the rest of the rights", "le siège garde le reste des droits"),
            mend: words.say(
                "headquarters grants more when asked; look whether it does: edgectl stock show SKU",
                "le siège en donne sur demande ; voir s'il le fait : edgectl stock show SKU"))
    }
}
