// The gate that every message of a device passes: read, known or new, allowed, decided, remembered (DESIGN law 2).

import Contract
import ShopCore
import ShopModel

/// Who asks, and in whose name: what a verb's decision needs to know besides the verb's own fields.
struct Asker {
    let device: DeviceID
    let role: DeviceRole
    let envelope: Envelope
    /// The clerk named in the message, if they are signed in at this seat.
    let session: ClerkSession?
    /// Whether the shop's broker has taken the password that the message gives.
    var hasPasswordSet = false

    /// The clerk, or the refusal of a step that needs one.
    func clerk() throws -> ClerkSession {
        guard let session else { throw Refusal(.clerkSessionRequired) }
        return session
    }
}

extension Ledger {
    /// Answers a message of a device: every path ends in exactly one reply.
    func answer(_ message: DeviceMessage, in turn: Turn) throws(StorageFailure) {
        let (reply, payload) = try reply(to: message, in: turn)
        let head = MessageHead(message, reply, at: turn.now, isListed: fleet[message.device] != nil)
        turn.outcome.replies.append(DeviceReply(to: message, payload: payload, head: head))
    }

    /// The reply, and its bytes: those of a command are encoded once, for the ledger and for the device.
    private func reply(to message: DeviceMessage, in turn: Turn) throws(StorageFailure) -> (Reply, [UInt8]) {
        func told(_ reply: Reply) -> (Reply, [UInt8]) { (reply, reply.encoded()) }
        let envelope: Envelope
        let request: Request
        do throws(Refusal) {
            try admit(message)
            try fleet.admit(message.device, verb: message.topic.verb ?? EnvelopeHint(message.payload).verb)
            (envelope, request) = try Request.decode(message.topic, payload: message.payload)
            if envelope.verb == .reservationPlace { try admitReservation(message.device) }
            guard fleet.role(of: message.device).allows(envelope.verb) else {
                throw Refusal(
                    .deviceNotListed,
                    [
                        .text("device", message.device.value), .text("verb", envelope.verb.rawValue),
                        .word("role", fleet.role(of: message.device).word),
                    ])
            }
        } catch {
            if message.retained {
                turn.outcome.problems.append(
                    "a retained message on \(LoggedTopic.text(message.topic.description)) is refused")
            }
            let hint = EnvelopeHint(message.payload)
            try remember(error, of: message, hint, in: turn)
            return told(
                Reply.unreadable(
                    hint, verb: message.topic.verb, error, in: profile.language, time: profile.localTime))
        }
        guard !envelope.verb.isQuestion, let id = envelope.id else {
            return told(try decide(request, envelope, from: message, in: turn))
        }
        let digest = ports.digest.digest(Array(envelope.verb.rawValue.utf8) + [0] + message.payload)
        if let known = try storage.command(id) {
            if message.hasDerivedID {
                return try answerAgain(known, request, envelope, digest: digest, to: message, in: turn)
            }
            return told(replay(known, envelope, digest: digest, from: message.device))
        }
        let reply: Reply
        if try storage.deaths(of: digest) >= 2 {
            let refusal = Refusal(.commandQuarantined, [.text("id", id.value)])
            reply = .refused(envelope, refusal, in: profile.language, time: profile.localTime)
        } else {
            reply = try decideNoted(request, envelope, digest: digest, from: message, in: turn)
        }
        return try keep(reply, to: envelope, id, digest: digest, from: message, in: turn)
    }

    /// Decides a command under a note, which is found at the next start when the command ends the process.
    func decideNoted(
        _ request: Request, _ envelope: Envelope, digest: [UInt8], from message: DeviceMessage, in turn: Turn
    ) throws(StorageFailure) -> Reply {
        ports.note.begin(digest)
        let reply = try decide(request, envelope, from: message, in: turn)
        ports.note.end()
        return reply
    }

    /// Keeps the reply of a command, unless the same id may succeed later. Returns what is told, and its bytes.
    ///
    /// Of a reply that no broker would let through, the outcome alone is kept and told, now and when the same comes again.
    func keep(
        _ reply: Reply, to envelope: Envelope, _ id: CommandID, digest: [UInt8], from message: DeviceMessage,
        in turn: Turn
    ) throws(StorageFailure) -> (Reply, [UInt8]) {
        let bytes = reply.encoded()
        guard reply.outcome != .later else { return (reply, bytes) }
        let fits = bytes.count <= Reply.bytesMax
        let outcome = reply.outcome.rawValue
        try storage.insert(
            StoredCommand(
                id: id, device: message.device, verb: reply.verb, digest: digest, outcome: outcome,
                reply: fits ? bytes : nil, decidedAt: turn.now))
        turn.changedAnything = true
        guard !fits else { return (reply, bytes) }
        let told = refused(envelope, Self.forgotten(id, outcome: outcome))
        return (told, told.encoded())
    }

    /// Keeps that a command never came to a decision, so that `explain` knows its id. What only came too fast is sent
    /// again with the same id.
    private func remember(
        _ refusal: Refusal, of message: DeviceMessage, _ hint: EnvelopeHint, in turn: Turn
    ) throws(StorageFailure) {
        let verb = message.topic.verb ?? hint.verb
        guard let id = hint.id, let verb, Verb(rawValue: verb)?.isQuestion != true, refusal.code != .commandRate,
            refusal.code != .commandReservationRate
        else { return }
        if case .ask = message.topic { return }
        try storage.insert(
            RefusedMessage(
                id: id, device: message.device, verb: MessageHead.told(verb: verb), code: refusal.code.name,
                field: refusal.field, role: fleet.role(of: message.device).rawValue, at: turn.now))
        turn.changedAnything = true
    }

    private func admit(_ message: DeviceMessage) throws(Refusal) {
        if message.retained { throw Refusal(.commandRetained, [.text("topic", message.topic.description)]) }
        // Questions were counted by the front.
        if case .ask = message.topic { return }
        let limit = profile.commandsPerSecondMax
        guard rates.admit(message.device, now: uptime, limit: limit) else {
            throw Refusal(.commandRate, [.integer("limit", limit)])
        }
    }

    private func admitReservation(_ device: DeviceID) throws(Refusal) {
        let limit = profile.reservationsPerMinuteMax
        guard reservationRates.admit(device, now: uptime, limit: limit) else {
            throw Refusal(.commandReservationRate, [.integer("limit", limit)])
        }
    }

    /// The same id again: the same reply for the same message of the same device, nothing for anyone else.
    ///
    /// A reply that cannot be read, as one that an earlier release stored beyond every limit, is told like one that is no
    /// longer kept: ending the process over it would end it at each time that the device asks again.
    func replay(_ known: StoredCommand, _ envelope: Envelope, digest: [UInt8], from device: DeviceID) -> Reply {
        guard known.device == device, known.digest == digest else {
            return refused(envelope, Refusal(.commandIDReused, [.text("id", known.id.value)]))
        }
        if let stored = known.reply, let reply = try? Reply.replayed(stored) { return reply }
        return refused(envelope, Self.forgotten(known.id, outcome: known.outcome))
    }

    private static func forgotten(_ id: CommandID, outcome: String) -> Refusal {
        Refusal(.commandReplyForgotten, [.text("id", id.value), .text("outcome", outcome)])
    }

    private func refused(_ envelope: Envelope, _ refusal: Refusal) -> Reply {
        .refused(envelope, refusal, in: profile.language, time: profile.localTime)
    }

    /// Decides in a savepoint of its own: a refusal leaves nothing behind.
    private func decide(
        _ request: Request, _ envelope: Envelope, from message: DeviceMessage, in turn: Turn
    ) throws(StorageFailure) -> Reply {
        let device = message.device
        let changesBefore = turn.changes
        try storage.savepoint()
        do {
            let asker = try asker(message, envelope, now: turn.now)
            let seed = envelope.id?.value ?? ""
            var author = Author(
                seed: seed, by: envelope.verb.rawValue, command: envelope.id, device: device,
                clerk: asker.session?.clerk, at: turn.now)
            let result = try decide(request, asker, author: &author, in: turn)
            try storage.releaseSavepoint()
            return .done(envelope, result)
        } catch let refusal as Refusal {
            try storage.rollbackToSavepoint()
            turn.changes = changesBefore
            try afterRefusal(refusal, in: turn)
            return .refused(envelope, refusal, in: profile.language, time: profile.localTime)
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw .broken("The decision of \(envelope.verb.rawValue) failed in a way that has no name: \(error)")
        }
    }

    /// What stays although the command was refused: a wrong PIN counts, and missing rights are asked for.
    private func afterRefusal(_ refusal: Refusal, in turn: Turn) throws(StorageFailure) {
        if let keep = turn.afterRefusal {
            turn.afterRefusal = nil
            try keep()
            turn.changedAnything = true
        }
        if refusal.code == .stockShort { try askForRights(refusal, in: turn) }
    }

    private func asker(_ message: DeviceMessage, _ envelope: Envelope, now: Instant) throws -> Asker {
        let device = message.device
        var session: ClerkSession?
        if let clerk = envelope.clerk, envelope.verb != .clerkSignIn {
            session = try storage.session(device: device, seat: envelope.seat ?? "")
            guard let open = session, now < open.until else {
                throw Refusal(.clerkSessionRequired, field: "/clerk")
            }
            guard open.clerk == clerk else { throw Refusal(.clerkReplaced, field: "/clerk") }
            // Who is no longer fed as a clerk is one no longer, and has the roles that are fed now.
            guard let record = try fedClerk(clerk) else { throw Refusal(.clerkSessionRequired, field: "/clerk") }
            session = ClerkSession(
                device: device, seat: open.seat, clerk: clerk, roles: record.roles, until: open.until)
        }
        return Asker(
            device: device, role: fleet.role(of: device), envelope: envelope, session: session,
            hasPasswordSet: message.hasPasswordSet)
    }

    private func decide(
        _ request: Request, _ asker: Asker, author: inout Author, in turn: Turn
    ) throws -> JSON {
        switch request {
        case .reservationPlace(let payload): try place(payload, author: &author, in: turn)
        case .reservationExtend(let payload): try extend(payload, author: &author, in: turn)
        case .reservationCancel(let payload): try cancel(payload, author: &author, in: turn)
        case .reservationCollect(let payload): try collect(payload, author: &author, in: turn)
        case .reservationGet(let payload): try reservation(payload.reservation, now: turn.now)
        case .reservationList(let payload): try list(payload, now: turn.now)
        case .pickup(let command): try step(command, asker, author: &author, in: turn)
        case .pickupGet(let payload): try pickup(payload, now: turn.now)
        case .pickupList(let payload): try list(payload, now: turn.now)
        case .pickupFind(let payload): try find(payload, now: turn.now)
        case .saleRecord(let payload): try record(payload, author: &author, in: turn)
        case .deliveryReceive(let payload): try receive(payload, author: &author, in: turn)
        case .countRecord(let payload): try count(payload, asker, author: &author, in: turn)
        case .countApprove(let payload): try approve(payload, asker, author: &author, in: turn)
        case .clerkSignIn(let payload): try signIn(payload, asker, in: turn)
        case .clerkSignOut: try signOut(asker, in: turn)
        case .customerGet(let payload): try customer(payload, asker, now: turn.now)
        case .momentRecord(let payload): try record(payload, author: &author, in: turn)
        case .devicePair: try pair(asker, in: turn)
        case .scan(let payload): try closedCode(payload, asker, now: turn.now)
        case .productGet, .availabilityGet:
            // The front answers these; one that came to the ledger's topics was sent to a device's single topic.
            throw Refusal(
                .contractWrongBranch, [.text("verb", request.verb.rawValue), .text("expected", request.verb.branch)])
        }
    }
}
