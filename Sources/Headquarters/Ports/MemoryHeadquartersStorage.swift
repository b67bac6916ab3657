// Headquarters' storage in memory: for the simulation and the tests, with transactions that can be lost.

import Contract
import ShopModel

/// Storage that is as durable as its own object, and loses the open transaction when it `crash()`es.
public final class MemoryHeadquartersStorage: HeadquartersStorage {
    /// What is undone when the transaction is not committed, newest last.
    private var undoing: [(MemoryHeadquartersStorage) -> Void] = []
    private var isOpen = false
    /// How many more commits succeed; `nil` for all. Reaching 0 makes the next commit fail, once.
    public var commitsUntilFailure: Int?

    private var values: [String: String] = [:]
    private var ledger: [ReceivedEvent] = []
    private var positions: [String: Int] = [:]
    private var sequences: [String: Int64] = [:]
    private var lives: [ShopID: [ShopLife]] = [:]
    private var stocks: [ShopID: [SKU: ShopStock]] = [:]
    private var documents: [ShopDocument.Kind: [String: ShopDocument]] = [:]
    private var sales: [ShopID: [TicketLine: ToldSale]] = [:]
    private var totals: [ShopID: [SKU: SalesTotal]] = [:]
    private var streams: [FeedStream: Stream] = [:]

    private struct Stream {
        var last: Int64 = 0
        var entries: [(key: String?, bytes: [UInt8])] = []
        var living: [String: [UInt8]] = [:]
        var oldest: Int64 { last - Int64(entries.count) + 1 }
    }

    /// Why a commit did not happen.
    public struct CommitFailed: Error {}

    /// Empty storage.
    public init() {}

    /// Begins a transaction.
    public func begin() throws {
        undoing.removeAll(keepingCapacity: true)
        isOpen = true
    }

    /// Ends the transaction; what it changed stays.
    public func commit() throws {
        if let left = commitsUntilFailure {
            guard left > 0 else {
                commitsUntilFailure = nil
                throw CommitFailed()
            }
            commitsUntilFailure = left - 1
        }
        undoing.removeAll(keepingCapacity: true)
        isOpen = false
    }

    /// Undoes the transaction.
    public func rollback() {
        guard isOpen else { return }
        isOpen = false
        let steps = undoing
        undoing = []
        for step in steps.reversed() { step(self) }
    }

    /// The process dies: the open transaction is lost.
    public func crash() { rollback() }

    private func willChange(_ undo: @escaping (MemoryHeadquartersStorage) -> Void) {
        if isOpen { undoing.append(undo) }
    }

    /// A value by name.
    public func value(_ name: String) throws -> String? { values[name] }

    /// Sets a value.
    public func setValue(_ name: String, _ value: String) throws {
        let before = values[name]
        willChange { $0.values[name] = before }
        values[name] = value
    }

    /// The event of an id.
    public func event(_ id: String, of shop: ShopID) throws -> ReceivedEvent? {
        positions[shop.value + "/" + id].map { ledger[$0] }
    }

    /// Stores a new event.
    public func append(_ event: ReceivedEvent) throws {
        let key = event.event.shop.value + "/" + event.event.id
        willChange {
            $0.ledger.removeLast()
            $0.positions[key] = nil
        }
        positions[key] = ledger.count
        ledger.append(event)
        ledger[ledger.count - 1].position = Int64(ledger.count)
    }

    /// Replaces an event's counts.
    public func update(_ event: ReceivedEvent) throws {
        let index = Int(event.position) - 1
        guard ledger.indices.contains(index) else { return }
        let before = ledger[index]
        willChange { $0.ledger[index] = before }
        ledger[index] = event
    }

    /// Events behind a position.
    public func events(after position: Int64, of shop: ShopID?, limit: Int) throws -> [ReceivedEvent] {
        var found: [ReceivedEvent] = []
        for event in ledger.dropFirst(Int(clamping: max(0, position))) where shop == nil || event.event.shop == shop {
            guard found.count < limit else { break }
            found.append(event)
        }
        return found
    }

    /// How many events there are.
    public func eventCount() throws -> Int { ledger.count }

    /// The last number applied of a subject.
    public func lastSequence(_ subject: String, _ incarnation: Incarnation, of shop: ShopID) throws -> Int64 {
        sequences["\(shop)/\(incarnation) \(subject)"] ?? 0
    }

    /// Sets the last number applied of a subject.
    public func setLastSequence(
        _ subject: String, _ incarnation: Incarnation, of shop: ShopID, _ sequence: Int64
    ) throws {
        let key = "\(shop)/\(incarnation) \(subject)"
        let before = sequences[key]
        willChange { $0.sequences[key] = before }
        sequences[key] = sequence
    }

    /// The lives of a shop's ledger.
    public func lives(of shop: ShopID) throws -> [ShopLife] { lives[shop] ?? [] }

    /// Stores a life.
    public func put(_ life: ShopLife, of shop: ShopID) throws {
        let before = lives[shop]
        willChange { $0.lives[shop] = before }
        if let index = before?.firstIndex(where: { $0.incarnation == life.incarnation }) {
            lives[shop]?[index] = life
        } else {
            lives[shop, default: []].append(life)
        }
    }

    /// The stock of a SKU in a shop.
    public func stock(_ sku: SKU, in shop: ShopID) throws -> ShopStock? { stocks[shop]?[sku] }

    /// Stores a stock row.
    public func put(_ stock: ShopStock) throws {
        let (shop, sku) = (stock.shop, stock.sku)
        let before = stocks[shop]?[sku]
        willChange { $0.stocks[shop, default: [:]][sku] = before }
        stocks[shop, default: [:]][sku] = stock
    }

    /// The stock of a shop, by SKU.
    public func stocks(in shop: ShopID, after sku: SKU?, limit: Int) throws -> [ShopStock] {
        let keys = (stocks[shop] ?? [:]).keys.sorted().drop { key in sku.map { key <= $0 } ?? false }
        return keys.prefix(limit).compactMap { stocks[shop]?[$0] }
    }

    /// A document.
    public func document(_ kind: ShopDocument.Kind, _ id: String) throws -> ShopDocument? { documents[kind]?[id] }

    /// Stores a document.
    public func put(_ document: ShopDocument) throws {
        let (kind, id) = (document.kind, document.id)
        let before = documents[kind]?[id]
        willChange { $0.documents[kind, default: [:]][id] = before }
        documents[kind, default: [:]][id] = document
    }

    /// Documents of a kind, by id.
    public func documents(_ kind: ShopDocument.Kind, after id: String?, limit: Int) throws -> [ShopDocument] {
        let keys = (documents[kind] ?? [:]).keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .drop { key in id.map { !$0.utf8.lexicographicallyPrecedes(key.utf8) } ?? false }
        return keys.prefix(limit).compactMap { documents[kind]?[$0] }
    }

    /// A line of a ticket.
    public func sale(_ key: TicketLine, in shop: ShopID) throws -> ToldSale? { sales[shop]?[key] }

    /// Stores a line of a ticket.
    public func put(_ sale: ToldSale, in shop: ShopID) throws {
        let key = sale.key
        let before = sales[shop]?[key]
        willChange { $0.sales[shop, default: [:]][key] = before }
        sales[shop, default: [:]][key] = sale
    }

    /// What a shop sold of a SKU.
    public func salesTotal(_ sku: SKU, in shop: ShopID) throws -> SalesTotal? { totals[shop]?[sku] }

    /// Stores what a shop sold of a SKU.
    public func put(_ total: SalesTotal, in shop: ShopID) throws {
        let sku = total.sku
        let before = totals[shop]?[sku]
        willChange { $0.totals[shop, default: [:]][sku] = before }
        totals[shop, default: [:]][sku] = total
    }

    /// What a shop sold, by SKU.
    public func salesTotals(in shop: ShopID) throws -> [SalesTotal] {
        (totals[shop] ?? [:]).values.sorted { $0.sku < $1.sku }
    }
}

// The feeds' part.
extension MemoryHeadquartersStorage {
    /// How far a stream goes.
    public func head(_ stream: FeedStream) throws -> FeedHead? {
        streams[stream].map { FeedHead(stream: stream, last: $0.last, oldestKept: $0.oldest) }
    }

    /// How far the streams of an owner go.
    public func heads(of owner: FeedOwner) throws -> [FeedHead] {
        try Feed.allCases.compactMap { try head(FeedStream(owner, $0)) }
    }

    /// Appends an entry.
    public func append(_ entry: [UInt8], to stream: FeedStream, key: String?, isRemoval: Bool) throws -> Int64 {
        let before = key.flatMap { streams[stream]?.living[$0] }
        willChange {
            $0.streams[stream]?.entries.removeLast()
            $0.streams[stream]?.last -= 1
            if let key { $0.streams[stream]?.living[key] = before }
            if $0.streams[stream]?.last == 0 { $0.streams[stream] = nil }
        }
        streams[stream, default: Stream()].last += 1
        streams[stream]?.entries.append((key, entry))
        if let key { streams[stream]?.living[key] = isRemoval ? nil : entry }
        return streams[stream]?.last ?? 0
    }

    /// The kept entries behind a sequence.
    public func entries(
        of stream: FeedStream, after sequence: Int64, bytesMax: Int, limit: Int
    ) throws -> [[UInt8]] {
        guard let kept = streams[stream], sequence + 1 >= kept.oldest, sequence < kept.last else { return [] }
        var found: [[UInt8]] = []
        var bytes = 0
        for entry in kept.entries[Int(sequence + 1 - kept.oldest)...] {
            bytes += entry.bytes.count + 1
            guard found.isEmpty || (bytes <= bytesMax && found.count < limit) else { break }
            found.append(entry.bytes)
        }
        return found
    }

    /// The living entry of a key.
    public func living(_ key: String, of stream: FeedStream) throws -> [UInt8]? { streams[stream]?.living[key] }

    /// The living entries of a stream, by key.
    public func living(of stream: FeedStream) throws -> [[UInt8]] {
        let living = streams[stream]?.living ?? [:]
        return living.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { living[$0] }
    }

    /// Forgets the oldest entries.
    public func trim(_ stream: FeedStream, kept: Int) throws {
        guard let count = streams[stream]?.entries.count, count > kept else { return }
        let removed = Array((streams[stream]?.entries ?? []).prefix(count - kept))
        willChange { $0.streams[stream]?.entries.insert(contentsOf: removed, at: 0) }
        streams[stream]?.entries.removeFirst(count - kept)
    }

    /// Writes other bytes over every kept entry of a key.
    public func overwrite(_ key: String, of stream: FeedStream, with entry: [UInt8]) throws {
        guard let before = streams[stream] else { return }
        willChange { $0.streams[stream] = before }
        if before.living[key] != nil { streams[stream]?.living[key] = entry }
        for index in before.entries.indices where before.entries[index].key == key {
            streams[stream]?.entries[index].bytes = entry
        }
    }
}
