// Virtual time: what happens next, and nothing in between.

/// The future of a simulated world. Time stands still while something happens and jumps to the next thing after.
///
/// What is due at the same millisecond happens in the order in which it was scheduled: the same world twice runs the
/// same way. Time is counted in milliseconds since the world began.
public final class EventQueue {
    /// The present moment, in milliseconds since the world began.
    public private(set) var now: Int64 = 0
    /// How many things have happened.
    public private(set) var happened = 0
    private var heap: [Entry] = []
    private var scheduled: UInt64 = 0
    private var cancelled: Set<UInt64> = []

    private struct Entry {
        let at: Int64
        let order: UInt64
        let action: () -> Void

        func precedes(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    /// Something scheduled that can still be called off.
    public struct Ticket: Hashable, Sendable {
        let order: UInt64
    }

    /// A world at its beginning, with nothing to come.
    public init() {}

    /// How many things are still to come, those called off and not yet met included.
    public var count: Int { heap.count }

    /// When the next thing is due; `nil` when nothing is to come.
    public var nextAt: Int64? {
        while let first = heap.first, cancelled.contains(first.order) { dropCancelled() }
        return heap.first?.at
    }

    /// Schedules something; a moment that has passed counts as the present one.
    @discardableResult
    public func schedule(at milliseconds: Int64, _ action: @escaping () -> Void) -> Ticket {
        scheduled += 1
        heap.append(Entry(at: max(now, milliseconds), order: scheduled, action: action))
        rise(heap.count - 1)
        return Ticket(order: scheduled)
    }

    /// Schedules something so many milliseconds from now.
    @discardableResult
    public func schedule(after milliseconds: Int64, _ action: @escaping () -> Void) -> Ticket {
        schedule(at: now + max(0, milliseconds), action)
    }

    /// Calls off what was scheduled. To be called at most once, and only before it happened.
    public func cancel(_ ticket: Ticket) { cancelled.insert(ticket.order) }

    /// Lets the next thing happen. Returns whether there was one.
    @discardableResult
    public func runNext() -> Bool {
        while let entry = removeFirst() {
            if cancelled.remove(entry.order) != nil { continue }
            now = entry.at
            happened += 1
            entry.action()
            return true
        }
        return false
    }

    /// Lets everything happen that is due up to and including a moment, and moves time there.
    public func run(until milliseconds: Int64) {
        while let next = nextAt, next <= milliseconds { runNext() }
        now = max(now, milliseconds)
    }

    /// Lets things happen until nothing is to come or `limit` things have happened; returns whether nothing is left.
    public func runToEnd(limit: Int) -> Bool {
        var left = limit
        while left > 0, runNext() { left -= 1 }
        return nextAt == nil
    }

    /// Forgets everything to come: what it held on to is let go.
    public func removeAll() {
        heap.removeAll()
        cancelled.removeAll()
    }

    private func dropCancelled() {
        if let entry = removeFirst() { cancelled.remove(entry.order) }
    }

    private func removeFirst() -> Entry? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        return first
    }

    private func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private func sink(_ start: Int) {
        var parent = start
        while true {
            var first = parent
            for child in (2 * parent + 1)..<(2 * parent + 3) where child < heap.count {
                if heap[child].precedes(heap[first]) { first = child }
            }
            if first == parent { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }
}
