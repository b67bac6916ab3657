// The digest that vouches for a backup, in a file beside it.

import CustomerVault
import Glibc
import SQLiteStorage

enum BackupDigest {
    /// Writes the digest of a backup as `sha256sum -c` reads it. Returns whether it is there.
    static func write(of file: String) -> Bool {
        let opened = open(file, O_RDONLY | O_CLOEXEC)
        defer { if opened >= 0 { close(opened) } }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        guard opened >= 0, let digest = try? SHA256Digest.hexadecimal(ofFile: opened) else { return false }
        return SmallFileWriter.write("\(digest)  \(name)\n", to: BackupFolder.digestFile(of: file))
    }
}
