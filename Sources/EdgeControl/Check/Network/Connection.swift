// A TCP connection made within a deadline, and why there is none.

import Glibc

/// A TCP connection that a probe made, closed when it is released.
final class Connection {
    private let descriptor: Int32

    /// Why there is no connection.
    enum Failure: Error, Equatable {
        /// The machine answered: nobody listens there.
        case refused
        /// Nothing came back.
        case timedOut
        /// A machine on the way, or this one, said that its rules forbid it; by whom, when that is known.
        case prohibited(by: String?)
        /// There is no way there, with the system's reason; who said so, when that is known.
        case unreachable(reason: String, by: String?)
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - segmentBytesMax: the largest piece that this side takes and sends, the system's choice when absent.
    init(to address: SocketAddress, segmentBytesMax: Int? = nil, until deadline: Deadline) throws(Failure) {
        descriptor = socket(
            address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0)
        guard descriptor >= 0 else { throw .unreachable(reason: Self.text(errno), by: nil) }
        // With it the error of an ICMP message is kept together with who sent it.
        set(
            address.isIPv6 ? Int32(IPPROTO_IPV6) : Int32(IPPROTO_IP),
            address.isIPv6 ? Self.ipv6ReceiveErrors : IP_RECVERR, 1)
        if let segmentBytesMax { set(Int32(IPPROTO_TCP), TCP_MAXSEG, Int32(segmentBytesMax)) }
        let status = address.withRaw { connect(descriptor, $0, $1) }
        if status == 0 { return }
        var number = errno
        if number == EINPROGRESS {
            guard deadline.wait(for: descriptor, POLLOUT) != 0 else {
                close(descriptor)
                throw .timedOut
            }
            number = pendingError()
            if number == 0 { return }
        }
        let failure = failure(number)
        close(descriptor)
        throw failure
    }

    deinit { close(descriptor) }

    /// `IPV6_RECVERR` of linux/in6.h.
    private static let ipv6ReceiveErrors: Int32 = 25

    private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func pendingError() -> Int32 {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
        return number
    }

    private func failure(_ number: Int32) -> Failure {
        let message = errorMessage()
        if let message, message.isProhibition { return .prohibited(by: message.sender) }
        switch number {
        case ECONNREFUSED: return .refused
        case ETIMEDOUT: return .timedOut
        case EACCES, EPERM: return .prohibited(by: nil)
        default: return .unreachable(reason: Self.text(number), by: message?.sender)
        }
    }

    /// What an ICMP message said about the connection, and who sent it.
    private struct ErrorMessage {
        let isProhibition: Bool
        let sender: String?
    }

    /// Reads the socket's error queue (ip(7), `struct sock_extended_err`).
    private func errorMessage() -> ErrorMessage? {
        var control = [UInt8](repeating: 0, count: 512)
        var payload = [UInt8](repeating: 0, count: 64)
        var received = 0
        let status = control.withUnsafeMutableBytes { control in
            payload.withUnsafeMutableBytes { payload in
                var part = iovec(iov_base: payload.baseAddress, iov_len: payload.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var header = msghdr()
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    header.msg_control = control.baseAddress
                    header.msg_controllen = control.count
                    let status = recvmsg(descriptor, &header, Int32(MSG_ERRQUEUE))
                    received = Int(header.msg_controllen)
                    return status
                }
            }
        }
        // A header of 16 bytes, then: error number, origin, type, code, pad, info, data, and the sender's address.
        guard status >= 0, received >= 32 else { return nil }
        let (origin, kind, code) = (control[20], control[21], control[22])
        let sender = control.withUnsafeBytes {
            SocketAddress(UnsafeRawBufferPointer(rebasing: $0[32..<max(32, min(received, 64))]))
        }
        let isFour = origin == 2 && kind == 3 && [9, 10, 13].contains(code)
        let isSix = origin == 3 && kind == 1 && [1, 5, 6].contains(code)
        return ErrorMessage(isProhibition: isFour || isSix, sender: sender?.host)
    }

    /// The address and port of this side.
    var ownAddress: SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return status == 0 ? withUnsafeBytes(of: storage) { SocketAddress($0) } : nil
    }

    /// Bytes that the other machine has not acknowledged (`SIOCOUTQ`, tcp(7)).
    var unacknowledgedByteCount: Int {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
    }

    /// Hands all bytes to the system; `false` when the connection broke or the time was up.
    func send(_ bytes: [UInt8], until deadline: Deadline) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard deadline.wait(for: descriptor, POLLOUT) != 0 else { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// What a wait for bytes brought.
    enum Received: Equatable {
        case bytes([UInt8])
        /// The other side ended the connection.
        case end
        /// It broke, with the system's reason.
        case broken(String)
        case timedOut
    }

    /// Waits for some bytes, at most 16 KiB.
    func receive(until deadline: Deadline) -> Received {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { return .bytes(Array(buffer.prefix(count))) }
            if count == 0 { return .end }
            let number = errno
            if number == EAGAIN {
                guard deadline.wait(for: descriptor, POLLIN) != 0 else { return .timedOut }
            } else if number != EINTR {
                return .broken(Self.text(number))
            }
        }
    }
}
