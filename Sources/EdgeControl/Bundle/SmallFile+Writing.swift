// Files of the archive: the end of a long log, and a part written whole or not at all.

import Glibc

extension SmallFile {
    /// The last bytes of a file, at most `max`, from the beginning of a line; nil when it cannot be read.
    static func end(of path: String, max: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        let start = Swift.max(0, Int(facts.st_size) - max)
        var content = [UInt8](repeating: 0, count: Int(facts.st_size) - start)
        var taken = 0
        while taken < content.count {
            let count = content.withUnsafeMutableBytes {
                pread(file, $0.baseAddress.map { $0 + taken }, $0.count - taken, off_t(start + taken))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            taken += count
        }
        content.removeLast(content.count - taken)
        guard start > 0, let line = content.firstIndex(of: 0x0A) else { return content }
        return Array(content[(line + 1)...])
    }

    /// Makes a file that only its owner may read. `false` with `errno` when it is not whole.
    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}
