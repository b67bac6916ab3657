// The machine behind the agent's ports: clocks, digests, and what makes this box this box.

import CLinux
import Contract
import CustomerVault
import EdgeAgent
import Glibc
import ShopCore
import ShopModel
import Synchronization

/// The kernel's clocks.
final class KernelClock: MachineClock, Sendable {
    private let boot: String
    /// Whether the kernel's clock is synchronised, and until when (monotonic milliseconds) that answer is good: it
    /// costs a system call, and a scan may ask thousands of times a second.
    private let synchronised = Mutex<(answer: Bool, until: Int64)>((false, 0))

    init() {
        let bytes = (try? ConfigurationFile.bytes(of: "/proc/sys/kernel/random/boot_id", limit: 64).get()) ?? []
        boot = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    func read() -> ClockReading {
        let monotonic = milliseconds(CLOCK_BOOTTIME)
        let isSynchronised = synchronised.withLock { state in
            if monotonic >= state.until {
                // Under the unit's system-call filter the kernel may not be asked; a witness is (`ClockWitness`).
                let answer = linux_clock_is_synchronised()
                state.answer = answer < 0 ? ClockWitness.testimony(at: monotonic) : answer > 0
                state.until = monotonic + 1_000
            }
            return state.answer
        }
        return ClockReading(
            wall: Instant(milliseconds: milliseconds(CLOCK_REALTIME)), monotonicMilliseconds: monotonic,
            synchronised: isSynchronised, boot: boot)
    }

    private func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// SHA-256, the digest of snapshots on both sides of the line.
struct PlainDigest: Digesting {
    func digest(_ bytes: [UInt8]) -> [UInt8] { (try? SHA256Digest.digest(bytes)) ?? [] }
}

/// HMAC-SHA-256 under a key of this box: a stored digest of a command tells nothing about a PIN in it.
struct KeyedDigest: Digesting {
    let key: [UInt8]

    func digest(_ bytes: [UInt8]) -> [UInt8] { (try? MessageAuthentication.code(for: bytes, key: key)) ?? [] }
}

/// What this box, this file and this file system are: a ledger that wakes up elsewhere begins a new life (DESIGN §8).
enum Identity {
    static func text(of ledgerFile: String) -> String {
        let machine = (try? ConfigurationFile.bytes(of: "/etc/machine-id", limit: 64).get()) ?? []
        var status = stat()
        _ = stat(ledgerFile, &status)
        // The file system's own id: a device number may change with every boot.
        var system = statvfs()
        _ = statvfs(ledgerFile, &system)
        let name = String(decoding: machine.prefix { $0 > 0x20 }, as: UTF8.self)
        return "\(name)/\(system.f_fsid)/\(status.st_ino)"
    }
}

extension Identity {
    /// This box as headquarters knows it: a digest of the machine, its network cards and the place of the ledger. Of two
    /// boxes made of one image the cards differ, where nothing else may.
    static func instance(of ledgerFile: String) -> BoxInstance {
        let text = "edged instance/" + text(of: ledgerFile) + "/" + networkCards().joined(separator: "/")
        let digest = PlainDigest().digest(Array(text.utf8))
        let digits = Array("0123456789abcdef".utf8)
        let name = digest.prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return BoxInstance(String(decoding: name, as: UTF8.self)) ?? .unnamed
    }

    /// This box as headquarters knew it before restores: a ledger that was set aside kept its place on this disk, which no
    /// other box has.
    static func former(in stateDirectory: String) -> [BoxInstance] {
        guard let folder = opendir(stateDirectory) else { return [] }
        defer { closedir(folder) }
        var boxes: [BoxInstance] = []
        while let entry = readdir(folder), boxes.count < 100 {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let ledger = "\(stateDirectory)/\(name)/ledger.db"
            guard name.hasPrefix("aside-"), access(ledger, F_OK) == 0 else { continue }
            boxes.append(instance(of: ledger))
        }
        return boxes
    }

    /// The addresses of the cards that are really in the machine.
    private static func networkCards() -> [String] {
        guard let folder = opendir("/sys/class/net") else { return [] }
        defer { closedir(folder) }
        var addresses: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let path = "/sys/class/net/" + name
            guard !name.hasPrefix("."), access(path + "/device", F_OK) == 0,
                let bytes = try? ConfigurationFile.bytes(of: path + "/address", limit: 64).get()
            else { continue }
            addresses.append(String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self))
        }
        return addresses.sorted()
    }
}

/// The shop's zone, from the system's own bytes.
enum ZoneFile {
    static func rules(_ name: String) -> TimeZoneRules? {
        guard let bytes = try? ConfigurationFile.bytes(of: "/usr/share/zoneinfo/\(name)", limit: 1 << 20).get() else {
            return nil
        }
        return TimeZoneRules(tzif: bytes)
    }
}
