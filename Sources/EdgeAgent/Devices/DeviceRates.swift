// How often a device may send, so that one that sends without end takes nothing from the others.

import ShopModel

/// Slows down a device that sends without end: a bucket of messages that fills at the allowed rate and holds twice
/// that much.
struct DeviceRates {
    /// Buckets that are kept: a shop's devices, and room for strangers. Whoever may publish under any name could
    /// otherwise fill the memory with names.
    static let bucketsMax = 1_200
    /// The span of time that the allowed number is for.
    let spanMilliseconds: Int64
    private var buckets: [DeviceID: (tokens: Int64, at: Instant)] = [:]

    init(perMilliseconds spanMilliseconds: Int64 = 1_000) { self.spanMilliseconds = spanMilliseconds }

    /// How many devices have a bucket.
    var count: Int { buckets.count }

    /// Takes one message out of the device's bucket; false when it is empty. `now` is the machine's uptime: by a clock
    /// that stands still no bucket would ever fill again.
    mutating func admit(_ device: DeviceID, now: Instant, limit: Int) -> Bool {
        // Counted in message-milliseconds, so that nothing is rounded.
        let full = Int64(limit) * 2 * spanMilliseconds
        if buckets.count >= Self.bucketsMax, buckets[device] == nil { makeRoom(now: now, limit: limit) }
        var bucket = buckets[device] ?? (full, now)
        bucket.tokens = min(full, bucket.tokens + max(0, now - bucket.at) * Int64(limit))
        bucket.at = now
        defer { buckets[device] = bucket }
        guard bucket.tokens >= spanMilliseconds else { return false }
        bucket.tokens -= spanMilliseconds
        return true
    }

    /// Forgets the buckets that are full again, which are as good as none; if none is, those longest unused.
    private mutating func makeRoom(now: Instant, limit: Int) {
        let full = Int64(limit) * 2 * spanMilliseconds
        buckets = buckets.filter { $0.value.tokens + max(0, now - $0.value.at) * Int64(limit) < full }
        guard buckets.count >= Self.bucketsMax else { return }
        let oldest = buckets.sorted { ($0.value.at, $0.key) < ($1.value.at, $1.key) }.prefix(Self.bucketsMax / 4)
        for bucket in oldest { buckets[bucket.key] = nil }
    }
}
