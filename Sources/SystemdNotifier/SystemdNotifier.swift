// Tells systemd how the agent fares: ready, still alive, stopping, and a line for `systemctl status`.

import Glibc

/// Speaks systemd's notification protocol (sd_notify(3)) without its library. Does nothing when systemd is not there.
///
/// ```swift
/// let systemd = SystemdNotifier()
/// try systemd.ready(status: "Serving 12 devices")
/// if let interval = systemd.watchdogIntervalMilliseconds { every(interval) { try? systemd.watchdog() } }
/// ```
///
/// The unit needs `Type=notify` (or `notify-reload`) and, for the watchdog, `WatchdogSec=`.
public struct SystemdNotifier: Sendable {
    /// Where systemd listens: a path, or `@` and a name without a file. `nil` when not started by it.
    public let socketPath: String?
    /// How often to call `watchdog`, in milliseconds: half of what systemd allows (`WATCHDOG_USEC`), as its manual
    /// advises, and at least 1. `nil` when no watchdog is set, or when it is meant for another process.
    public let watchdogIntervalMilliseconds: Int?

    /// Takes the variables that systemd set for this process.
    public init() {
        self.init(
            socketPath: variable("NOTIFY_SOCKET"), watchdogMicroseconds: variable("WATCHDOG_USEC"),
            watchdogProcess: variable("WATCHDOG_PID"))
    }

    /// Takes the variables as given: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`, the last absent when the
    /// watchdog is for whoever reads it. Anything that is not as systemd writes it sets no watchdog.
    public init(socketPath: String?, watchdogMicroseconds: String? = nil, watchdogProcess: String? = nil) {
        self.socketPath = socketPath.flatMap { $0.isEmpty ? nil : $0 }
        let isOurs = watchdogProcess.map { Int32($0) == getpid() } ?? true
        let microseconds = watchdogMicroseconds.flatMap { Int($0) }
        if isOurs, let microseconds, microseconds > 0 {
            watchdogIntervalMilliseconds = max(1, microseconds / 2_000)
        } else {
            watchdogIntervalMilliseconds = nil
        }
    }

    /// Whether anybody is told anything.
    public var isActive: Bool { socketPath != nil }

    /// Says that the agent serves; after `reloading`, that the new configuration is in effect.
    public func ready(status: String? = nil) throws(NotificationError) {
        try send("READY=1" + (status.map { "\nSTATUS=" + oneLine($0) } ?? ""))
    }

    /// Sets the line that `systemctl status` shows. Line ends become blanks.
    public func status(_ text: String) throws(NotificationError) { try send("STATUS=" + oneLine(text)) }

    /// Says that the agent is alive. Call it at `watchdogIntervalMilliseconds`, from the loop whose life matters; never
    /// waits.
    public func watchdog() throws(NotificationError) { try send("WATCHDOG=1", waits: false) }

    /// Says that the agent begins to stop.
    public func stopping() throws(NotificationError) { try send("STOPPING=1") }

    /// Says that the agent begins to read its configuration again; `ready` ends it. Carries the monotonic time, which
    /// `Type=notify-reload` asks for.
    public func reloading() throws(NotificationError) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        try send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)")
    }

    private func send(_ message: String, waits: Bool = true) throws(NotificationError) {
        guard let socketPath else { return }
        guard let address = NotificationAddress(socketPath) else { throw .unusableAddress(socketPath) }
        let descriptor = socket(AF_UNIX, Int32(bitPattern: SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .notDelivered(errorNumber: errno) }
        defer { close(descriptor) }
        // A systemd that does not read holds the agent up for a second at most.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(message.utf8)
        let flags = Int32(MSG_NOSIGNAL) | (waits ? 0 : Int32(MSG_DONTWAIT))
        while true {
            let count = address.withPointer { sendto(descriptor, bytes, bytes.count, flags, $0, $1) }
            if count == bytes.count { return }
            guard count < 0, errno == EINTR else { throw .notDelivered(errorNumber: errno) }
        }
    }
}

/// Why systemd was not told. The agent serves on; systemd may think ill of it.
public enum NotificationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `NOTIFY_SOCKET` is neither an absolute path nor `@` and a name, or is too long (107 bytes; unix(7)).
    case unusableAddress(String)
    /// The message could not be sent.
    case notDelivered(errorNumber: Int32)

    /// The sentence for a technician.
    public var description: String {
        switch self {
        case .unusableAddress(let address):
            "NOTIFY_SOCKET is \(address); it must be an absolute path, or @ and a name, of at most 107 bytes."
        case .notDelivered(let errorNumber):
            "systemd could not be told (error \(errorNumber)). Is NotifyAccess=main set, and the socket there?"
        }
    }
}

/// The address of systemd's socket: in the file system, or in the kernel's own names.
private struct NotificationAddress {
    private var address = sockaddr_un()
    private let length: socklen_t

    init?(_ text: String) {
        var bytes = Array(text.utf8)
        let isAbstract = bytes.first == UInt8(ascii: "@")
        guard (2...107).contains(bytes.count), isAbstract || bytes.first == UInt8(ascii: "/"), !bytes.contains(0)
        else { return nil }
        if isAbstract { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // A name without a file ends where the length says; a path ends at its zero byte.
        let named = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
        length = socklen_t(named + bytes.count + (isAbstract ? 0 : 1))
    }

    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int) -> Int {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// A variable of the environment; `nil` when it is not set.
private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Text that cannot end its line and begin another assignment.
private func oneLine(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
}
