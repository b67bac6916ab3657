// An address of a network with its port, as sockets take it and as people read it.

import Glibc

/// An IPv4 or IPv6 address with a port.
struct SocketAddress: Hashable, Sendable {
    /// Four bytes, or sixteen, in the order of the network.
    let bytes: [UInt8]
    /// 0 where none is meant.
    let port: Int
    /// The interface of a link-local address of IPv6, 0 otherwise.
    let scope: UInt32

    init(bytes: [UInt8], port: Int, scope: UInt32 = 0) {
        self.bytes = bytes
        self.port = port
        self.scope = scope
    }

    /// Reads an address written in numbers; `nil` for a name.
    init?(_ text: String, port: Int = 0) {
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: four) { Array($0) }, port: port)
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            self.init(bytes: withUnsafeBytes(of: sixteen) { Array($0) }, port: port)
        } else {
            return nil
        }
    }

    /// Reads what the system filled in; `nil` for anything but IPv4 and IPv6.
    init?(_ raw: UnsafeRawBufferPointer) {
        guard raw.count >= MemoryLayout<sockaddr_in>.size else { return nil }
        let family = Int32(raw.loadUnaligned(as: sa_family_t.self))
        let port = Int(raw[2]) << 8 | Int(raw[3])
        if family == AF_INET {
            self.init(bytes: Array(raw[4..<8]), port: port)
        } else if family == AF_INET6, raw.count >= MemoryLayout<sockaddr_in6>.size {
            let scope = raw.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
            self.init(bytes: Array(raw[8..<24]), port: port, scope: scope)
        } else {
            return nil
        }
    }

    var isIPv6: Bool { bytes.count == 16 }
    var family: Int32 { isIPv6 ? AF_INET6 : AF_INET }

    /// The four bytes of an IPv4 address, also of one that is written as IPv6.
    private var fourBytes: [UInt8]? {
        if bytes.count == 4 { return bytes }
        let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return bytes.starts(with: prefix) ? Array(bytes.suffix(4)) : nil
    }

    /// Whether it is every address of the machine.
    var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
    /// Whether nobody outside of the machine can reach it.
    var isLoopback: Bool {
        if let fourBytes { return fourBytes[0] == 127 }
        return bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 }
    }
    /// Whether it belongs to a private network, or only to this link: nothing that the Internet knows.
    var isPrivate: Bool {
        if let four = fourBytes {
            return four[0] == 10 || four[0] == 127 || (four[0] == 172 && four[1] & 0xF0 == 16)
                || (four[0] == 192 && four[1] == 168) || (four[0] == 169 && four[1] == 254)
                || (four[0] == 100 && four[1] & 0xC0 == 64)
        }
        return isLoopback || bytes[0] & 0xFE == 0xFC || (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80)
    }

    /// The address in numbers, without its port.
    var host: String {
        var raw = bytes
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, &raw, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The same address with another port.
    func at(port: Int) -> SocketAddress { SocketAddress(bytes: bytes, port: port, scope: scope) }

    /// Hands it over as the system wants it.
    func withRaw<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let port = UInt16(truncatingIfNeeded: self.port)
        let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        withUnsafeMutableBytes(of: &storage) { raw in
            raw.storeBytes(of: sa_family_t(family), as: sa_family_t.self)
            raw[2] = UInt8(port >> 8)
            raw[3] = UInt8(port & 0xFF)
            raw.baseAddress.map { ($0 + (isIPv6 ? 8 : 4)).copyMemory(from: bytes, byteCount: bytes.count) }
            if isIPv6 { raw.storeBytes(of: scope, toByteOffset: 24, as: UInt32.self) }
        }
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `192.0.2.1:8883`, `[2001:db8::1]:8883`; without a port the address alone.
    var description: String {
        guard port > 0 else { return host }
        return isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension SocketAddress {
    /// The addresses that the interfaces of this machine have now, loopback included.
    static func ofThisMachine() -> [SocketAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [SocketAddress] = []
        var next = first
        while let entry = next {
            if let raw = entry.pointee.ifa_addr {
                let isSix = Int32(raw.pointee.sa_family) == AF_INET6
                let size = isSix ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
                if let address = SocketAddress(UnsafeRawBufferPointer(start: raw, count: size)) {
                    found.append(address)
                }
            }
            next = entry.pointee.ifa_next
        }
        return found
    }
}
