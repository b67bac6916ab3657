// Who may open the control socket, and who may not keep the agent from it.

import Glibc
import Testing

@testable import ControlSocket

@Suite("The opening of the control socket")
struct OpeningLockTests {
    @Test("is opened whoever of the box locks its folder, or left a lock of the agent's there")
    func folderLocked() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            // Every user who may look into a folder may do this: `flock /run/edged sleep 1d`.
            let other = open(directory, O_RDONLY | O_DIRECTORY)
            defer { close(other) }
            try #require(flock(other, LOCK_EX | LOCK_NB) == 0)
            close(open(path + ".lock", O_WRONLY | O_CREAT, 0o644))
            #expect(startFailure(path) == nil)
            #expect(access(path + ".lock", F_OK) != 0)
        }
    }

    @Test("is left to whoever is opening it, by a lock that others may not take, and no link leads the lock astray")
    func openingElsewhere() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let lock = try OpeningLock(of: path)
            var facts = stat()
            #expect(lstat(path + ".lock", &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            #expect(startFailure(path) == .openingElsewhere(path: path))
            #expect(access(path, F_OK) != 0)
            lock.release()
            #expect(startFailure(path) == nil)
            try #require(symlink(directory + "/other", path + ".lock") == 0)
            #expect(startFailure(path) == .system(operation: "open of the lock", errorNumber: ELOOP))
            #expect(access(directory + "/other", F_OK) != 0)
            unlink(path + ".lock")
        }
    }

    @Test("is opened by one of two servers that start at once over a stale file, never by both")
    func race() async throws {
        for _ in 0..<20 {
            var template = Array("/tmp/store-edge-control-XXXXXX".utf8CString)
            try #require(template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false })
            let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            defer { rmdir(directory) }
            let path = directory + "/control"
            let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let address = try #require(UnixAddress(path))
            try #require(address.withPointer { bind(dead, $0, $1) } == 0)
            close(dead)
            let servers = await withTaskGroup(of: ControlServer?.self) { group in
                for _ in 0..<2 { group.addTask { try? ControlServer(path: path) { line, _ in line } } }
                return await group.reduce(into: [ControlServer]()) { if let server = $1 { $0.append(server) } }
            }
            #expect(servers.count == 1)
            #expect((try? ask(path, "{}")) == "{}")
            for server in servers { server.stop() }
        }
    }
}
