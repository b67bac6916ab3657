// Where headquarters keeps everything: typed rows and one commit.

import Contract
import ShopModel

/// Headquarters' storage. Every change lies between `begin` and `commit`; what was not committed is gone after a crash.
///
/// It belongs to one thread. Whatever it throws ends the transaction for its caller, who rolls back.
public protocol HeadquartersStorage: AnyObject {
    /// Begins a transaction.
    func begin() throws
    /// Makes the transaction durable before it returns.
    func commit() throws
    /// Undoes the transaction; nothing when there is none.
    func rollback()

    /// A value by name: the epoch, a feature's own note.
    func value(_ name: String) throws -> String?
    /// Sets a value.
    func setValue(_ name: String, _ value: String) throws

    /// The event of an id, if that shop ever sent it.
    func event(_ id: String, of shop: ShopID) throws -> ReceivedEvent?
    /// Stores a new event and gives it the next position.
    func append(_ event: ReceivedEvent) throws
    /// Replaces how often an event arrived, and why it is refused.
    func update(_ event: ReceivedEvent) throws
    /// Events behind a position, in order, of one shop or of all.
    func events(after position: Int64, of shop: ShopID?, limit: Int) throws -> [ReceivedEvent]
    /// How many events there are.
    func eventCount() throws -> Int
    /// The number of the last event applied of a subject, 0 for none.
    func lastSequence(_ subject: String, _ incarnation: Incarnation, of shop: ShopID) throws -> Int64
    /// Sets the number of the last event applied of a subject.
    func setLastSequence(_ subject: String, _ incarnation: Incarnation, of shop: ShopID, _ sequence: Int64) throws

    /// The lives of a shop's ledger, in the order in which they were first heard of.
    func lives(of shop: ShopID) throws -> [ShopLife]
    /// Stores a life.
    func put(_ life: ShopLife, of shop: ShopID) throws

    /// The stock of a SKU in a shop.
    func stock(_ sku: SKU, in shop: ShopID) throws -> ShopStock?
    /// Stores a stock row.
    func put(_ stock: ShopStock) throws
    /// The stock of a shop behind a SKU, by SKU.
    func stocks(in shop: ShopID, after sku: SKU?, limit: Int) throws -> [ShopStock]

    /// A document.
    func document(_ kind: ShopDocument.Kind, _ id: String) throws -> ShopDocument?
    /// Stores a document.
    func put(_ document: ShopDocument) throws
    /// Documents of a kind behind an id, by id.
    func documents(_ kind: ShopDocument.Kind, after id: String?, limit: Int) throws -> [ShopDocument]

    /// A line of a ticket.
    func sale(_ key: TicketLine, in shop: ShopID) throws -> ToldSale?
    /// Stores a line of a ticket.
    func put(_ sale: ToldSale, in shop: ShopID) throws
    /// What a shop sold of a SKU.
    func salesTotal(_ sku: SKU, in shop: ShopID) throws -> SalesTotal?
    /// Stores what a shop sold of a SKU.
    func put(_ total: SalesTotal, in shop: ShopID) throws
    /// What a shop sold, by SKU.
    func salesTotals(in shop: ShopID) throws -> [SalesTotal]

    /// How far a stream goes; `nil` when it never had an entry.
    func head(_ stream: FeedStream) throws -> FeedHead?
    /// How far the streams of an owner go, in the order of `Feed`'s cases.
    func heads(of owner: FeedOwner) throws -> [FeedHead]
    /// Appends an entry and gives it the next sequence, which it returns. With a key, the entry also becomes the
    /// key's living one, or ends the key's life with `isRemoval`.
    func append(_ entry: [UInt8], to stream: FeedStream, key: String?, isRemoval: Bool) throws -> Int64
    /// The kept entries behind a sequence, in order and without gaps, as many as fit `bytesMax`, at least one and at
    /// most `limit`.
    func entries(of stream: FeedStream, after sequence: Int64, bytesMax: Int, limit: Int) throws -> [[UInt8]]
    /// The living entry of a key.
    func living(_ key: String, of stream: FeedStream) throws -> [UInt8]?
    /// The living entries of a stream, by key.
    func living(of stream: FeedStream) throws -> [[UInt8]]
    /// Forgets the oldest entries but for the last `kept`; living ones stay living.
    func trim(_ stream: FeedStream, kept: Int) throws
    /// Writes other bytes over every kept entry of a key and over its living one, so that what they said is gone.
    func overwrite(_ key: String, of stream: FeedStream, with entry: [UInt8]) throws
}
