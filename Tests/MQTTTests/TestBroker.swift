// A real mosquitto for a test: own folder, free loopback port, stopped by its pid.

import Foundation
import Glibc
import Testing

/// A broker of a test's own. `start` and `stop` as often as wanted; the port and, with `persists`, the sessions stay.
final class TestBroker {
    let folder: URL
    let port: Int
    let lines: String
    private var process: ChildProcess?

    /// - Parameter lines: more lines of configuration; `%FOLDER%` is this broker's folder.
    init(_ lines: String = "", prepare: (URL) throws -> Void = { _ in }) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = Self.freePort()
        self.lines = lines
        try prepare(folder)
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    func start() throws {
        let configuration = """
            per_listener_settings false
            listener \(port) 127.0.0.1
            \(lines.contains("allow_anonymous") ? "" : "allow_anonymous true")
            max_inflight_messages 256
            max_queued_messages 100000
            persistence true
            persistence_location \(folder.path)/
            log_dest file \(folder.path)/broker.log
            log_type all
            user root
            \(lines.replacingOccurrences(of: "%FOLDER%", with: folder.path))
            """
        let file = folder.appendingPathComponent("mosquitto.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        process = try ChildProcess("/usr/sbin/mosquitto", ["-c", file.path])
        var isListening = false
        for _ in 0..<500 {
            isListening = Self.accepts(port)
            if isListening { break }
            usleep(10_000)
        }
        try #require(isListening, "mosquitto did not start: \(log)")
    }

    /// Ends it as an administrator would: sessions and queues are saved.
    func stop() {
        process?.stop()
        process = nil
    }

    /// Ends it as a power cut would.
    func kill() {
        process?.signal(SIGKILL)
        process?.waitForExit(seconds: 5)
        process = nil
    }

    /// Stops it from doing anything, without closing a connection.
    func freeze() { process?.signal(SIGSTOP) }
    func thaw() { process?.signal(SIGCONT) }

    var log: String {
        (try? String(contentsOf: folder.appendingPathComponent("broker.log"), encoding: .utf8)) ?? ""
    }

    /// Runs a client that is none of ours, until it ends, 20 s at most.
    @discardableResult
    func run(_ tool: String, _ arguments: [String], input: String? = nil) throws -> Int32? {
        try launch(tool, arguments, input: input).waitForExit(seconds: 20)
    }

    /// Starts a client that is none of ours, with `input` as its standard input.
    func launch(
        _ tool: String, _ arguments: [String], input: String? = nil, output: String? = nil
    ) throws -> ChildProcess {
        let file = folder.appendingPathComponent(UUID().uuidString)
        if let input { try input.write(to: file, atomically: true, encoding: .utf8) }
        return try ChildProcess(
            "/usr/bin/\(tool)", ["-h", "127.0.0.1", "-p", String(port)] + arguments,
            input: input.map { _ in file.path }, output: output)
    }

    static func freePort() -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(socket, $0, size)
                getsockname(socket, $0, &size)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func accepts(_ port: Int) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = loopback(port)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return address
    }
}
