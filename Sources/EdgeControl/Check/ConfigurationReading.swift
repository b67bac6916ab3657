// The agent's configuration as the tool finds it, and small files of the machine.

import Contract
import Glibc
import ShopModel

/// What became of reading the agent's configuration.
enum ConfigurationReading: Sendable {
    case read(Configuration)
    /// There is no such file.
    case missing
    /// This user may not read it.
    case forbidden
    /// It is no configuration.
    case invalid(Refusal)
    /// The disk or something else stood in the way.
    case unreadable(errorNumber: Int32)

    init(_ path: String) {
        guard let bytes = SmallFile.bytes(path, max: 1 << 20) else {
            self =
                switch errno {
                case ENOENT, ENOTDIR: .missing
                case EACCES, EPERM: .forbidden
                default: .unreadable(errorNumber: errno)
                }
            return
        }
        do throws(Refusal) { self = .read(try Configuration(bytes)) } catch { self = .invalid(error) }
    }

    /// The configuration, when it could be read.
    var configuration: Configuration? { if case .read(let configuration) = self { configuration } else { nil } }
}

/// Small files and folders.
enum SmallFile {
    /// The bytes of a file, at most `max`; nil with `errno` when it cannot be read.
    static func bytes(_ path: String, max: Int) -> [UInt8]? {
        // Without waiting: a pipe in a file's place must not hold the check.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while content.count < max {
            let count = read(file, &chunk, min(chunk.count, max - content.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            content += chunk[..<count]
        }
        return content
    }

    /// The names in a folder without `.` and `..`, sorted; none when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// What an `errno` means, in the system's words.
    static func text(ofSystemError number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
