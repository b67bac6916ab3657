// Who listens on which port of this machine, from the kernel's own tables.

import Glibc

/// A TCP port that a program of this machine takes connections on.
struct ListeningSocket: Hashable, Sendable {
    /// Where it listens; unspecified for every address of the machine.
    let address: SocketAddress
    /// The socket's number, by which its program is found.
    let inode: UInt64
}

/// The program that owns a socket.
struct SocketOwner: Hashable, Sendable {
    let process: Int
    /// Its name, as the kernel has it: at most 15 bytes.
    let name: String
}

/// The tables of `/proc` (proc(5)).
enum ListeningSockets {
    /// Those of this machine, or of the network namespace that this tool runs in.
    static func all(_ context: CheckContext) -> [ListeningSocket] {
        ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
            read(context.text(path, max: 4 << 20) ?? "")
        }
    }

    /// Reads a table: addresses are hexadecimal words in the byte order of the machine, state `0A` listens.
    static func read(_ table: String) -> [ListeningSocket] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]) else { return nil }
            let parts = fields[1].split(separator: ":")
            guard parts.count == 2, let port = Int(parts[1], radix: 16), parts[0].count % 8 == 0 else { return nil }
            var bytes: [UInt8] = []
            var rest = parts[0]
            while !rest.isEmpty {
                guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
                bytes += withUnsafeBytes(of: word) { Array($0) }
                rest = rest.dropFirst(8)
            }
            guard bytes.count == 4 || bytes.count == 16 else { return nil }
            return ListeningSocket(address: SocketAddress(bytes: bytes, port: port), inode: inode)
        }
    }

    /// The programs that own sockets of those numbers, as far as this user may see: root sees all.
    static func owners(of inodes: Set<UInt64>, _ context: CheckContext) -> [UInt64: SocketOwner] {
        var found: [UInt64: SocketOwner] = [:]
        for name in context.names(in: "/proc") {
            guard let process = Int(name) else { continue }
            for descriptor in context.names(in: "/proc/\(name)/fd") {
                guard let inode = socketNumber(context.machine("/proc/\(name)/fd/\(descriptor)")),
                    inodes.contains(inode), found[inode] == nil
                else { continue }
                let command = context.text("/proc/\(name)/comm") ?? "?"
                found[inode] = SocketOwner(process: process, name: command)
            }
            if found.count == inodes.count { break }
        }
        return found
    }

    /// The number in a link `socket:[4711]`.
    private static func socketNumber(_ path: String) -> UInt64? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 9, count < buffer.count else { return nil }
        let text = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard text.hasPrefix("socket:["), text.hasSuffix("]") else { return nil }
        return UInt64(text.dropFirst(8).dropLast())
    }
}
