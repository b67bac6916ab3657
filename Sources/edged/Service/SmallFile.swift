// Small files that are written whole or not at all, and read whole.

import Glibc
import ShopModel

/// Files of a few kilobytes.
enum SmallFile {
    /// Replaces a file: whoever reads it sees all of the former or all of the new content.
    ///
    /// - Parameter isDurable: whether it has to be on the disk when this returns.
    /// - Returns: what went wrong, in which case the former file is as it was; `nil` when all is well.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t, isDurable: Bool) -> String? {
        let draft = path + ".new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { return String(cString: strerror(errno)) }
        var done = 0
        var problem: Int32 = 0
        while done < bytes.count, problem == 0 {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count > 0 { done += count } else if errno != EINTR { problem = count == 0 ? ENOSPC : errno }
        }
        if problem == 0, fchmod(file, mode) != 0 { problem = errno }
        if problem == 0, isDurable, fsync(file) != 0 { problem = errno }
        if close(file) != 0, problem == 0 { problem = errno }
        if problem == 0, rename(draft, path) != 0 { problem = errno }
        guard problem == 0 else {
            unlink(draft)
            return String(cString: strerror(problem))
        }
        guard isDurable else { return nil }
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
        let directory = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return String(cString: strerror(errno)) }
        defer { close(directory) }
        return fsync(directory) == 0 ? nil : String(cString: strerror(errno))
    }

    /// Reads a file; `nil` when it cannot be read or has more bytes than that.
    static func read(_ path: String, bytesMax: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(file, &part, part.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0, bytes.count + count <= bytesMax else { return nil }
            bytes += part[..<count]
        }
    }

    /// When a file was last written; `nil` when it is not there.
    static func lastWrite(of path: String) -> Instant? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Instant(
            milliseconds: Int64(status.st_mtim.tv_sec) * 1_000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
    }
}
