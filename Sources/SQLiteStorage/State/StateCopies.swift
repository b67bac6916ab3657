// Copies of a state's files that are looked at and thrown away.

import Glibc

/// Makes and removes copies.
enum StateCopies {
    private static let prefix = ".check-"

    /// A folder for copies with that much room: on the state's own disk, else where temporary files are.
    static func place(for bytes: Int, inMemory: Bool, beside folder: String) throws(StorageError) -> String {
        for parent in inMemory ? ["/dev/shm", "/run"] : [folder, "/var/tmp", "/tmp"] {
            guard (try? Disk.requireRoom(for: bytes, in: parent)) != nil else { continue }
            var template = Array("\(parent)/\(prefix)\(getpid())-XXXXXX".utf8CString)
            let made = template.withUnsafeMutableBufferPointer { room in
                room.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
            if let made { return made }
        }
        throw .full(path: folder)
    }

    /// Copies a file to one that is not there yet; nothing when there is none. `known` is the file, open already.
    static func copy(_ path: String, to target: String, from known: Int32?) throws(StorageError) {
        let source = known ?? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard source >= 0 else {
            if errno == ENOENT { return }
            throw .unreadable(path: path, cause: StorageError.text(ofSystemError: errno))
        }
        defer { if known == nil { close(source) } }
        let copy = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard copy >= 0 else { throw .unreadable(path: target, cause: StorageError.text(ofSystemError: errno)) }
        defer { close(copy) }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var place: off_t = 0
        while true {
            let count = pread(source, &chunk, chunk.count, place)
            if count == 0 { return }
            guard count > 0 else {
                throw .corrupt(path: path, message: StorageError.text(ofSystemError: errno))
            }
            var written = 0
            while written < count {
                let more = chunk.withUnsafeBytes { write(copy, $0.baseAddress.map { $0 + written }, count - written) }
                guard more > 0 else {
                    if errno == EINTR { continue }
                    throw errno == ENOSPC
                        ? .full(path: target)
                        : .unreadable(path: target, cause: StorageError.text(ofSystemError: errno))
                }
                written += more
            }
            place += off_t(count)
        }
    }

    /// Removes a folder of copies.
    static func remove(_ place: String) {
        for name in Disk.names(in: place, beginning: "") where name != "." && name != ".." {
            unlink("\(place)/\(name)")
        }
        rmdir(place)
    }

    /// Removes copies of checks that were killed.
    static func sweep(_ folder: String) {
        for parent in [folder, "/var/tmp", "/tmp", "/dev/shm", "/run"] {
            for name in Disk.names(in: parent, beginning: prefix) {
                let process = name.dropFirst(prefix.count).prefix { $0 != "-" }
                if let process = Int32(process), kill(process, 0) != 0, errno == ESRCH { remove("\(parent)/\(name)") }
            }
        }
    }
}
