// A folder for one test's real files, gone when the test is over.

import Glibc
import SQLiteStorage

final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/store-edge-storage-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = mkdtemp(start) else { return "/nowhere" }
            return String(cString: made)
        }
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        for name in names(in: path) where unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        rmdir(path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    var names: [String] { Self.names(in: path) }

    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The state of a folder's database files, as a power cut would leave it, under another name.
    func copyImage(of name: String, to copy: String) {
        Self.copyImage(in: path, of: name, to: copy)
    }

    static func copyImage(in folder: String, of name: String, to copy: String) {
        for suffix in ["", "-wal"] where access(folder + "/" + name + suffix, F_OK) == 0 {
            write(bytes(of: folder + "/" + name + suffix), to: folder + "/" + copy + suffix)
        }
    }

    func bytes(_ name: String) -> [UInt8] { Self.bytes(of: file(name)) }

    func write(_ bytes: [UInt8], to name: String) { Self.write(bytes, to: file(name)) }

    private static func bytes(of path: String) -> [UInt8] {
        guard let stream = fopen(path, "rb") else { return [] }
        defer { fclose(stream) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { return result }
            result += buffer[..<count]
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let stream = fopen(path, "wb") else { return }
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
    }
}

/// The kind of storage error that `body` throws, nil when it throws none.
func storageErrorCode<Result>(_ body: () throws -> Result) -> String? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? StorageError)?.code ?? "\(error)"
    }
}

/// Runs `body` with another user's rights on files. Root reads everything, so this thread gives that up for a moment;
/// who is not root has no such rights in the first place.
func asStrangerToFiles<Result>(_ body: () -> Result) -> Result {
    typealias SetUser = @convention(c) (UInt32) -> Int32
    guard geteuid() == 0, let symbol = dlsym(nil, "setfsuid") else { return body() }
    let setUser = unsafeBitCast(symbol, to: SetUser.self)
    _ = setUser(65_534)
    defer { _ = setUser(0) }
    return body()
}
