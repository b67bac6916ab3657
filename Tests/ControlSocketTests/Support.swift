// What these tests share: a directory of their own, and a client that speaks raw bytes.

import Glibc
import Testing

@testable import ControlSocket

/// A directory of the test's own, gone afterwards with what lies in it.
func inDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/store-edge-control-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
    try #require(made)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["control", "other", "notify"] { unlink(path + "/" + name) }
        rmdir(path)
    }
    try body(path)
}

/// Waits until something is so, for five seconds at most.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<500 {
        if condition() { return true }
        usleep(10_000)
    }
    return condition()
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Asks with a timeout that a busy machine does not reach.
func ask(_ path: String, _ line: String, timeoutMilliseconds: Int = 10_000) throws -> String {
    text(try ControlClient.request(path: path, line: Array(line.utf8), timeoutMilliseconds: timeoutMilliseconds))
}

/// Why asking failed; `nil` when it did not.
func failure(_ path: String, timeoutMilliseconds: Int = 10_000) -> ControlError? {
    do {
        _ = try ControlClient.request(path: path, line: Array("{}".utf8), timeoutMilliseconds: timeoutMilliseconds)
        return nil
    } catch {
        return error
    }
}

/// Why a server did not start; `nil` when it did.
func startFailure(_ path: String) -> ControlServerError? {
    do {
        let server = try ControlServer(path: path) { line, _ in line }
        server.stop()
        return nil
    } catch {
        return error
    }
}

/// A client of raw bytes, which blocks for five seconds at most.
struct RawClient {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let address = try #require(UnixAddress(path))
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        try #require(address.withPointer { connect(descriptor, $0, $1) } == 0)
    }

    /// Sends bytes; the number that left before the server hung up.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
        }
        return sent
    }

    @discardableResult
    func send(_ text: String) -> Int { send(Array(text.utf8)) }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Receives `count` bytes, or fewer when the server hangs up before.
    func receive(_ count: Int) -> [UInt8] {
        var received: [UInt8] = []
        var scratch = [UInt8](repeating: 0, count: 65_536)
        while received.count < count {
            let got = recv(descriptor, &scratch, min(scratch.count, count - received.count), 0)
            if got <= 0 { break }
            received += scratch[..<got]
        }
        return received
    }

    /// Receives all until the server hangs up.
    func receiveAll() -> String { text(receive(Int.max)) }

    /// Whether the server has hung up, waiting for it.
    func isHungUp() -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 0
    }

    func end() { close(descriptor) }
}
