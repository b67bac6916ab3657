// Causes and mends in lines of a terminal, whose commands can be copied whole: none is broken where a shell would not see it.

/// Text with commands in it.
enum CommandLines {
    /// What a command in our sentences begins with.
    private static let beginnings: Set<String> = [
        "sudo", "edgectl", "journalctl", "systemctl", "timedatectl", "chronyc", "openssl", "ip", "ps",
    ]

    /// The text in lines of at most `width` columns.
    ///
    /// A command stays in one line; one that is longer than a line goes on behind `\`, as shells take it.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        func end() {
            if !line.isEmpty { lines.append(line) }
            line = ""
        }
        for piece in pieces(of: text) {
            if !line.isEmpty, line.count + 1 + piece.count <= width {
                line += " " + piece
                continue
            }
            end()
            guard piece.count > width, piece.contains(" ") else {
                // A long word alone is cut, as everywhere.
                let parts = piece.wrapped(to: width)
                lines += parts.dropLast()
                line = parts.last ?? ""
                continue
            }
            let parts = piece.wrapped(to: width - 2)
            lines += parts.dropLast().map { $0 + " \\" }
            line = parts.last ?? ""
        }
        end()
        return lines.isEmpty ? [""] : lines
    }

    /// Words, and commands as one piece each. A command ends where its quotation does, or the sentence around it goes on.
    static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var command: [Substring] = []
        var isQuoted = false
        func end() {
            if !command.isEmpty { pieces.append(command.joined(separator: " ")) }
            command = []
        }
        for word in text.split(separator: " ") {
            let bare = word.drop { $0 == "(" }
            guard !command.isEmpty || beginnings.contains(String(bare)) else {
                pieces.append(String(word))
                continue
            }
            command.append(word)
            let last = word.drop { $0 == "'" }.reversed().first { !";,:.)".contains($0) }
            if !isQuoted, word.hasPrefix("'") { isQuoted = true }
            if isQuoted, last == "'" {
                isQuoted = false
                end()
            } else if !isQuoted, let sign = word.last, ";,:.)".contains(sign) {
                end()
            }
        }
        end()
        return pieces
    }
}
