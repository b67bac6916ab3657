// The master key in a real file, sound and unsound.

import Glibc
import ShopModel
import Testing

@testable import CustomerVault

@Suite("The box's master key")
struct MasterKeyTests {
    /// A directory of the test's own, gone afterwards.
    private func inDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/store-edge-vault-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
        try #require(made)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["key", "link"] { unlink(path + "/" + name) }
            rmdir(path)
        }
        try body(path)
    }

    private func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
        try #require(fchmod(file, mode) == 0)
    }

    private func failure(_ path: String) -> VaultError? {
        do {
            _ = try MasterKey.load(path)
            return nil
        } catch {
            return error
        }
    }

    @Test("is the same key as 32 bytes, as 64 digits, and with a line end")
    func forms() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            let customer = try #require(CustomerID("C-1"))
            let raw = try SecureRandom.bytes(32)
            let text = hexadecimal(raw)
            try write(raw, to: path)
            let wrapped = try MasterKey.load(path).wrap(try CustomerKey(version: 1), of: customer)
            for form in [text, text.uppercased(), text + "\n", text + "\r\n"] {
                try write(Array(form.utf8), to: path)
                _ = try MasterKey.load(path).unwrap(wrapped, of: customer)
            }
        }
    }

    @Test("of any other size is refused, and the sentence says the size seen and the size wanted")
    func sizes() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            for count in [0, 1, 16, 31, 33, 63, 64, 65, 66, 67, 68, 4_096] {
                try write((0..<count).map { UInt8(truncatingIfNeeded: $0 &+ 128) }, to: path)
                #expect(failure(path) == .masterKeyWrongSize(path: path, byteCount: count))
            }
            let sentence = failure(path)?.description ?? ""
            #expect(sentence.contains("4096 bytes") && sentence.contains("32 bytes") && sentence.contains("64 hex"))
        }
    }

    @Test("made and never filled is refused")
    func neverFilled() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            try write([UInt8](repeating: 0, count: 32), to: path)
            #expect(failure(path) == .masterKeyNeverFilled(path: path))
            try write([UInt8](repeating: 0x30, count: 64), to: path)
            #expect(failure(path) == .masterKeyNeverFilled(path: path))
        }
    }

    @Test("that others may use is refused with the command that mends it; a credential's mode is fine")
    func modes() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            for mode in [0o604, 0o644, 0o602, 0o620, 0o660, 0o666, 0o601, 0o777] as [mode_t] {
                try write(try SecureRandom.bytes(32), to: path, mode: mode)
                #expect(failure(path) == .masterKeyExposed(path: path, mode: UInt32(mode)))
            }
            #expect(failure(path)?.description.contains("0777") == true)
            #expect(failure(path)?.description.contains("chmod 0600 \(path)") == true)
            for mode in [0o400, 0o440, 0o600, 0o640] as [mode_t] {
                try write(try SecureRandom.bytes(32), to: path, mode: mode)
                #expect(failure(path) == nil)
            }
        }
    }

    @Test("that is missing, a directory or a pipe is refused at once, each by its own name")
    func notThere() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            #expect(failure(path) == .masterKeyMissing(path: path))
            #expect(failure(path)?.description.contains(path) == true)
            #expect(failure(directory) == .masterKeyNotAFile(path: directory))
            try #require(mkfifo(path, 0o600) == 0)
            #expect(failure(path) == .masterKeyNotAFile(path: path))
            #expect(
                failure(path + "/deeper") == .masterKeyUnreadable(path: path + "/deeper", errorNumber: ENOTDIR))
        }
    }

    @Test("is made only when asked, mode 0600, and is the same at the next start")
    func creation() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            let customer = try #require(CustomerID("C-1"))
            #expect(throws: VaultError.masterKeyMissing(path: path)) {
                try MasterKey.loadOrCreate(path, createIfAbsent: false)
            }
            let first = try MasterKey.loadOrCreate(path, createIfAbsent: true)
            var facts = stat()
            try #require(stat(path, &facts) == 0)
            #expect(facts.st_mode & 0o7777 == 0o600)
            #expect(facts.st_size == 32)
            #expect(facts.st_nlink == 1)
            let wrapped = try first.wrap(try CustomerKey(version: 1), of: customer)
            for create in [true, false] {
                _ = try MasterKey.loadOrCreate(path, createIfAbsent: create).unwrap(wrapped, of: customer)
            }
        }
    }

    @Test("that is unsound is never replaced by a new one")
    func neverReplaced() throws {
        try inDirectory { directory in
            let path = directory + "/key"
            try write([1, 2, 3], to: path)
            #expect(throws: VaultError.masterKeyWrongSize(path: path, byteCount: 3)) {
                try MasterKey.loadOrCreate(path, createIfAbsent: true)
            }
            var facts = stat()
            #expect(stat(path, &facts) == 0 && facts.st_size == 3)
        }
    }

    @Test("cannot be made where there is no directory, and the sentence says so")
    func noDirectory() throws {
        try inDirectory { directory in
            let path = directory + "/absent/key"
            #expect(throws: VaultError.masterKeyNotCreated(path: path, errorNumber: ENOENT)) {
                try MasterKey.loadOrCreate(path, createIfAbsent: true)
            }
        }
    }
}
