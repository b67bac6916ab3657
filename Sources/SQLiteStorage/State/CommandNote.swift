// A note of the command that is being decided, which the next start finds when this process dies (DESIGN §6).

import EdgeAgent
import Glibc
import Synchronization

/// A page of the file `deciding`, shared with the kernel: writing to it is writing to memory, and the page outlives
/// the process. It need not outlive the machine.
///
/// Byte 0 is the number of bytes noted, 0 for none; they follow. The number is stored last when a note is made and
/// first when it is cleared, so that a death in between leaves no note rather than half of one.
public final class CommandNote: DecidingNote {
    /// What was noted when the process died last.
    public let found: [UInt8]?

    private static let pageBytes = 4_096
    private let page: UnsafeMutableRawPointer
    private let length: UnsafeMutablePointer<Atomic<UInt8>>

    /// Maps the file, made when there is none, and reads what the last process left in it.
    ///
    /// - Throws: `.unreadable`, `.readOnly`, `.full`.
    public init(in directory: StateDirectory) throws(StorageError) {
        let path = directory.file("deciding")
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.error(errno, path) }
        defer { close(descriptor) }
        // Allocated now: touching a page that the disk has no room for would end the process with a signal.
        let allocated = posix_fallocate(descriptor, 0, Self.pageBytes)
        guard allocated == 0 else { throw Self.error(allocated, path) }
        let mapped = mmap(nil, Self.pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else { throw Self.error(errno, path) }
        page = mapped
        length = mapped.bindMemory(to: Atomic<UInt8>.self, capacity: 1)
        let count = Int(length.pointee.load(ordering: .acquiring))
        found = count == 0 ? nil : Array(UnsafeRawBufferPointer(start: mapped + 1, count: count))
        length.pointee.store(0, ordering: .releasing)
    }

    deinit { munmap(page, Self.pageBytes) }

    /// Notes the digest of the command about to be decided; of one longer than 255 bytes, the beginning.
    public func begin(_ digest: [UInt8]) {
        length.pointee.store(0, ordering: .sequentiallyConsistent)
        let count = min(digest.count, Int(UInt8.max))
        digest.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { (page + 1).copyMemory(from: start, byteCount: count) }
        }
        length.pointee.store(UInt8(truncatingIfNeeded: count), ordering: .sequentiallyConsistent)
    }

    /// Clears the note.
    public func end() { length.pointee.store(0, ordering: .releasing) }

    private static func error(_ cause: Int32, _ path: String) -> StorageError {
        switch cause {
        case ENOSPC, EDQUOT: .full(path: path)
        case EROFS: .readOnly(path: path)
        default: .unreadable(path: path, cause: StorageError.text(ofSystemError: cause))
        }
    }
}

@available(*, unavailable)
extension CommandNote: Sendable {}
