// The folder of backups: how they are named, which are kept, and how one is known to be whole.

import Glibc
import ShopModel

/// A backup of the ledger.
public struct Backup: Equatable, Sendable {
    /// The file.
    public let path: String
    /// When it was made.
    public let madeAt: Instant
    /// Its size in bytes.
    public let bytes: Int
}

/// `backups` in the state directory.
///
/// A backup is one file, `ledger-20261122T021300Z.db`, and its digest beside it, as `sha256sum -c` reads it. The digest is
/// written when the backup has been looked through and is on the disk: a file without one is not a backup.
public struct BackupFolder: Sendable {
    /// The newest of each of the latest days on which one was made.
    public static let daysMax = 7
    /// The newest of each of the latest weeks in which one was made.
    public static let weeksMax = 4
    /// The folder.
    public let path: String

    /// Of a state directory; it need not exist yet.
    public init(of stateDirectory: String) { path = stateDirectory + "/backups" }

    /// Makes the folder if there is none, for its owner alone, and removes what a backup that was cut off left there.
    public func prepare() throws(StorageError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            switch errno {
            case ENOSPC, EDQUOT: throw .full(path: path)
            case EROFS: throw .readOnly(path: path)
            default: throw .unreadable(path: path, cause: StorageError.text(ofSystemError: errno))
            }
        }
        for name in Disk.names(in: path, beginning: "ledger-") where name.hasSuffix(".part") {
            unlink("\(path)/\(name)")
        }
    }

    /// The file of a backup made at a moment.
    public func file(at moment: Instant) -> String {
        let text = moment.description.filter { $0 != "-" && $0 != ":" }
        return "\(path)/ledger-\(text.prefix(15))Z.db"
    }

    /// Where a backup's digest lies.
    public static func digestFile(of backup: String) -> String { backup + ".sha256" }

    /// The whole backups, the newest first.
    public var backups: [Backup] {
        Disk.names(in: path, beginning: "ledger-").reversed().compactMap { name in
            let file = "\(path)/\(name)"
            guard name.hasSuffix(".db"), let madeAt = Self.moment(of: name), let bytes = Disk.size(of: file),
                Disk.size(of: Self.digestFile(of: file)) != nil
            else { return nil }
            return Backup(path: file, madeAt: madeAt, bytes: bytes)
        }
    }

    /// The moment in a backup's name.
    static func moment(of name: String) -> Instant? {
        let digits = Array(name.dropFirst("ledger-".count).prefix(15))
        guard digits.count == 15 else { return nil }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return Instant(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }

    /// Removes the backups that are neither the newest of one of the latest days nor of one of the latest weeks.
    ///
    /// - Parameter made: the file of the backup just made. It stays, whatever a clock that is behind calls it.
    public func rotate(keeping made: String) {
        let all = backups
        let kept = Set(Self.kept(all.map(\.madeAt)))
        for backup in all where !kept.contains(backup.madeAt.milliseconds) && backup.path != made {
            unlink(Self.digestFile(of: backup.path))
            unlink(backup.path)
        }
        MigrationCopy.forgetOld(in: path.droppingLastComponent)
    }

    /// Which of some moments are kept, in milliseconds; days and weeks (from Monday) are those of UTC.
    static func kept(_ moments: [Instant]) -> [Int64] {
        let newestFirst = moments.map(\.milliseconds).sorted(by: >)
        let day: Int64 = 86_400_000
        func newest(ofEach period: (Int64) -> Int64, most: Int) -> [Int64] {
            var seen: [Int64] = []
            return newestFirst.filter { moment in
                guard seen.count < most, !seen.contains(period(moment)) else { return false }
                seen.append(period(moment))
                return true
            }
        }
        // The first of January 1970 was a Thursday.
        return newest(ofEach: { $0 / day }, most: daysMax) + newest(ofEach: { ($0 / day + 3) / 7 }, most: weeksMax)
    }
}
