// The box's master key: read from the file that systemd or the operator provides, kept in memory, never written again.

import CCrypto
import Glibc

/// The key that wraps every customer's key. Who has `keys.db` without it has nothing.
public struct MasterKey: Sendable {
    let secret: SecretKey

    /// Reads the master key: a regular file of 32 raw bytes, or 64 hexadecimal digits with or without a line end.
    ///
    /// - Throws: `VaultError.masterKey…`, each with its mend: missing, unreadable, not a file, of another size, never
    ///   filled, or open to others (any right for others, or writing for the group).
    public static func load(_ path: String) throws(VaultError) -> MasterKey {
        // Not blocking, so that a pipe put in its place cannot hold the start up.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            let errorNumber = errno
            throw errorNumber == ENOENT
                ? .masterKeyMissing(path: path) : .masterKeyUnreadable(path: path, errorNumber: errorNumber)
        }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw .masterKeyUnreadable(path: path, errorNumber: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .masterKeyNotAFile(path: path) }
        guard facts.st_mode & 0o027 == 0 else { throw .masterKeyExposed(path: path, mode: facts.st_mode & 0o7777) }
        // Read before the size is judged by it: one byte more than the longest form tells a file that is too long.
        var content = [UInt8](repeating: 0, count: 67)
        defer { wipe(&content) }
        let count = try readAll(file, into: &content, path: path)
        guard count < content.count else { throw .masterKeyWrongSize(path: path, byteCount: Int(facts.st_size)) }
        var key: [UInt8]
        if count == SecretKey.byteCount {
            key = Array(content[..<count])
        } else {
            var end = count
            if end > 0, content[end - 1] == 0x0A { end -= 1 }
            if end > 0, content[end - 1] == 0x0D { end -= 1 }
            key = end == 2 * SecretKey.byteCount ? bytes(hexadecimal: content[..<end]) ?? [] : []
        }
        defer { wipe(&key) }
        guard key.count == SecretKey.byteCount else { throw .masterKeyWrongSize(path: path, byteCount: count) }
        guard key.contains(where: { $0 != key[0] }) else { throw .masterKeyNeverFilled(path: path) }
        guard let secret = SecretKey(taking: &key) else { throw .masterKeyWrongSize(path: path, byteCount: count) }
        return MasterKey(secret: secret)
    }

    /// Reads the master key, after making a random one (32 bytes, mode 0600) when there is none and that was asked.
    ///
    /// Making one is for development and for the first start of a new box: a box that lost its key would otherwise go
    /// on with another, unable to open what it has. The file appears whole and synced or not at all; when two processes
    /// make one at once, both read the one that came first.
    ///
    /// - Throws: as `load`; `VaultError.masterKeyNotCreated` when the file cannot be written.
    public static func loadOrCreate(_ path: String, createIfAbsent: Bool) throws(VaultError) -> MasterKey {
        if createIfAbsent, access(path, F_OK) != 0, errno == ENOENT { try create(path) }
        return try load(path)
    }

    private static func create(_ path: String) throws(VaultError) {
        let draft = path + ".new." + (try SecureRandom.uuid())
        var key = try SecureRandom.bytes(SecretKey.byteCount)
        defer { wipe(&key) }
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .masterKeyNotCreated(path: path, errorNumber: errno) }
        defer { unlink(draft) }
        // 32 bytes are written at once or not at all, save on a full disk; anything short counts as that.
        let written = write(file, key, key.count)
        var errorNumber = written == key.count ? 0 : (written < 0 ? errno : ENOSPC)
        if errorNumber == 0, fsync(file) != 0 { errorNumber = errno }
        if close(file) != 0, errorNumber == 0 { errorNumber = errno }
        guard errorNumber == 0 else { throw .masterKeyNotCreated(path: path, errorNumber: errorNumber) }
        // A link never replaces what is there, which a rename would.
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw .masterKeyNotCreated(path: path, errorNumber: errno)
        }
        try syncDirectory(of: path)
    }

    private static func syncDirectory(of path: String) throws(VaultError) {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .masterKeyNotCreated(path: path, errorNumber: errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .masterKeyNotCreated(path: path, errorNumber: errno) }
    }

    /// Reads to the end of the file or of `content`; the number of bytes read.
    private static func readAll(
        _ file: Int32, into content: inout [UInt8], path: String
    ) throws(VaultError) -> Int {
        var count = 0
        while count < content.count {
            let got = content.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + count }, $0.count - count) }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw .masterKeyUnreadable(path: path, errorNumber: errno)
            }
            count += got
        }
        return count
    }
}

extension MasterKey {
    /// A key for one purpose, which tells nothing of the master key or of keys for other purposes.
    ///
    /// - Parameter purpose: what it is for; the same purpose always gives the same key.
    /// - Returns: 32 bytes.
    public func derivedKey(for purpose: String) throws(VaultError) -> [UInt8] {
        var secret = self.secret.withBytes { Array($0) }
        defer { wipe(&secret) }
        return try MessageAuthentication.code(for: Array("store-edge \(purpose)".utf8), key: secret)
    }
}
