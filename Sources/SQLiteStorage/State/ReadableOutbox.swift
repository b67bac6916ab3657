// What can still be read of a damaged ledger's outbox: events that headquarters has not confirmed, so that nobody forgets
// them without a word.

/// Events of a damaged ledger that headquarters has not receipted and that can still be read.
public struct ReadableOutbox: Equatable, Sendable {
    /// How many can be read.
    public private(set) var unreceipted = 0
    /// The orders and reservations that they are about, each once; at most `promisesMax`.
    public private(set) var promises: [String] = []
    /// Whether every row could be read; otherwise there were more.
    public private(set) var isWhole: Bool
    private var lastRow = Int.min

    /// How many orders and reservations are named.
    public static let promisesMax = 20

    /// Reads the table from its beginning and, where it breaks, from its end: what lies between is what is lost.
    ///
    /// Indexes are not used: they may be whole where the events are not, and the other way round.
    ///
    /// - Returns: nil when the table is not even found, as with a damaged list of tables.
    init?(of copy: BareDatabase) {
        let rows = "SELECT row, subject FROM outbox NOT INDEXED WHERE state = 0 ORDER BY row"
        guard let forwards = try? Statement("\(rows) ASC", on: copy.handle),
            let backwards = try? Statement("\(rows) DESC", on: copy.handle)
        else { return nil }
        isWhole = true
        isWhole = read(forwards, after: .min)
        if !isWhole { _ = read(backwards, after: lastRow) }
    }

    /// Takes in rows up to the first that cannot be read, or that is none `after` the one named. `false` when one could not.
    private mutating func read(_ statement: Statement, after floor: Int) -> Bool {
        do throws(StorageError) {
            while try statement.step() {
                let row = try statement.row.int(0)
                guard floor == .min || row > floor else { return true }
                let subject = try statement.row.text(1)
                unreceipted += 1
                lastRow = max(lastRow, row)
                let isPromise = subject.hasPrefix("order/") || subject.hasPrefix("reservation/")
                if isPromise, promises.count < Self.promisesMax, !promises.contains(subject) {
                    promises.append(subject)
                }
            }
            return true
        } catch {
            return false
        }
    }
}
