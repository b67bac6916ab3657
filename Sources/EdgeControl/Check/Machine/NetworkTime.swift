// Asks time servers what time it is (SNTP, RFC 4330): one packet there, one back, nothing is set.

import Glibc

/// What the time servers said.
struct NetworkTime: Equatable, Sendable {
    /// Whom the box asks.
    let servers: [TimeServer]
    /// By how many milliseconds the servers are ahead of this box, of those that answered, in order of their size.
    var aheadMilliseconds: [Int] = []
    /// Servers whose name nobody could resolve.
    var unresolved = 0
    /// Servers that did not answer, or not with the time.
    var silent = 0

    /// The middle one of what was answered.
    var ahead: Int? { aheadMilliseconds.isEmpty ? nil : aheadMilliseconds[aheadMilliseconds.count / 2] }

    /// How many servers are asked at most, side by side.
    private static let serversMax = 3
    /// How long all of them together may take; a dead name server is what takes long.
    private static let millisecondsMax = 7_000

    /// Asks once a check, whoever wants to know.
    static func asked(_ context: CheckContext) -> NetworkTime {
        context.shared("clock.networkTime") { ask(TimeServer.configured(context)) }
    }

    private enum Answer: Sendable {
        case ahead(Int), unresolved, silent
    }

    static func ask(_ servers: [TimeServer]) -> NetworkTime {
        var time = NetworkTime(servers: servers)
        guard !servers.isEmpty, let work = BoundedWork<Answer>() else { return time }
        let asked = servers.prefix(serversMax)
        for (number, server) in asked.enumerated() { _ = work.start(number) { answer(of: server) } }
        let end = monotonicMilliseconds() + millisecondsMax
        var answers: [Answer] = []
        while answers.count < asked.count, monotonicMilliseconds() < end {
            answers += work.next(milliseconds: end - monotonicMilliseconds()).map(\.value)
        }
        // A look-up that does not end is a name that nobody could resolve.
        time.unresolved = asked.count - answers.count
        for answer in answers {
            switch answer {
            case .ahead(let milliseconds): time.aheadMilliseconds.append(milliseconds)
            case .unresolved: time.unresolved += 1
            case .silent: time.silent += 1
            }
        }
        time.aheadMilliseconds.sort()
        return time
    }

    private static func answer(of server: TimeServer) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(server.host, String(server.port), &hints, &list) == 0, let first = list else {
            return .unresolved
        }
        defer { freeaddrinfo(list) }
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let address = next {
            if let milliseconds = exchange(with: address.pointee) { return .ahead(milliseconds) }
            next = address.pointee.ai_next
        }
        return .silent
    }

    /// One packet there and one back, within 1.5 s.
    private static func exchange(with address: addrinfo) -> Int? {
        let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { return nil }
        // Version 4, client. The transmit time comes back as the originate time: it need be nothing but unguessable.
        var question = [UInt8](repeating: 0, count: 48)
        question[0] = 0b00_100_011
        for place in 40..<48 { question[place] = UInt8.random(in: 0...255) }
        let sentAt = wallMilliseconds()
        guard send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else { return nil }
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptors, 1, 1_500) == 1 else { return nil }
        var answer = [UInt8](repeating: 0, count: 68)
        let count = recv(descriptor, &answer, answer.count, 0)
        let receivedAt = wallMilliseconds()
        guard count >= 48, answer[0] & 7 == 4, (1...15).contains(answer[1]), answer[0] >> 6 != 3,
            answer[24..<32].elementsEqual(question[40..<48])
        else { return nil }
        let (arrived, left) = (milliseconds(answer[32..<40]), milliseconds(answer[40..<48]))
        return ((arrived - sentAt) + (left - receivedAt)) / 2
    }

    /// Milliseconds since 1970 of an NTP time stamp: seconds since 1900, of which the 32 bits run over in 2036.
    private static func milliseconds(_ bytes: ArraySlice<UInt8>) -> Int {
        let seconds = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let fraction = bytes.dropFirst(4).reduce(0) { $0 << 8 | Int($1) }
        let since1970 = seconds - 2_208_988_800
        return (since1970 < 0 ? since1970 + (1 << 32) : since1970) * 1_000 + ((fraction * 1_000) >> 32)
    }

    private static func wallMilliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
