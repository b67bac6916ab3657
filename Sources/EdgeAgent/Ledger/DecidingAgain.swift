// A till that sends no ids says the same again: lines of it that were parked are decided again (DESIGN law 2).

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// Answers a command that was decided before, of a device whose ids are derived from what it says.
    ///
    /// A till that mints ids mends a parked line by sending it in a new message. One that cannot only ever says the same
    /// again, so this stands for the new message: it is decided under an id made of the former one, once something has
    /// come of it. Lines recorded before are known by their physical key, so nothing counts twice. Where every line would
    /// be parked for the reason it was parked for before, nothing is stored and headquarters hears nothing: the same
    /// reply is told again, however often the till asks.
    func answerAgain(
        _ first: StoredCommand, _ request: Request, _ envelope: Envelope, digest: [UInt8], to message: DeviceMessage,
        in turn: Turn
    ) throws(StorageFailure) -> (Reply, [UInt8]) {
        var latest = first
        var next = again(first.id)
        while let id = next, let later = try storage.command(id) {
            latest = later
            next = again(id)
        }
        let replayed = replay(latest, envelope, digest: digest, from: message.device)
        let parked = SaleResult.parkedLines(of: replayed)
        guard let id = next, !parked.isEmpty, try storage.deaths(of: digest) < 2 else {
            return (replayed, replayed.encoded())
        }
        let (changes, changedAnything) = (turn.changes, turn.changedAnything)
        try storage.savepoint()
        let envelope = envelope.identified(by: id)
        let reply = try decideNoted(request, envelope, digest: digest, from: message, in: turn)
        guard reply.outcome == .done, SaleResult.parkedLines(of: reply) != parked else {
            try storage.rollbackToSavepoint()
            turn.changes = changes
            turn.changedAnything = changedAnything
            return (replayed, replayed.encoded())
        }
        try storage.releaseSavepoint()
        return try keep(reply, to: envelope, id, digest: digest, from: message, in: turn)
    }

    /// The id under which a command is decided once more.
    private func again(_ id: CommandID) -> CommandID? {
        CommandID(digest: ports.digest.digest(Array("\(id)/again".utf8)))
    }
}

extension SaleResult {
    /// The lines that a reply says are parked, and why; none of a reply that says nothing of lines.
    fileprivate static func parkedLines(of reply: Reply) -> [JSON] {
        (reply.result?["lines"]?.elements ?? []).filter { $0["outcome"]?.text == Outcome.parked.rawValue }
    }
}
