// What became of each certificate that was to be renewed.

import Contract
import ShopModel

/// The outcome of a renewal, certificate by certificate.
struct RenewalReport {
    enum Result {
        /// This box has no such certificate.
        case none
        case notDue
        /// Somebody has to sign; so many days are left of the one in use.
        case waits(Int?)
        case renewed(Renewed)
    }

    private var entries: [(which: String, result: Swift.Result<Result, Failure>)] = []

    /// The first failure.
    var failure: Failure? {
        for case .failure(let failure) in entries.map(\.result) { return failure }
        return nil
    }

    /// The certificates that were renewed.
    var renewed: [String] {
        entries.compactMap { which, result in if case .success(.renewed) = result { which } else { nil } }
    }

    /// The certificates whose new one did not serve, and that are the former ones again.
    var takenBack: [String] {
        entries.compactMap { which, result in
            if case .failure(let failure) = result, failure.code == "certificate.takenBack" { which } else { nil }
        }
    }

    /// The worst outcome counts: a certificate that was not taken before one that waits.
    var status: ExitStatus {
        let statuses = entries.map { entry -> ExitStatus in
            switch entry.result {
            case .success(.waits): .warnings
            case .success: .fine
            case .failure(let failure): failure.status
            }
        }
        return statuses.first { $0 != .fine && $0 != .warnings } ?? statuses.first { $0 == .warnings } ?? .fine
    }

    /// Renews one, and keeps what became of it. One that fails keeps no other from being renewed.
    mutating func note(_ which: String, _ words: Words, _ renew: () throws(Failure) -> Result) throws(Failure) {
        do throws(Failure) {
            let result = try renew()
            if case .none = result { return }
            entries.append((which, .success(result)))
        } catch {
            // Wrong use and a wrong configuration are no outcome of a renewal.
            guard [.fault, .warnings].contains(error.status) else { throw error }
            entries.append((which, .failure(error)))
        }
    }

    var json: JSON {
        let list = entries.map { which, result -> JSON in
            var members: [JSON.Member] = [.init("certificate", .string(which))]
            switch result {
            case .success(.none), .success(.notDue): members.append(.init("outcome", "notDue"))
            case .success(.waits(let days)):
                members.append(.init("outcome", "waitsForSignature"))
                if let days { members.append(.init("daysLeft", .count(days))) }
            case .success(.renewed(let renewed)):
                members.append(.init("outcome", "renewed"))
                members.append(.init("file", .string(renewed.certificate)))
                members.append(.init("names", .array(renewed.names.map { .string($0) })))
                members.append(.init("shownOn", .array(renewed.ports.map { .count($0) })))
            case .failure(let failure):
                members.append(.init("outcome", failure.status == .warnings ? "waits" : "refused"))
                members.append(.init("problem", failure.json["problem"] ?? .null))
            }
            return .object(members)
        }
        return ["certificates": .array(list)]
    }

    func page(_ words: Words) -> Page {
        var page = Page()
        for (which, result) in entries {
            switch result {
            case .success(.none): break
            case .success(.notDue):
                page.paragraph(which + words.colon + words.say("not due", "pas encore à renouveler"), hanging: 2)
            case .success(.waits(let days)):
                let left = days.map { words.say(", \(words.days($0)) left", ", encore \(words.days($0))") } ?? ""
                page.paragraph(
                    which + words.colon
                        + words.say(
                            "headquarters has to sign a new one\(left):", "le siège doit en signer un nouveau\(left) :"),
                    hanging: 2)
                page.paragraph("sudo edgectl certificate renew headquarters --request FILE", indent: 2)
            case .success(.renewed(let renewed)):
                page.paragraph(which + words.colon + words.say("renewed and proved", "renouvelé et prouvé"), hanging: 2)
                if !renewed.names.isEmpty { page.paragraph(renewed.names.joined(separator: " "), indent: 2) }
                if !renewed.ports.isEmpty {
                    let ports = renewed.ports.map(String.init).joined(separator: ", ")
                    page.paragraph(words.say("shown on port \(ports)", "présenté sur le port \(ports)"), indent: 2)
                }
            case .failure(let failure):
                page.paragraph("\(which)\(words.colon)\(failure.code)\(words.colon)\(failure.message)", hanging: 2)
                if let cause = failure.cause { page.paragraph(cause, indent: 2) }
                if let mend = failure.mend { page.paragraph(words.say("To mend it: ", "À faire : ") + mend, indent: 2) }
            }
        }
        return page
    }
}
