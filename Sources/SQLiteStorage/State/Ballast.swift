// Space kept for the worst day: given back when the disk is full, so that what is queued can still drain (law 7).

import Glibc

/// A file of 4 MiB that holds nothing.
struct Ballast {
    /// 4 MiB: some ten thousand receipts, or a log of the ledger's largest size.
    static let bytes = 4 << 20
    private let path: String

    init(in directory: StateDirectory) { path = directory.file("ballast") }

    /// Puts the file in place, unless that would leave the disk with less free than three times its size. A disk
    /// without room is no error here: the work itself finds out.
    func restore() {
        var status = stat()
        if stat(path, &status) == 0, status.st_size == Self.bytes { return }
        var system = statvfs()
        guard statvfs(path.droppingLastComponent, &system) == 0,
            UInt64(system.f_bavail) * UInt64(system.f_frsize) >= UInt64(Self.bytes) * 4
        else { return }
        let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Allocated, not merely sized: a hole would give nothing back.
        if posix_fallocate(descriptor, 0, Self.bytes) != 0 { unlink(path) }
    }

    /// Gives the space back.
    func release() { unlink(path) }
}

extension String {
    /// The folder of this path.
    var droppingLastComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
