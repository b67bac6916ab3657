// A terminal taken over for a while: the other screen, keys one by one, and everything given back at the end.

import Glibc
import Synchronization

/// A terminal in its alternate screen. Whatever ends the process by a signal that can be caught gives it back first.
final class LiveScreen {
    private let before: termios
    private let input: Int32
    private let output: Int32

    /// A key, or that none came.
    enum Key: Equatable {
        case character(UInt8)
        /// The time was up.
        case none
        /// The terminal is gone, or a signal asked to end.
        case end
    }

    /// Set by SIGINT, SIGTERM and SIGHUP.
    private static let isEnding = Atomic<Bool>(false)

    /// Takes the terminal; `nil` when the descriptors are none.
    init?(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
        guard isatty(input) == 1, isatty(output) == 1 else { return nil }
        var state = termios()
        guard tcgetattr(input, &state) == 0 else { return nil }
        before = state
        self.input = input
        self.output = output
        for signalNumber in [SIGINT, SIGTERM, SIGHUP] {
            signal(signalNumber) { _ in LiveScreen.isEnding.store(true, ordering: .relaxed) }
        }
        // A resize interrupts the wait for a key, so that the picture is drawn anew at once.
        signal(SIGWINCH) { _ in }
        state.c_lflag &= ~tcflag_t(ICANON | ECHO)
        _ = tcsetattr(input, TCSANOW, &state)
        write("\u{1B}[?1049h\u{1B}[?25l")
    }

    /// Gives the terminal back.
    func close() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        var state = before
        _ = tcsetattr(input, TCSANOW, &state)
    }

    /// Columns and lines; 80 by 24 where the terminal does not say.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws a picture over the last one, without a flicker: line by line, each cleared behind its end.
    func draw(_ lines: [String]) {
        var text = "\u{1B}[H"
        for (index, line) in lines.enumerated() {
            text += line + "\u{1B}[K" + (index < lines.count - 1 ? "\r\n" : "")
        }
        write(text + "\u{1B}[J")
    }

    /// Waits for a key.
    func key(milliseconds: Int32) -> Key {
        if Self.isEnding.load(ordering: .relaxed) { return .end }
        var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        let ready = poll(&descriptor, 1, milliseconds)
        if Self.isEnding.load(ordering: .relaxed) { return .end }
        guard ready > 0 else { return .none }
        var byte: UInt8 = 0
        let count = read(input, &byte, 1)
        if count == 1 { return byte == 3 || byte == 4 ? .end : .character(byte) }
        return count == 0 || errno != EINTR ? .end : .none
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(output, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count > 0 { written += count } else if errno != EINTR { return }
        }
    }
}
