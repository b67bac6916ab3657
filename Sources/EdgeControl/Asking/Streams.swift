// Standard input, output and error, or what stands for them in a test.

import Glibc

/// Where a command reads and writes.
struct Streams {
    /// Whether standard output is a terminal.
    var isTerminal = false
    /// Whether somebody sits at standard input.
    var isInteractive = false
    /// Whether standard error is a terminal, for words that only matter while somebody waits.
    var tellsProgress = false
    /// The terminal's size; `nil` without one.
    var size: () -> (columns: Int, rows: Int)? = { nil }
    /// Writes to standard output.
    let write: (String) -> Void
    /// Writes to standard error.
    let complain: (String) -> Void
    /// Reads a line; `nil` at the end.
    let readLine: () -> String?

    /// This process's own streams. Output that cannot be written, because a disk is full, ends the process with exit
    /// status 1; a reader that goes away, as `head` does, ends it quietly.
    static func standard() -> Streams {
        Streams(
            isTerminal: isatty(STDOUT_FILENO) == 1, isInteractive: isatty(STDIN_FILENO) == 1,
            tellsProgress: isatty(STDERR_FILENO) == 1, size: terminalSize,
            write: { text in
                switch put(text, to: STDOUT_FILENO) {
                case 0: break
                case EPIPE: exit(0)
                case let number:
                    put("edgectl: \(String(cString: strerror(number)))\n", to: STDERR_FILENO)
                    exit(ExitStatus.fault.rawValue)
                }
            },
            complain: { put($0, to: STDERR_FILENO) }, readLine: { Swift.readLine() })
    }

    private static func terminalSize() -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes all of a text. Returns 0, or the number of the error that kept it from it.
    @discardableResult
    private static func put(_ text: String, to descriptor: Int32) -> Int32 {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
