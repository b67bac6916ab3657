// Work on the agent's files as their owner: what root leaves there, the agent cannot open.

import Glibc

/// The user to whom a state directory belongs.
public enum StateOwner {
    /// Becomes that user, for good, when this process is root; nothing otherwise.
    ///
    /// - Throws: `.unfitDirectory` when there is no such folder, or the user cannot be become; `.unreadable`.
    public static func become(_ folder: String) throws(StorageError) {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw .noDirectory(folder, errno)
        }
        guard geteuid() == 0, status.st_uid != 0 else { return }
        guard setgroups(0, nil) == 0, setgid(status.st_gid) == 0, setuid(status.st_uid) == 0 else {
            throw .unfitDirectory(path: folder, .belongsTo(owner: status.st_uid, processRunsAs: geteuid()))
        }
    }
}
