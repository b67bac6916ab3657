// The socket file of the control server: made with its mode from the first instant, and never on top of a living one.

import Glibc

/// A listening socket and the file that leads to it.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    private let path: String
    private let device: UInt
    private let inode: UInt

    /// Opens the socket with mode 0660. A socket file that a dead process left is removed first, once a connection to it
    /// has been refused, which proves that nobody listens.
    ///
    /// Nobody else opens it meanwhile: two servers that start at once would both find the old file stale, and the
    /// second would remove the first one's new file.
    init(_ path: String) throws(ControlServerError) {
        guard let address = UnixAddress(path) else {
            throw .pathTooLong(path: path, byteCount: path.utf8.count)
        }
        let lock = try OpeningLock(of: path)
        defer { lock.release() }
        let descriptor = makeStreamSocket()
        guard descriptor >= 0 else { throw .system(operation: "socket", errorNumber: errno) }
        var opened = false
        var bound = false
        defer {
            if !opened {
                if bound { unlink(path) }
                Glibc.close(descriptor)
            }
        }
        // The mode of the unbound socket is what bind gives the file, less the umask: never open to others in between.
        guard fchmod(descriptor, 0o660) == 0 else { throw .system(operation: "fchmod", errorNumber: errno) }
        if address.withPointer({ bind(descriptor, $0, $1) }) != 0 {
            guard errno == EADDRINUSE else { throw Self.bindFailure(path, errno) }
            try Self.removeStale(path, address)
            guard address.withPointer({ bind(descriptor, $0, $1) }) == 0 else { throw Self.bindFailure(path, errno) }
        }
        bound = true
        guard chmod(path, 0o660) == 0 else { throw .system(operation: "chmod", errorNumber: errno) }
        var facts = stat()
        guard lstat(path, &facts) == 0 else { throw .system(operation: "lstat", errorNumber: errno) }
        guard listen(descriptor, Int32(ControlLimits.arrivalsMax)) == 0 else {
            throw .system(operation: "listen", errorNumber: errno)
        }
        opened = true
        self.descriptor = descriptor
        self.path = path
        device = UInt(facts.st_dev)
        inode = UInt(facts.st_ino)
    }

    /// Closes the socket and removes its file, unless another file lies there by now.
    func close() {
        var facts = stat()
        if lstat(path, &facts) == 0, UInt(facts.st_dev) == device, UInt(facts.st_ino) == inode { unlink(path) }
        Glibc.close(descriptor)
    }

    private static func removeStale(_ path: String, _ address: UnixAddress) throws(ControlServerError) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            if errno == ENOENT { return }
            throw bindFailure(path, errno)
        }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = makeStreamSocket()
        guard probe >= 0 else { throw .system(operation: "socket", errorNumber: errno) }
        defer { Glibc.close(probe) }
        if address.withPointer({ connect(probe, $0, $1) }) == 0 {
            throw .anotherAnswers(path: path, process: Peer(of: probe)?.process)
        }
        switch errno {
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else { throw bindFailure(path, errno) }
        case ENOENT: return
        case EAGAIN, EPROTOTYPE:
            // Its queue is full, or it is a socket of another kind: somebody lives there all the same.
            throw .anotherAnswers(path: path, process: nil)
        default: throw bindFailure(path, errno)
        }
    }

    private static func bindFailure(_ path: String, _ errorNumber: Int32) -> ControlServerError {
        switch errorNumber {
        case ENOENT, ENOTDIR: .directoryMissing(path: path)
        case EACCES, EPERM, EROFS: .notPermitted(path: path)
        default: .system(operation: "bind", errorNumber: errorNumber)
        }
    }
}
