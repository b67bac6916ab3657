// Small files, and words to a person on standard error.

import Glibc

/// Why a command ends without having done its work: the cause and the mend.
struct Problem: Error, CustomStringConvertible {
    let exitCode: Int32
    let description: String

    init(_ description: String, exitCode: Int32 = 1) {
        self.description = description
        self.exitCode = exitCode
    }
}

/// Reads a whole file; `-` is standard input.
func bytes(ofFile path: String) throws(Problem) -> [UInt8] {
    let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
        throw Problem(
            "\(path) cannot be read: \(String(cString: strerror(errno))). Check the path and who may read it.")
    }
    defer { if file != STDIN_FILENO { close(file) } }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw Problem("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        guard count > 0 else { return content }
        content += chunk[..<count]
    }
}

/// A line for a person on standard error.
func say(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

/// Bytes on standard output, at once.
func write(_ text: String, to file: Int32 = STDOUT_FILENO) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { exit(74) }
        rest = rest.dropFirst(count)
    }
}

/// The time by this machine's clock.
func wallClockMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
