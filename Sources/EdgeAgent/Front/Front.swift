// Answers what needs no commit, from committed state alone: a scan never waits (DESIGN law 10).

import Contract
import ScanCodes
import ShopCore
import ShopModel

/// The agent's front: cards and availability, from the assortment and the ledger's last commit.
///
/// It belongs to one thread, which shares nothing with the ledger's but the view.
public final class Front {
    private(set) var profile: ShopProfile
    let catalogue: any CatalogueReading
    let view: CommittedView
    private let clock: any MachineClock
    private var rates = DeviceRates()
    private var questionCount: UInt64 = 0
    private var lastScans: [DeviceID: (code: [UInt8], at: Int64)] = [:]

    /// The same text again within so many milliseconds is one scan (DESIGN §7).
    static let sameScanMilliseconds: Int64 = 800
    /// How long a card may be shown: a minute, unless its price ends before.
    static let cardMilliseconds: Int64 = 60_000

    /// A front.
    public init(
        profile: ShopProfile, catalogue: any CatalogueReading, view: CommittedView, clock: any MachineClock
    ) {
        self.profile = profile
        self.catalogue = catalogue
        self.view = view
        self.clock = clock
    }

    /// Judges devices by another fleet and other limits from now on.
    public func configure(_ profile: ShopProfile) { self.profile = profile }

    /// What becomes of a question.
    public enum Answer: Sendable {
        /// Answered; all of it may leave at once, since it tells of committed state only.
        case replies([DeviceReply])
        /// The ledger answers it.
        case forLedger(DeviceMessage)
    }

    /// Answers a question, or hands it on.
    ///
    /// - Throws: `.broken` when the assortment cannot be read.
    public func answer(_ message: DeviceMessage) throws(StorageFailure) -> Answer {
        let reading = clock.read()
        let shopClock = view.clock(at: reading)
        let fleet = view.fleet
        let device = fleet[message.device]
        let reply: Reply
        var asked: Request?
        do throws(Refusal) {
            try admit(message, now: Instant(milliseconds: reading.monotonicMilliseconds))
            try fleet.admit(message.device, verb: message.topic.verb)
            let (envelope, request) = try Request.decode(message.topic, payload: message.payload)
            guard envelope.verb.isAnsweredByFront else { return .forLedger(message) }
            asked = request
            switch try answer(request, for: device?.role ?? .scan, at: shopClock) {
            case .success(let result?): reply = .done(envelope, result)
            // A code of ours that is no longer open: the ledger remembers what became of it.
            case .success(nil): return .forLedger(message)
            case .failure(let failure): throw Refusal(.frontUnreadable, [.text("cause", "\(failure)")])
            }
        } catch {
            let hint = EnvelopeHint(message.payload)
            reply = Reply.unreadable(
                hint, verb: message.topic.verb, error, in: profile.language, time: profile.localTime)
        }
        let head = MessageHead(message, reply, at: shopClock.now, isListed: device != nil)
        var replies = [DeviceReply(to: message, payload: reply.encoded(), head: head)]
        if reply.outcome == .done, reply.verb == Verb.scan.rawValue, let screen = device?.screen,
            isNewScan(message, at: reading.monotonicMilliseconds)
        {
            replies += shown(asked, on: screen, role: fleet.role(of: screen), at: shopClock)
        }
        return .replies(replies)
    }

    /// The card for the screen that a scanner is paired with, cut to what may be seen there.
    private func shown(
        _ asked: Request?, on screen: DeviceID, role: DeviceRole, at clock: ShopClock
    ) -> [DeviceReply] {
        guard let asked, case .success(let card?)? = try? answer(asked, for: role, at: clock) else { return [] }
        return [
            DeviceReply(
                device: screen, payload: card.encoded(), responseTopic: ShopTopics.show(.card, on: screen))
        ]
    }

    /// Devices whose rate is known, for those who look after memory.
    public var ratedDevices: Int { rates.count }

    /// The shop's time.
    var shopTime: Instant { view.clock(at: clock.read()).now }

    /// An id for a question whose device cannot mint one. Nobody stores it; it only has to be another each time.
    func nextQuestionID() -> CommandID? {
        questionCount += 1
        let parts = [UInt64(bitPattern: clock.read().monotonicMilliseconds), questionCount]
        return CommandID(digest: parts.flatMap { part in (0..<8).map { UInt8(truncatingIfNeeded: part >> ($0 * 8)) } })
    }

    /// Whether a scan is another one than a moment ago: trigger-happy scanners send the same text again and again.
    private func isNewScan(_ message: DeviceMessage, at milliseconds: Int64) -> Bool {
        // Only devices that are paired with a screen come here: the fleet bounds how many are remembered.
        defer { lastScans[message.device] = (message.payload, milliseconds) }
        guard let last = lastScans[message.device] else { return true }
        return last.code != message.payload || milliseconds - last.at >= Self.sameScanMilliseconds
    }

    private func admit(_ message: DeviceMessage, now: Instant) throws(Refusal) {
        if message.retained { throw Refusal(.commandRetained, [.text("topic", message.topic.description)]) }
        // What a technician tries does not use up what the device may ask.
        if message.isSimulated { return }
        let limit = profile.questionsPerSecondMax
        guard rates.admit(message.device, now: now, limit: limit) else {
            throw Refusal(.commandRate, [.integer("limit", limit)])
        }
    }
}
