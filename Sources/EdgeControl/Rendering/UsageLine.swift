// The line of help that says how a command is used, which the parser of arguments writes as wide as it comes.

/// Breaks lines of usage between options.
enum UsageLine {
    /// A text of help or of wrong use whose line of usage fits a terminal.
    static func wrapped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isUsage = ["USAGE: ", "Usage: ", "USAGE : ", "Usage : "].contains { line.hasPrefix($0) }
            return isUsage && line.count > Page.widthMax ? wrapped(parts(String(line))) : String(line)
        }.joined(separator: "\n")
    }

    /// Words, an option with its value being one.
    private static func parts(_ line: String) -> [String] {
        var parts: [String] = []
        for word in line.split(separator: " ").map(String.init) {
            if let last = parts.last, last.hasPrefix("["), !last.hasSuffix("]") {
                parts[parts.count - 1] = last + " " + word
            } else {
                parts.append(word)
            }
        }
        return parts
    }

    private static func wrapped(_ parts: [String]) -> String {
        var lines = [""]
        for part in parts {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = part
            } else if last.count + 1 + part.count <= Page.widthMax {
                lines[lines.count - 1] += " " + part
            } else {
                lines.append("    " + part)
            }
        }
        return lines.joined(separator: "\n")
    }
}
