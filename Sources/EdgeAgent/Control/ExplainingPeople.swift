// The stories of those who act: devices, technicians, customers; and of what never came to a decision.

import Contract
import ScanCodes
import ShopCore
import ShopModel

extension Ledger {
    /// How many commands and refusals of a device its story tells.
    private static let deviceStepsMax = 50

    /// A device of the fleet, or one that sent something: its latest commands and refusals, and what was done with it.
    func addDevice(_ name: String, to found: inout Findings) throws {
        guard let device = DeviceID(name) else { return }
        let commands = try storage.commands(of: device, limit: Self.deviceStepsMax)
        let refusals = try storage.refusals(of: device, limit: Self.deviceStepsMax)
        let acts = try storage.acts(about: device.value, limit: Self.deviceStepsMax)
        let isListed = fleet[device] != nil
        guard isListed || !commands.isEmpty || !refusals.isEmpty || !acts.isEmpty else { return }
        let role = fleet.role(of: device)
        found.present.append(
            .told(
                ("kind", "device"), ("id", .name(device)), ("role", .string(role.rawValue)),
                ("inFleet", .bool(isListed)),
                ("family", fleet[device]?.family.map { .string($0.rawValue) }),
                (
                    "enrolment",
                    fleet[device]?.enrolment.map {
                        .told(
                            ("state", .string($0.state.name)), ("at", .moment($0.enrolledAt)),
                            ("credential", .string($0.credential.rawValue)))
                    }
                ),
                ("screen", fleet.screen(of: device).map { .name($0) }),
                (
                    "may",
                    .array(Verb.allCases.filter(role.allows).map { .string($0.rawValue) })
                ),
                ("lastCommandAt", commands.first.map { .moment($0.decidedAt) }),
                ("lastRefusalAt", refusals.first.map { .moment($0.at) })))
        if max(commands.count, refusals.count) == Self.deviceStepsMax { found.story.cut() }
        for command in commands {
            found.story.add(command)
            for entry in try storage.journal(about: command.id.value, limit: 20) { found.story.add(entry) }
        }
        for refusal in refusals { found.story.add(refusal, problem: problem(of: refusal)) }
        for act in acts { found.story.add(act) }
    }

    /// A customer, masked, with what was done with their data.
    func addCustomer(_ name: String, to found: inout Findings) throws {
        guard let customer = try customer(named: name) else { return }
        found.present.append(try described(customer))
        try addSubject("customer/\(customer)", to: &found.story)
        for act in try storage.acts(about: "customer/\(customer)", limit: 100) { found.story.add(act) }
    }

    /// A technician's act, and what came of it.
    func addAct(_ name: String, to found: inout Findings) throws {
        guard let number = Int64(name), let act = try storage.act(number) else { return }
        found.present.append(act.described)
        found.story.add(act)
        for ordinal in 1...Story.partsMax {
            guard let event = try storage.outboxEntry(id: "act/\(incarnation)/\(number)/\(ordinal)") else { break }
            found.story.add(event)
        }
        // What it was about is explained by its own name.
        let target = act.target
        guard target.hasPrefix("event/"),
            let event = try storage.outboxEntry(id: String(target.dropFirst("event/".utf8.count)))
        else { return }
        try addSubject(event.event.subject, to: &found.story)
    }

    /// What was refused under an id before it came to a decision.
    func addRefusals(of id: CommandID, to found: inout Findings) throws {
        for refusal in try storage.refusals(of: id, limit: 20) {
            let problem = problem(of: refusal)
            found.present.append(
                .told(
                    ("kind", "command"), ("id", .name(id)), ("verb", .string(refusal.verb)),
                    ("device", .name(refusal.device)), ("outcome", "refused"), ("problem", problem),
                    ("role", .string(refusal.role)), ("decidedAt", .moment(refusal.at)), ("replyKept", false)))
            found.story.add(refusal, problem: problem)
        }
    }

    /// What a scanner would send: a product's code with all that is on the label, or a code of ours.
    func addScanned(_ text: String, to found: inout Findings) throws {
        guard let reading = try? ScanCode.read(Array(text.utf8)) else { return }
        switch reading.code {
        case .item(let item): try addStock(item.gtin.description, to: &found)
        case .restricted(let item):
            try addStock(item.itemGTIN.description, to: &found)
            if found.present.isEmpty { try addStock(item.gtin.description, to: &found) }
        case .logisticUnit(let unit):
            if let content = unit.content { try addStock(content.gtin.description, to: &found) }
        case .own, .elements: break
        }
    }

    /// A refusal's sentence as far as it can be told again without the message: its facts are not kept.
    private func problem(of refusal: RefusedMessage) -> JSON {
        var detail: String?
        if refusal.code == Refusal.Code.deviceNotListed.name {
            detail =
                Refusal(
                    .deviceNotListed,
                    [
                        .text("device", refusal.device.value), .text("verb", refusal.verb),
                        .word(
                            "role",
                            DeviceRole(rawValue: refusal.role)?.word
                                ?? Word(refusal.role, en: refusal.role, fr: refusal.role)),
                    ]
                ).sentence(in: profile.language)
        }
        return .told(
            ("code", .string(refusal.code)), ("detail", detail.map(JSON.string)),
            ("field", refusal.field.map(JSON.string)))
    }
}

extension OperatorAct {
    /// The act as everybody who may look sees it.
    var described: JSON {
        .told(
            ("kind", "act"), ("id", .string("act/\(number)")), ("number", .integer(number)), ("at", .moment(at)),
            ("user", .string(name)), ("uid", .integer(Int64(user))), ("command", .string(command)),
            ("target", .string(target)), ("reason", reason.map(JSON.string)), ("outcome", .string(outcome)))
    }
}
