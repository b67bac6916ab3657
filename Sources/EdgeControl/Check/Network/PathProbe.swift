// Whether large packets get through: the same exchange once in pieces as large as they come and once in small ones.

import Glibc

/// A path on which small packets pass and large ones vanish is the fault that looks like every other one: connections
/// stand, and whatever matters hangs (RFC 2923).
enum PathProbe {
    /// What the path does.
    enum Outcome: Equatable {
        /// Large pieces went up, and so many bytes came back.
        case passes(sent: Int, received: Int)
        /// What was sent in large pieces was never acknowledged; in small ones it was.
        case dropsLargeSent
        /// The answer came in small pieces only.
        case dropsLargeReceived
        /// Not even small pieces were answered.
        case silent
        /// No connection any more.
        case failed(Connection.Failure)
    }

    /// Segments so small that every link takes them (RFC 879).
    static let smallSegmentBytes = 536
    /// Three full packets of Ethernet and a bit.
    static let byteCount = 4_600
    /// How long an answer may lag behind that of the small exchange before it counts as lost: several repetitions.
    private static let lagMilliseconds = 2_500

    /// Sends `request` over two connections and compares what comes of it.
    static func run(to address: SocketAddress, request: [UInt8], until deadline: Deadline) -> Outcome {
        let large: Connection
        let small: Connection
        do throws(Connection.Failure) {
            large = try Connection(to: address, until: deadline)
            small = try Connection(to: address, segmentBytesMax: smallSegmentBytes, until: deadline)
        } catch {
            return .failed(error)
        }
        guard large.send(request, until: deadline), small.send(request, until: deadline) else { return .silent }
        // The answer in small pieces: until nothing more comes for a while.
        let smallCount = drain(small, first: deadline, then: 300)
        let lag = deadline.within(milliseconds: lagMilliseconds)
        var largeCount = 0
        while isBehind(largeCount, smallCount) {
            guard case .bytes(let bytes) = large.receive(until: lag) else { break }
            largeCount += bytes.count
        }
        if !isBehind(largeCount, smallCount) {
            return .passes(sent: request.count, received: largeCount)
        }
        if smallCount == 0 {
            // Nobody answers: what was acknowledged still tells.
            if large.unacknowledgedByteCount > 0, small.unacknowledgedByteCount == 0 { return .dropsLargeSent }
            return .silent
        }
        return large.unacknowledgedByteCount > 0 ? .dropsLargeSent : .dropsLargeReceived
    }

    /// Whether at least one large segment is missing. Two answers of one server differ by some bytes: signatures do.
    private static func isBehind(_ large: Int, _ small: Int) -> Bool {
        large == 0 || large + smallSegmentBytes <= small
    }

    private static func drain(_ connection: Connection, first: Deadline, then milliseconds: Int) -> Int {
        var count = 0
        while case .bytes(let bytes) = connection.receive(
            until: count == 0
                ? first.within(milliseconds: first.remaining / 2) : first.within(milliseconds: milliseconds))
        {
            count += bytes.count
        }
        return count
    }
}
