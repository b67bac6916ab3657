// `edgectl certificate list`: every certificate that this box uses or vouches for, and how long each lasts.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct CertificateList: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: Help.say(
                "List every certificate of this box, and how long each lasts.",
                "Lister tous les certificats de ce boîtier, et leur durée restante."),
            discussion: Help.say(
                """
                Examples:
                  sudo edgectl certificate list
                  sudo edgectl certificate list --format json

                Exit status: 0 all last, 2 one ends within 30 days, 1 one has ended or cannot
                be read.
                """,
                """
                Exemples :
                  sudo edgectl certificate list
                  sudo edgectl certificate list --format json

                Codes de retour : 0 tous durent, 2 l'un finit dans moins de 30 jours, 1 l'un
                a pris fin ou ne peut pas être lu.
                """))
    }

    @OptionGroup var options: AgentOptions
    @OptionGroup var places: CertificatePlaces

    /// Fewer days than these are told as a warning.
    private static let daysWarned = 30
    /// A file with more is a collection of the system's, whose ends are not the shop's concern.
    private static let certificatesMax = 8

    private struct Row {
        let which: String
        let file: String
        var facts: CertificateFacts?
        var problem: String?

        func status(_ now: Instant) -> ExitStatus {
            guard let facts else { return problem == nil ? .fine : .fault }
            let days = facts.daysLeft(at: now)
            return days < 0 || facts.notBefore > now ? .fault : days < CertificateList.daysWarned ? .warnings : .fine
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        let now = Instant.ofMachine
        let rows = try files(words).flatMap { read($0.which, $0.file, isNeeded: $0.isNeeded, words) }
        bench.answer(json(rows, now)) { page(rows, now, $0) }
        let statuses = rows.map { $0.status(now) }
        return statuses.contains(.fault) ? .fault : statuses.contains(.warnings) ? .warnings : .fine
    }

    private func files(_ words: Words) throws(Failure) -> [(which: String, file: String, isNeeded: Bool)] {
        var files = [
            (which: "authority", file: places.authority + "/ca.crt", isNeeded: true),
            (which: "server", file: places.broker + "/server.crt", isNeeded: true),
        ]
        if let configuration = try places.configuration(words, isNeeded: false) {
            let sides = [("devices", configuration.devices), ("headquarters", configuration.headquarters.broker)]
            for (side, broker) in sides {
                if let file = broker.certificate { files.append((side, file, true)) }
                if let file = broker.ca { files.append(("\(side).ca", file, true)) }
            }
            if let certificate = configuration.headquarters.broker.certificate,
                let key = configuration.headquarters.broker.key
            {
                let store = try CertificateStore(certificate: certificate, key: key, words)
                files.append(("headquarters.pending", store.pendingCertificate, false))
            }
        }
        for name in SmallFile.names(in: places.authority + "/issued") where name.hasSuffix(".crt") {
            files.append(("device." + name.dropLast(4), places.authority + "/issued/" + name, false))
        }
        return files
    }

    private func read(_ which: String, _ file: String, isNeeded: Bool, _ words: Words) -> [Row] {
        if let bytes = SmallFile.bytes(file, max: 4 << 20) {
            let count = CertificateFacts.blocks(of: String(decoding: bytes, as: UTF8.self)).count
            // The system's own collection: nobody in the shop renews what is in it.
            if count > Self.certificatesMax { return [Row(which: which, file: file)] }
        }
        switch CertificateFacts.read(file: file) {
        // Behind the box's own stands the authority's, which has a row of its own.
        case .certificates(let found):
            return (which == "server" ? found[..<1] : found[...]).map { Row(which: which, file: file, facts: $0) }
        case .missing:
            return isNeeded ? [Row(which: which, file: file, problem: words.say("is not there", "absent"))] : []
        case .forbidden:
            return [Row(which: which, file: file, problem: words.say("may not be read", "illisible sans sudo"))]
        case .noCertificate:
            return [Row(which: which, file: file, problem: words.say("holds no certificate", "sans certificat"))]
        case .noTool:
            return [Row(which: which, file: file, problem: words.say("openssl is missing", "openssl absent"))]
        }
    }

    private func json(_ rows: [Row], _ now: Instant) -> JSON {
        let list = rows.map { row -> JSON in
            var members: [JSON.Member] = [.init("certificate", .string(row.which)), .init("file", .string(row.file))]
            if let facts = row.facts {
                members += [
                    .init("subject", .string(facts.subject)), .init("issuer", .string(facts.issuer)),
                    .init("names", .array(facts.names.map { .string($0) })),
                    .init("notBefore", .string(facts.notBefore.description)),
                    .init("notAfter", .string(facts.notAfter.description)),
                    .init("daysLeft", .count(facts.daysLeft(at: now))),
                ]
            }
            if let problem = row.problem { members.append(.init("problem", .string(problem))) }
            return .object(members)
        }
        return ["now": .string(now.description), "certificates": .array(list)]
    }

    private func page(_ rows: [Row], _ now: Instant, _ words: Words) -> Page {
        var page = Page()
        var table = Table(
            .init(words.say("which", "lequel")), .init(words.say("subject", "sujet")),
            .init(words.say("ends", "fin")), .init(words.say("left", "reste"), isNumber: true))
        for row in rows {
            if let facts = row.facts {
                let days = facts.daysLeft(at: now)
                table.add(
                    row.which, facts.subject, String(facts.notAfter.description.prefix(10)),
                    days < 0 ? words.say("ended", "expiré") : words.days(days))
            } else {
                table.add(
                    row.which, row.problem ?? words.say("the system's collection", "collection du système"), "–", "–")
            }
        }
        page.table(table)
        for row in rows {
            page.blank()
            page.paragraph("\(row.which)\(words.colon)\(row.file)", hanging: 2)
            if let facts = row.facts {
                if facts.issuer != facts.subject {
                    page.paragraph(words.say("by ", "par ") + facts.issuer, indent: 2)
                }
                if !facts.names.isEmpty { page.paragraph(facts.names.joined(separator: " "), indent: 2) }
            }
            switch row.status(now) {
            case .fine: break
            case .warnings:
                page.paragraph(
                    words.say("WARNING: it ends soon: ", "ATTENTION : il expire bientôt : ")
                        + "sudo edgectl certificate renew", indent: 2, hanging: 2)
            default:
                page.paragraph(
                    words.say("FAULT: ", "PANNE : ")
                        + (row.problem
                            ?? words.say(
                                "it is not valid now: sudo edgectl certificate renew, after a look at timedatectl",
                                "il n'est pas valable : sudo edgectl certificate renew, après un regard à timedatectl")),
                    indent: 2, hanging: 2)
            }
        }
        return page
    }
}
