// Files as the disk has them: synced, renamed for good, room for them.

import Glibc

/// Acts on files that must outlive a loss of power.
enum Disk {
    /// Waits until a file's bytes, or a folder's names, are on the disk.
    static func sync(_ path: String) throws(StorageError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path: path, cause: StorageError.text(ofSystemError: errno)) }
        defer { close(file) }
        guard fsync(file) == 0 else {
            throw .syncFailed(path: path, cause: StorageError.text(ofSystemError: errno))
        }
    }

    /// Renames a file; the new name replaces what had it, and outlives a loss of power.
    static func rename(_ path: String, to new: String) throws(StorageError) {
        guard Glibc.rename(path, new) == 0 else {
            throw .unreadable(path: path, cause: StorageError.text(ofSystemError: errno))
        }
        try sync(new.droppingLastComponent)
    }

    /// Refuses when a folder has not so much room, and 16 MiB besides for the work that goes on.
    static func requireRoom(for bytes: Int, in folder: String) throws(StorageError) {
        var system = statvfs()
        guard statvfs(folder, &system) == 0 else {
            throw .unreadable(path: folder, cause: StorageError.text(ofSystemError: errno))
        }
        guard Int(clamping: system.f_bavail) * Int(system.f_frsize) >= bytes + (16 << 20) else {
            throw .full(path: folder)
        }
    }

    /// The size of a file in bytes; nil when there is none.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// The names in a folder that begin so, sorted.
    static func names(in path: String, beginning prefix: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(prefix) { names.append(name) }
        }
        return names.sorted()
    }
}
