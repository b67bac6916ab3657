// What is asked of the disk itself. It runs in a process of its own: a dead disk keeps whoever asks it, even from dying.

import ArgumentParser
import Glibc

/// Looks at a folder's file system.
enum DiskProbe {
    enum Part: String, CaseIterable, ExpressibleByArgument {
        /// Room and inodes, and whether the disk answers at all.
        case space
        /// Whether it takes writes, and how long a commit lasts.
        case write
    }

    /// What was found: a number for each name. A failed call is named with its `errno`.
    typealias Figures = [String: Int]

    /// Asks the disk, in a child of this tool where there is one.
    ///
    /// - Returns: what was found; `hung` when no end was seen in time, with what was known until then.
    static func ask(_ part: Part, of folder: String, _ context: CheckContext) -> Figures {
        context.shared("disk.\(part.rawValue)") {
            guard let tool = context.tool else {
                var figures: Figures = [:]
                look(part, at: folder) { figures[$0] = $1 }
                return figures
            }
            let run = ToolRun.run(tool, ["probe-disk", part.rawValue, folder], seconds: 8)
            var figures: Figures = [:]
            for line in run.lines {
                let words = line.split(separator: " ")
                if words.count == 2, let number = Int(words[1]) { figures[String(words[0])] = number }
            }
            if run.ending == .timedOut { figures["hung"] = 1 }
            return figures
        }
    }

    /// Asks the disk here and now.
    static func look(_ part: Part, at folder: String, tell: (String, Int) -> Void) {
        switch part {
        case .space: space(folder, tell)
        case .write: write(folder, tell)
        }
    }

    /// Room at a folder; while it is missing, at the nearest one above it that is there.
    private static func space(_ wanted: String, _ tell: (String, Int) -> Void) {
        var folder = wanted
        var facts = stat()
        var above = 0
        while stat(folder, &facts) != 0 || facts.st_mode & S_IFMT != S_IFDIR {
            guard let parent = parent(of: folder) else { break }
            folder = parent
            above += 1
        }
        tell("above", above)
        var system = statvfs()
        guard statvfs(folder, &system) == 0 else { return tell("failed", Int(errno)) }
        let block = Int(system.f_frsize)
        tell("bytes", Int(clamping: system.f_blocks) * block)
        tell("bytesFree", Int(clamping: system.f_bavail) * block)
        tell("inodes", Int(clamping: system.f_files))
        tell("inodesFree", Int(clamping: system.f_favail))
        tell("readOnly", system.f_flag & UInt(ST_RDONLY) != 0 ? 1 : 0)
        // Names and sizes may be asked of the disk where all of this was remembered.
        guard let names = opendir(folder) else { return }
        defer { closedir(names) }
        while let entry = readdir(names) {
            _ = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { fstatat(dirfd(names), $0, &facts, 0) }
            }
        }
        tell("listed", 1)
    }

    /// The folder in which a folder or file lies; nil above the root.
    static func parent(of path: String) -> String? {
        guard path.utf8.count > 1, let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Writes a page and syncs it, seven times, in a file that has no name any more when it is written to.
    private static func write(_ folder: String, _ tell: (String, Int) -> Void) {
        let path = "\(folder)/.check-\(getpid())"
        let file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return tell("failed", Int(errno)) }
        defer { close(file) }
        unlink(path)
        let page = [UInt8](repeating: 0x65, count: 4_096)
        for number in 1...7 {
            let began = monotonicMicroseconds()
            let count = pwrite(file, page, page.count, off_t(number * page.count))
            guard count == page.count else { return tell("failed", Int(count < 0 ? errno : ENOSPC)) }
            guard fdatasync(file) == 0 else { return tell("failed", Int(errno)) }
            tell("sync\(number)", monotonicMicroseconds() - began)
        }
    }

    private static func monotonicMicroseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }
}

/// The probe's process.
struct ProbeDiskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe-disk", abstract: "Ask a folder's disk, for edgectl check.", shouldDisplay: false)

    @Argument var part: DiskProbe.Part
    @Argument var folder: String

    func run() {
        DiskProbe.look(part, at: folder) { name, number in
            // At once: what comes next may never end.
            let line = Array("\(name) \(number)\n".utf8)
            line.withUnsafeBytes { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        }
    }
}
