// The folder that holds the agent's files, looked at before anything in it is opened.

import Glibc

/// A folder that exists, belongs to the user of this process, and can be written.
///
/// It is never made here: a missing folder is far more often a wrong path, or a disk that is not mounted, than a first
/// start, and an empty ledger in its place would look like a shop without orders.
public struct StateDirectory: Equatable, Sendable {
    /// The path, without a slash at its end.
    public let path: String

    /// Looks at the folder.
    ///
    /// - Parameter path: absolute, or relative to the present folder.
    /// - Throws: `.unfitDirectory` (missing, no directory, another user's), `.unreadable` (no permission), `.readOnly` for a
    ///   file system that is mounted so.
    public init(_ path: String) throws(StorageError) {
        var path = path
        while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        if !path.hasPrefix("/"), !path.hasPrefix(".") { path = "./" + path }
        self.path = path
        try check()
    }

    /// The path of a file in it.
    public func file(_ name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    private func check() throws(StorageError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .noDirectory(path, errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .unfitDirectory(path: path, .isNoDirectory)
        }
        guard status.st_uid == geteuid() else {
            throw .unfitDirectory(path: path, .belongsTo(owner: status.st_uid, processRunsAs: geteuid()))
        }
        guard let folder = opendir(path) else { throw .unreadable(path: path, cause: systemError()) }
        closedir(folder)
        guard faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else {
            if errno == EROFS { throw .readOnly(path: path) }
            throw .unreadable(path: path, cause: systemError())
        }
    }

    private func systemError() -> String { StorageError.text(ofSystemError: errno) }
}
