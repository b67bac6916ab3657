// From a host's name to its addresses, within a deadline; and, when there are none, which resolver is at fault.

import Glibc

/// Looks names up as the agent does, and says why one has no address.
enum NameLookup {
    /// What came of a name.
    enum Outcome: Equatable {
        /// In the system's order, each once.
        case addresses([SocketAddress])
        /// The system's resolver said that there is none, in its words.
        case none(reason: String)
        case timedOut
    }

    /// Asks the system, as the agent does: hosts file, resolvers and whatever else it is set up for.
    static func addresses(of host: String, port: Int, until deadline: Deadline) -> Outcome {
        if let address = SocketAddress(host, port: port) { return .addresses([address]) }
        let outcome: Outcome? = Abandonable.run(until: deadline) { ask(host, port) }
        return outcome ?? .timedOut
    }

    private static func ask(_ host: String, _ port: Int) -> Outcome {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &first)
        guard status == 0 else { return .none(reason: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = first
        while let entry = next {
            if let raw = entry.pointee.ai_addr {
                let address = SocketAddress(UnsafeRawBufferPointer(start: raw, count: Int(entry.pointee.ai_addrlen)))
                if let address, !found.contains(address) { found.append(address) }
            }
            next = entry.pointee.ai_next
        }
        return found.isEmpty ? .none(reason: "no address") : .addresses(found)
    }

    /// The resolvers that a resolv.conf names, at most three, as the system takes them (resolv.conf(5)).
    static func resolvers(in text: String) -> [SocketAddress] {
        var found: [SocketAddress] = []
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.first == "nameserver", words.count >= 2, found.count < 3 else { continue }
            let name = words[1].split(separator: "%").first.map(String.init) ?? ""
            if let address = SocketAddress(name, port: 53) { found.append(address) }
        }
        return found
    }
}

/// A question to a resolver, and its answer (RFC 1035).
enum ResolverQuestion {
    /// What a resolver did.
    enum Outcome: Equatable {
        /// It answered: the code (0 no error, 3 no such name), and the addresses.
        case answered(code: Int, addresses: [String])
        /// No program answers questions at that address.
        case refused
        case silent
        /// There is no way to it, with the system's reason.
        case unreachable(String)
    }

    /// The bytes of a question for the IPv4 addresses of a name; `nil` when it cannot be a name.
    static func bytes(name: String, id: UInt16) -> [UInt8]? {
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xFF), 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
        let name = name.hasSuffix(".") ? String(name.dropLast()) : name
        for label in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard (1...63).contains(label.utf8.count) else { return nil }
            bytes.append(UInt8(label.utf8.count))
            bytes += Array(label.utf8)
        }
        guard bytes.count <= 12 + 254 else { return nil }
        return bytes + [0, 0, 1, 0, 1]
    }

    /// Reads an answer to the question with that number; `nil` for anything else.
    static func read(_ bytes: [UInt8], id: UInt16) -> Outcome? {
        guard bytes.count >= 12, UInt16(bytes[0]) << 8 | UInt16(bytes[1]) == id, bytes[2] & 0x80 != 0 else {
            return nil
        }
        let answerCount = Int(bytes[6]) << 8 | Int(bytes[7])
        var place = 12
        func skipName() -> Bool {
            while place < bytes.count {
                let length = Int(bytes[place])
                if length == 0 {
                    place += 1
                    return true
                }
                if length >= 0xC0 {
                    place += 2
                    return place <= bytes.count
                }
                place += 1 + length
            }
            return false
        }
        var addresses: [String] = []
        if bytes[4] | bytes[5] != 0 {
            guard skipName() else { return nil }
            place += 4
        }
        for _ in 0..<answerCount {
            guard skipName(), place + 10 <= bytes.count else { break }
            let kind = Int(bytes[place]) << 8 | Int(bytes[place + 1])
            let length = Int(bytes[place + 8]) << 8 | Int(bytes[place + 9])
            place += 10
            guard place + length <= bytes.count else { break }
            if kind == 1, length == 4 {
                addresses.append(SocketAddress(bytes: Array(bytes[place..<place + 4]), port: 0).host)
            }
            place += length
        }
        return .answered(code: Int(bytes[3] & 0x0F), addresses: addresses)
    }

    /// Asks one resolver.
    static func ask(_ resolver: SocketAddress, name: String, until deadline: Deadline) -> Outcome {
        let id = UInt16.random(in: .min ... .max)
        guard let question = bytes(name: name, id: id) else { return .unreachable("\(name) is no name") }
        let descriptor = socket(
            resolver.family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0)
        guard descriptor >= 0 else { return .unreachable(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard resolver.withRaw({ connect(descriptor, $0, $1) }) == 0 else {
            return .unreachable(String(cString: strerror(errno)))
        }
        // Twice: a datagram may be lost.
        for attempt in 0..<2 {
            guard send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else {
                return errno == ECONNREFUSED ? .refused : .unreachable(String(cString: strerror(errno)))
            }
            let patience = attempt == 0 ? deadline.within(milliseconds: deadline.remaining / 2) : deadline
            while patience.wait(for: descriptor, POLLIN) != 0 {
                var buffer = [UInt8](repeating: 0, count: 1_500)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0 {
                    if errno == EAGAIN || errno == EINTR { continue }
                    return errno == ECONNREFUSED ? .refused : .unreachable(String(cString: strerror(errno)))
                }
                if let outcome = read(Array(buffer.prefix(count)), id: id) { return outcome }
            }
        }
        return .silent
    }
}
