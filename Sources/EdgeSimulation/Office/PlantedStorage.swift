// Headquarters' storage with planted faults: one that is durable too late, and one that forgets.

import Contract
import Headquarters
import ShopModel

/// Passes everything on to storage that works; the faults are its subclasses.
class HeadquartersStoragePassage: HeadquartersStorage {
    let memory: MemoryHeadquartersStorage

    init(_ memory: MemoryHeadquartersStorage) { self.memory = memory }

    func begin() throws { try memory.begin() }
    func commit() throws { try memory.commit() }
    func rollback() { memory.rollback() }
    func value(_ name: String) throws -> String? { try memory.value(name) }
    func setValue(_ name: String, _ value: String) throws { try memory.setValue(name, value) }
    func event(_ id: String, of shop: ShopID) throws -> ReceivedEvent? { try memory.event(id, of: shop) }
    func append(_ event: ReceivedEvent) throws { try memory.append(event) }
    func update(_ event: ReceivedEvent) throws { try memory.update(event) }
    func events(after position: Int64, of shop: ShopID?, limit: Int) throws -> [ReceivedEvent] {
        try memory.events(after: position, of: shop, limit: limit)
    }
    func eventCount() throws -> Int { try memory.eventCount() }
    func lastSequence(_ subject: String, _ incarnation: Incarnation, of shop: ShopID) throws -> Int64 {
        try memory.lastSequence(subject, incarnation, of: shop)
    }
    func setLastSequence(
        _ subject: String, _ incarnation: Incarnation, of shop: ShopID, _ sequence: Int64
    ) throws { try memory.setLastSequence(subject, incarnation, of: shop, sequence) }
    func lives(of shop: ShopID) throws -> [ShopLife] { try memory.lives(of: shop) }
    func put(_ life: ShopLife, of shop: ShopID) throws { try memory.put(life, of: shop) }
    func stock(_ sku: SKU, in shop: ShopID) throws -> ShopStock? { try memory.stock(sku, in: shop) }
    func put(_ stock: ShopStock) throws { try memory.put(stock) }
    func stocks(in shop: ShopID, after sku: SKU?, limit: Int) throws -> [ShopStock] {
        try memory.stocks(in: shop, after: sku, limit: limit)
    }
    func document(_ kind: ShopDocument.Kind, _ id: String) throws -> ShopDocument? { try memory.document(kind, id) }
    func put(_ document: ShopDocument) throws { try memory.put(document) }
    func documents(_ kind: ShopDocument.Kind, after id: String?, limit: Int) throws -> [ShopDocument] {
        try memory.documents(kind, after: id, limit: limit)
    }
    func sale(_ key: TicketLine, in shop: ShopID) throws -> ToldSale? { try memory.sale(key, in: shop) }
    func put(_ sale: ToldSale, in shop: ShopID) throws { try memory.put(sale, in: shop) }
    func salesTotal(_ sku: SKU, in shop: ShopID) throws -> SalesTotal? { try memory.salesTotal(sku, in: shop) }
    func put(_ total: SalesTotal, in shop: ShopID) throws { try memory.put(total, in: shop) }
    func salesTotals(in shop: ShopID) throws -> [SalesTotal] { try memory.salesTotals(in: shop) }
    func head(_ stream: FeedStream) throws -> FeedHead? { try memory.head(stream) }
    func heads(of owner: FeedOwner) throws -> [FeedHead] { try memory.heads(of: owner) }
    func append(_ entry: [UInt8], to stream: FeedStream, key: String?, isRemoval: Bool) throws -> Int64 {
        try memory.append(entry, to: stream, key: key, isRemoval: isRemoval)
    }
    func entries(of stream: FeedStream, after sequence: Int64, bytesMax: Int, limit: Int) throws -> [[UInt8]] {
        try memory.entries(of: stream, after: sequence, bytesMax: bytesMax, limit: limit)
    }
    func living(_ key: String, of stream: FeedStream) throws -> [UInt8]? { try memory.living(key, of: stream) }
    func living(of stream: FeedStream) throws -> [[UInt8]] { try memory.living(of: stream) }
    func trim(_ stream: FeedStream, kept: Int) throws { try memory.trim(stream, kept: kept) }
    func overwrite(_ key: String, of stream: FeedStream, with entry: [UInt8]) throws {
        try memory.overwrite(key, of: stream, with: entry)
    }
}

/// Says that it committed, and does so with every fifth transaction only: a crash takes the others away.
final class LateHeadquartersStorage: HeadquartersStoragePassage {
    private var open = 0

    override func begin() throws {
        if open == 0 { try memory.begin() }
    }

    override func commit() throws {
        open += 1
        guard open == 5 else { return }
        open = 0
        try memory.commit()
    }

    override func rollback() {
        open = 0
        memory.rollback()
    }

    /// The process dies.
    func crash() { open = 0 }
}

/// Never remembers an event when it comes again, nor that its number was used.
final class ForgetfulHeadquartersStorage: HeadquartersStoragePassage {
    private var forgotten: (subject: String, sequence: Int64)?

    override func event(_ id: String, of shop: ShopID) throws -> ReceivedEvent? {
        forgotten = try memory.event(id, of: shop).map { ($0.event.subject, $0.event.subjectSequence) }
        return nil
    }

    override func lastSequence(
        _ subject: String, _ incarnation: Incarnation, of shop: ShopID
    ) throws -> Int64 {
        if let forgotten, forgotten.subject == subject { return forgotten.sequence - 1 }
        return try memory.lastSequence(subject, incarnation, of: shop)
    }
}
