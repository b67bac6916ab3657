// Small things about UNIX sockets and descriptors that server and client share.

import Glibc

/// The address of a socket in the file system.
struct UnixAddress {
    private var address = sockaddr_un()
    private let length: socklen_t

    /// `nil` when the path is empty, holds a zero byte, or has more than 107 bytes.
    init?(_ path: String) {
        let bytes = Array(path.utf8)
        guard (1...ControlLimits.pathByteCountMax).contains(bytes.count), !bytes.contains(0) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
    }

    /// Lends the address in the form that `bind` and `connect` take.
    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// A new stream socket that never blocks and is not inherited; negative, with `errno`, when there is none to be had.
func makeStreamSocket() -> Int32 {
    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    return socket(AF_UNIX, Int32(bitPattern: kind), 0)
}

/// Makes a descriptor non-blocking and not inherited.
func setNonBlocking(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
}

/// Milliseconds of the clock that no one can set.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}

/// The system's sentence for an error number.
func errorText(_ number: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The directory that holds the last part of a path.
func parentDirectory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
