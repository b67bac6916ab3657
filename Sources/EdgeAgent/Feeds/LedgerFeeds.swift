// The feeds that the ledger keeps: stock, orders and erasures, which count entry by entry, and small state feeds.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// Takes a message of a feed in.
    func take(_ message: FeedMessage, in turn: Turn) throws(StorageFailure) {
        if message.feed == .customers, message.scope != .shop {
            // Snippets are a shop's own: a group's list would take away what the shop's list brought, and the reverse.
            turn.outcome.problems.append("feed customers is taken for the shop alone, not for \(message.scope)")
            return
        }
        if case .follows(let ancestors) = message.body { return try follow(ancestors, of: message, in: turn) }
        let intake = FeedIntake(
            keeper: LedgerFeedKeeper(ledger: self, turn: turn), digest: ports.snapshotDigest, now: turn.now)
        let outcome = try intake.take(message)
        turn.changedAnything = true
        if outcome.tellsCursors { tellsCursors = true }
        if let problem = outcome.problem { turn.outcome.problems.append(problem) }
    }
}

/// How the ledger keeps its feeds.
struct LedgerFeedKeeper: FeedKeeper {
    let ledger: Ledger
    let turn: Turn

    var feeds: any FeedStorage { ledger.storage }

    func apply(
        _ entry: FeedEntry, sequence: Int64, of feed: Feed, scope: String, epoch: String
    ) throws(StorageFailure) {
        var author = Author(
            seed: ledger.seed(of: sequence, feed, scope: scope, epoch: epoch), by: "feed.\(feed.rawValue)", at: turn.now
        )
        let changesBefore = turn.changes
        try ledger.storage.savepoint()
        do {
            switch entry {
            case .stock(let entry): try ledger.apply(entry, author: &author, in: turn)
            case .order(let entry): try ledger.apply(entry, author: &author, in: turn)
            case .erasure(let entry): try ledger.apply(entry, author: &author, in: turn)
            case .state(let entry):
                try set(entry, of: feed, scope: scope)
                try ledger.reload(feed)
            case .unknown(let type, _): throw Refusal(.feedEntryUnknown, [.text("type", type)])
            case .unreadable(let refusal, _): throw refusal
            }
            try ledger.storage.releaseSavepoint()
        } catch let refusal as Refusal {
            try ledger.storage.rollbackToSavepoint()
            turn.changes = changesBefore
            // Nothing that headquarters says is lost: what this version cannot read is set aside with its reason.
            try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: sequence, reason: refusal.noted,
                entry.withoutPerson(of: feed).encoded())
            try ledger.tellSetAside(refusal, sequence: sequence, of: feed, scope: scope, epoch: epoch, in: turn)
            turn.outcome.problems.append(
                "entry \(sequence) of feed \(feed.rawValue) is set aside: \(refusal.place)")
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw StorageFailure.broken("\(error)")
        }
    }

    func stage(_ entry: StateEntry, sequence: Int64, of feed: Feed, scope: String) throws(StorageFailure) {
        guard let value = entry.value else { return }
        guard feed == .customers else {
            guard let refusal = problem(of: entry, in: feed) else {
                return try feeds.stage(scope: scope, feed: feed.rawValue, key: entry.key, value.encoded())
            }
            try setAside(entry, refusal, sequence: sequence, of: feed, scope: scope)
            // What was in force stays so, as it would had the entry come alone.
            guard let former = try feeds.fed(feed.rawValue, scope: scope, key: entry.key) else { return }
            return try feeds.stage(scope: scope, feed: feed.rawValue, key: entry.key, former)
        }
        let record: CustomerRecord
        do throws(Refusal) {
            record = try CustomerRecord(entry)
        } catch {
            try setAside(entry, error, sequence: sequence, of: feed, scope: scope)
            guard let customer = CustomerID(entry.key), let former = try ledger.storage.customer(customer) else {
                return
            }
            return try feeds.stage(scope: scope, feed: feed.rawValue, key: entry.key, former.sealed)
        }
        // Nothing of a person lies in plain text, not even for the length of a snapshot.
        guard try !ledger.storage.isErased(record.customer) else { return }
        try feeds.stage(
            scope: scope, feed: feed.rawValue, key: entry.key,
            try ledger.ports.sealing.seal((record.entry.value ?? .null).encoded(), for: record.customer))
    }

    /// Sets an entry of a snapshot aside; of those of one snapshot headquarters is told the first.
    private func setAside(
        _ entry: StateEntry, _ refusal: Refusal, sequence: Int64, of feed: Feed, scope: String
    ) throws(StorageFailure) {
        try feeds.parkEntry(
            scope: scope, feed: feed.rawValue, sequence: sequence, reason: refusal.noted,
            FeedEntry.state(entry).withoutPerson(of: feed).encoded())
        let epoch = try feeds.snapshot(scope: scope, feed: feed.rawValue)?.epoch ?? ""
        try ledger.tellSetAside(refusal, sequence: sequence, of: feed, scope: scope, epoch: epoch, in: turn)
        turn.outcome.problems.append(
            "an entry of the snapshot of feed \(feed.rawValue) is set aside: \(refusal.place)")
    }

    func adopt(_ feed: Feed, scope: String) throws(StorageFailure) {
        let staged = try feeds.staged(scope: scope, feed: feed.rawValue)
        let keys = Set(staged.map(\.key))
        if feed == .customers {
            for customer in try ledger.storage.customers() where !keys.contains(customer.value) {
                try ledger.forgetSnippet(of: customer)
            }
            for value in staged {
                guard let customer = CustomerID(value.key),
                    let plain = try ledger.ports.sealing.open(value.value, of: customer),
                    let record = try? CustomerRecord(StateEntry(key: value.key, stored: plain))
                else { continue }
                try put(record)
            }
        } else {
            for value in try feeds.fedAll(feed.rawValue, scope: scope) where !keys.contains(value.key) {
                try feeds.setFed(feed.rawValue, scope: scope, key: value.key, nil)
            }
            for value in staged { try feeds.setFed(feed.rawValue, scope: scope, key: value.key, value.value) }
        }
        try ledger.reload(feed)
    }

    /// Takes a value in.
    ///
    /// - Throws: a `Refusal` of a record that cannot be read, or what the storage threw.
    private func set(_ entry: StateEntry, of feed: Feed, scope: String) throws {
        guard feed == .customers else {
            if let refusal = problem(of: entry, in: feed) { throw refusal }
            return try feeds.setFed(feed.rawValue, scope: scope, key: entry.key, entry.value?.encoded())
        }
        guard entry.value != nil else {
            guard let customer = CustomerID(entry.key), try !ledger.storage.isErased(customer) else { return }
            return try ledger.forgetSnippet(of: customer)
        }
        try put(try CustomerRecord(entry))
    }

    /// Why a value could never be used. Found here, where headquarters can be told and the former value stays in force: a
    /// safety stock or opening hours that nobody can read would otherwise silently fall back to none.
    private func problem(of entry: StateEntry, in feed: Feed) -> Refusal? {
        guard entry.value != nil else { return nil }
        do throws(Refusal) {
            switch feed {
            case .clerks:
                guard ledger.ports.pins.canRead(try ClerkRecord(entry).pin) else {
                    throw Refusal(
                        .contractBadIdentifier, field: "/value/pin",
                        [.text("name", "pin"), .text("kind", "derived PIN"), .text("seen", "…")])
                }
            case .hours: _ = try HoursRecord(entry)
            case .settings: _ = try SettingRecord(entry)
            default: break
            }
            return nil
        } catch {
            return error
        }
    }

    private func put(_ record: CustomerRecord) throws(StorageFailure) {
        let customer = record.customer
        guard try !ledger.storage.isErased(customer) else { return }
        try ledger.storage.put(
            SealedCustomer(
                customer: customer,
                sealed: try ledger.ports.sealing.seal((record.entry.value ?? .null).encoded(), for: customer),
                cards: record.cards.map(ledger.ports.sealing.cardDigest), expires: record.expires))
    }
}

extension Ledger {
    /// The seed of events about an entry of a feed; a digest where the names in it are so long that headquarters could not
    /// read an event's id.
    func seed(of sequence: Int64, _ feed: Feed, scope: String, epoch: String) -> String {
        let seed = "feed/\(scope)/\(feed.rawValue)/\(epoch)/\(sequence)"
        // What follows in an id is at most `/setAside` and a number.
        guard seed.utf8.count > CloudEvent.idBytesMax - 18 else { return seed }
        let digest = ports.snapshotDigest.digest(Array(seed.utf8))
        return "feed/" + digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Reads what depends on a feed again.
    func reload(_ feed: Feed) throws(StorageFailure) {
        guard feed == .settings || feed == .hours else { return }
        settings = try ShopSettings(storage, profile: profile)
        view.setSafety(settings.safety)
    }

    /// Destroys a customer's key and forgets the snippet.
    func forgetSnippet(of customer: CustomerID) throws(StorageFailure) {
        try ports.sealing.destroyKey(of: customer)
        try storage.removeCustomer(customer)
    }

    /// An entry of feed `stock`.
    func apply(_ entry: StockFeedEntry, author: inout Author, in turn: Turn) throws {
        switch entry {
        case .delta(let sku, let quantity, let cause, let rights):
            var line = try stockLine(sku, in: turn)
            let shortBefore = line.shortfall
            for change in try line.feed(quantity, headquarters: try RightsRow(rights)).events() {
                try record(change, of: &line, reference: cause, author: &author, in: turn)
            }
            if line.shortfall > shortBefore { _ = try raiseShortfall(on: line, author: &author, in: turn) }
            rightsChanged(line)
            try noteGrant(on: line)
        case .rights(let sku, let row):
            var line = try stockLine(sku, in: turn)
            for change in try line.feed(0, headquarters: try RightsRow(row)).events() {
                try record(change, of: &line, reference: "feed/stock", author: &author, in: turn)
            }
            rightsChanged(line)
            try noteGrant(on: line)
        case .absolute(let sku, let onHand, let asOf):
            var line = try stockLine(sku, in: turn)
            let shortBefore = line.shortfall
            var moved = 0
            if let asOf {
                guard asOf.incarnation == incarnation else {
                    throw Refusal(.feedOtherIncarnation, [.text("incarnation", asOf.incarnation.value)])
                }
                moved = try storage.onHandMoved(sku, afterEvent: asOf.sequence)
            }
            let change = line.restate(onHand: onHand, movedSince: moved)
            try record(change, of: &line, reference: "feed/stock", author: &author, in: turn)
            if line.shortfall > shortBefore { _ = try raiseShortfall(on: line, author: &author, in: turn) }
        case .rightsWanted(let sku, let level):
            var line = try stockLine(sku, in: turn)
            for change in try line.give(toReach: level, safety: safety(of: sku)).events() {
                try record(change, of: &line, reference: "feed/stock", author: &author, in: turn)
            }
        }
    }

    /// Rights that were asked for and came end the wish for them.
    private func rightsChanged(_ line: StockLine) {
        if let wish = wantedRights[line.sku], line.localRights >= wish.level { wantedRights[line.sku] = nil }
    }

    /// An entry of feed `orders`.
    func apply(_ entry: OrderFeedEntry, author: inout Author, in turn: Turn) throws {
        switch entry {
        case .placed(let order): try receive(order, author: &author, in: turn)
        case .cancelRequested(let order, let reason):
            guard var pickup = try storage.pickup(order) else {
                throw Refusal(.pickupUnknown, [.text("order", order.value)])
            }
            for event in pickup.requestCancel(reason: reason, now: turn.now) {
                try apply(event, to: &pickup, author: &author, in: turn)
            }
        }
    }

    private func receive(_ order: PlacedOrder, author: inout Author, in turn: Turn) throws {
        let recipient = try recipient(of: order)
        if var known = try storage.pickup(order.order) {
            // An order counts once; all that a second telling may bring is whom it is for, where that is not known.
            if known.learn(recipient) { try save(known, in: turn) }
            return
        }
        var lines: [Pickup.Line] = []
        for line in order.lines {
            if let index = lines.firstIndex(where: { $0.sku == line.sku }) {
                lines[index] = Pickup.Line(sku: line.sku, quantity: lines[index].quantity + line.quantity.units)
            } else {
                lines.append(Pickup.Line(sku: line.sku, quantity: line.quantity.units))
            }
        }
        let source: Pickup.Source
        switch order.source {
        case .fromStock: source = .fromStock
        case .fromParcel(let sscc): source = .fromParcel(sscc: sscc)
        }
        let pickup = Pickup(
            order: order.order, code: order.code, source: source, lines: lines,
            recipient: recipient, receivedAt: turn.now, collectBy: order.collectBy)
        try save(pickup, in: turn)
        if case .fromStock = source {
            for ordered in order.lines {
                var line = try stockLine(ordered.sku, in: turn)
                let decision = line.owe(ordered.quantity, headquarters: try ordered.rights.map(RightsRow.init))
                for change in try decision.events() {
                    try record(change, of: &line, reference: "order/\(order.order)", author: &author, in: turn)
                }
            }
        }
        try emit(
            "store.pickup.received", subject: "order/\(order.order)", PickupMessages.event(pickup, author),
            author: &author, in: turn)
    }

    /// Whom an order is for; nobody once that customer was erased, whatever headquarters sends again (DESIGN §9).
    private func recipient(of order: PlacedOrder) throws(StorageFailure) -> Pickup.Recipient {
        let customer = order.customer?.customer
        if let customer, try storage.isErased(customer) { return Pickup.Recipient(gift: order.gift) }
        return Pickup.Recipient(
            customer: customer, name: order.customer?.name, phoneLast4: order.customer?.phoneLast4, gift: order.gift)
    }

    /// An entry of feed `erasures`: the key is destroyed, a tombstone stays, a receipt goes up (DESIGN §9).
    func apply(_ entry: ErasureFeedEntry, author: inout Author, in turn: Turn) throws {
        try erase(entry.customer, request: entry.request, author: &author, in: turn)
    }

    /// Erases a customer from all that this shop holds, and tells headquarters, with the request that asked for it.
    func erase(_ customer: CustomerID, request: String, author: inout Author, in turn: Turn) throws {
        try forgetSnippet(of: customer)
        try storage.markErased(customer, at: turn.now)
        try forgetRecipient(customer, in: turn)
        try emit(
            "store.customer.erased", lane: .customer, subject: "customer/\(customer)",
            ["customer": .string(customer.value), "request": .string(request)], author: &author, in: turn)
    }

    /// Takes name and telephone of an erased customer off the pickups.
    private func forgetRecipient(_ customer: CustomerID, in turn: Turn) throws {
        for var pickup in try storage.pickups(of: customer) {
            pickup.forgetRecipient()
            try save(pickup, in: turn)
        }
    }
}

extension RightsRow {
    /// Headquarters' own row as its feed has it.
    fileprivate init(_ message: RightsRowMessage) throws(Refusal) {
        guard message.holder == Holder.headquarters.value else {
            throw Refusal(.rightsForeignRow, [.text("holder", message.holder)])
        }
        var gifts: [Gift] = []
        for gift in message.given {
            guard let holder = Holder(gift.to) else {
                throw Refusal(.rightsRowImpossible, [.text("holder", gift.to)])
            }
            gifts.append(Gift(to: holder, units: gift.units))
        }
        self.init(created: message.created, given: gifts, spent: message.spent)
    }
}

extension Refusal.Code {
    /// An entry of a feed has a type that this version does not know.
    public static let feedEntryUnknown = Refusal.Code(
        "feed.entryUnknown", retry: .later,
        en: "Entries of type {type} are not known to this version of the agent.",
        fr: "Les entrées de type {type} ne sont pas connues de cette version de l'agent.")
    /// An absolute refers to another life of this shop's ledger.
    public static let feedOtherIncarnation = Refusal.Code(
        "feed.otherIncarnation", retry: .never,
        en: "The stock is stated as of an event of another incarnation ({incarnation}).",
        fr: "Le stock est déclaré selon un événement d'une autre incarnation ({incarnation}).")

    /// All refusals of feed entries.
    public static let feedCodes: [Refusal.Code] = [feedEntryUnknown, feedOtherIncarnation]
}

extension FeedEntry {
    /// The entry as it may lie in plain text: nothing of feeds about people, and of an order what is known not to be about
    /// who collects it. Whatever else it has, in whatever field, may be a name.
    fileprivate func withoutPerson(of feed: Feed) -> JSON {
        guard !feed.isAboutPeople, case .object(let members) = json else { return .null }
        guard feed == .orders else { return json }
        return .object(members.filter { Self.ofOrders.contains($0.name) })
    }

    private static let ofOrders: Set = ["type", "order", "code", "source", "lines", "collectBy", "gift"]
}
