// The machine's processes, and whether a port is reached.

import Glibc

/// A process as `/proc` shows it.
struct Processes: Equatable, Sendable {
    let id: Int32
    /// Its name, at most 15 bytes.
    let name: String
    /// `T` while it is stopped, `Z` when it is dead, `D` while it waits for a disk.
    let state: String
    /// Its arguments.
    let arguments: [String]

    /// All processes that this user may see.
    static func all(_ context: CheckContext) -> [Processes] {
        context.shared("processes") {
            context.names(in: "/proc").compactMap { name in
                guard let id = Int32(name), let line = context.text("/proc/\(name)/stat", max: 4_096),
                    let from = line.firstIndex(of: "("), let to = line.lastIndex(of: ")")
                else { return nil }
                let rest = line[line.index(after: to)...].split(separator: " ")
                let arguments = SmallFile.bytes(context.machine("/proc/\(name)/cmdline"), max: 65_536) ?? []
                return Processes(
                    id: id, name: String(line[line.index(after: from)..<to]), state: rest.first.map(String.init) ?? "",
                    arguments: arguments.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
            }
        }
    }
}

/// Whether something is reached over the network.
enum Reach {
    /// Whether a TCP connection can be made in time. The name's resolution counts, and may hang: it is not waited for.
    static func tcp(_ host: String, _ port: Int, milliseconds: Int) -> Bool {
        guard let work = BoundedWork<Bool>() else { return false }
        _ = work.start(0) { connects(host, port, milliseconds) }
        return work.next(milliseconds: milliseconds).first?.value == true
    }

    private static func connects(_ host: String, _ port: Int, _ milliseconds: Int) -> Bool {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return false }
        defer { freeaddrinfo(list) }
        var next = list
        while let address = next?.pointee {
            next = address.ai_next
            let kind = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let descriptor = socket(address.ai_family, kind, 0)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return true }
            guard errno == EINPROGRESS else { continue }
            var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&waited, 1, Int32(clamping: milliseconds)) == 1 else { continue }
            var problem: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size) == 0, problem == 0 { return true }
        }
        return false
    }
}
