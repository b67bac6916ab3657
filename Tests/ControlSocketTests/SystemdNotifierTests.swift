// What systemd hears, on real datagram sockets of both kinds.

import Glibc
import SystemdNotifier
import Testing

@Suite("systemd")
struct SystemdNotifierTests {
    /// A listener in systemd's place.
    private struct Listener {
        let descriptor: Int32

        /// `name` as in `NOTIFY_SOCKET`: a path, or `@` and a name without a file.
        init(_ name: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if name.hasPrefix("@") { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(2 + bytes.count + (name.hasPrefix("@") ? 0 : 1))
            let socket = descriptor
            let bound = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
            }
            try #require(bound == 0)
            var patience = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }

        func hear() -> String {
            var scratch = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &scratch, scratch.count, 0)
            return text(Array(scratch[..<max(0, count)]))
        }

        func end() { close(descriptor) }
    }

    @Test("hears ready, status, alive, reloading and stopping, by a path")
    func byPath() throws {
        try inDirectory { directory in
            try hearsAll(directory + "/notify")
        }
    }

    @Test("hears the same by a name without a file")
    func byName() throws {
        try hearsAll("@store-edge-notify-\(getpid())")
    }

    private func hearsAll(_ name: String) throws {
        let listener = try Listener(name)
        defer { listener.end() }
        let systemd = SystemdNotifier(socketPath: name)
        #expect(systemd.isActive)
        try systemd.ready()
        #expect(listener.hear() == "READY=1")
        try systemd.ready(status: "Serving 12 devices")
        #expect(listener.hear() == "READY=1\nSTATUS=Serving 12 devices")
        try systemd.status("Line down since 10:00")
        #expect(listener.hear() == "STATUS=Line down since 10:00")
        try systemd.watchdog()
        #expect(listener.hear() == "WATCHDOG=1")
        try systemd.reloading()
        let reloading = listener.hear().split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        #expect(reloading.last.map { $0.hasPrefix("MONOTONIC_USEC=") && Int($0.dropFirst(15)) ?? 0 > 0 } == true)
        try systemd.stopping()
        #expect(listener.hear() == "STOPPING=1")
    }

    @Test("takes a status of two lines for one, so that no text can give it an order")
    func oneLine() throws {
        try inDirectory { directory in
            let listener = try Listener(directory + "/notify")
            defer { listener.end() }
            try SystemdNotifier(socketPath: directory + "/notify").status("fine\nSTOPPING=1 à 10 h")
            #expect(listener.hear() == "STATUS=fine STOPPING=1 à 10 h")
        }
    }

    @Test("that did not start us hears nothing, and that is no error")
    func absent() throws {
        for systemd in [SystemdNotifier(socketPath: nil), SystemdNotifier(socketPath: "")] {
            #expect(!systemd.isActive)
            try systemd.ready()
            try systemd.status("alone")
            try systemd.watchdog()
            try systemd.reloading()
            try systemd.stopping()
        }
    }

    @Test("that has gone, or has an address of another kind, is an error that says so")
    func unreachable() {
        #expect(throws: NotificationError.notDelivered(errorNumber: ENOENT)) {
            try SystemdNotifier(socketPath: "/tmp/store-edge-nobody-\(getpid())").ready()
        }
        for address in ["relative", "vsock:2:1234", "/", "@", "/" + String(repeating: "p", count: 107)] {
            #expect(throws: NotificationError.unusableAddress(address)) {
                try SystemdNotifier(socketPath: address).ready()
            }
        }
    }

    @Test("that does not read is told 'alive' without waiting for it")
    func fullQueue() throws {
        try inDirectory { directory in
            let listener = try Listener(directory + "/notify")
            defer { listener.end() }
            let systemd = SystemdNotifier(socketPath: directory + "/notify")
            var refused: NotificationError?
            for _ in 0..<5_000 where refused == nil {
                do throws(NotificationError) { try systemd.watchdog() } catch { refused = error }
            }
            #expect(refused == .notDelivered(errorNumber: EAGAIN))
        }
    }

    @Test(
        "sets a watchdog that is rung twice in its time, if it is ours",
        arguments: [
            ("30000000", nil, 15_000), ("30000000", "self", 15_000), ("1", nil, 1), ("30000000", "1", nil),
            ("0", nil, nil), ("-5", nil, nil), ("soon", nil, nil), (nil, nil, nil), (nil, "self", nil),
            ("30000000", "nobody", nil),
        ] as [(String?, String?, Int?)])
    func watchdogInterval(microseconds: String?, process: String?, interval: Int?) {
        let systemd = SystemdNotifier(
            socketPath: "/run/systemd/notify", watchdogMicroseconds: microseconds,
            watchdogProcess: process == "self" ? "\(getpid())" : process)
        #expect(systemd.watchdogIntervalMilliseconds == interval)
    }
}
