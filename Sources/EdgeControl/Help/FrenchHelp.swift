// What the parser of arguments writes by itself around our texts of help, in French.

/// Turns a finished page of help into a French one.
enum FrenchHelp {
    /// Sentences of the parser's own. They stand in completion scripts too, within quotes: so no apostrophes.
    private static let sentences = [
        ("Show help information.", "Afficher cette aide."), ("Show the version.", "Afficher la version."),
        ("Show subcommand help information.", "Afficher une aide plus précise."),
    ]

    private static let headings = [
        "ARGUMENTS:": "ARGUMENTS :", "OPTIONS:": "OPTIONS :", "SUBCOMMANDS:": "SOUS-COMMANDES :",
    ]

    /// Where the parser lets texts begin beside names.
    private static let column = 26

    /// The page in French. What is no page of help, as a version or a completion script, keeps its lines.
    ///
    /// - Parameters:
    ///   - text: of at most `width` columns.
    ///   - width: which the French page keeps too.
    static func page(_ text: String, width: Int) -> String {
        var text = text
        for (english, french) in sentences { text = text.replacing(english, with: french) }
        guard text.hasPrefix("OVERVIEW: ") else { return text }
        var lines: [String] = []
        var entry: Entry?
        func finishEntry() {
            if let entry { lines += entry.lines(width: width) }
            entry = nil
        }
        var isInEntries = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if isInEntries, let continuation = Entry.continuation(line), entry != nil {
                entry?.text.append(continuation)
                continue
            }
            finishEntry()
            if let heading = headings[line] {
                isInEntries = true
                lines.append(heading)
            } else if isInEntries, let begun = Entry(line) {
                entry = begun
            } else {
                if line.isEmpty { isInEntries = false }
                lines.append(french(line))
            }
        }
        finishEntry()
        return lines.joined(separator: "\n")
    }

    /// Lines that are the parser's own.
    private static func french(_ line: String) -> String {
        for (english, french) in [("OVERVIEW: ", "APERÇU : "), ("USAGE: ", "USAGE : ")] where line.hasPrefix(english) {
            return french + line.dropFirst(english.count).replacing("<subcommand>", with: "<sous-commande>")
        }
        if let command = line.between("  See '", "' for detailed help.") {
            return "  Plus de détails : " + command.replacing("<subcommand>", with: "<sous-commande>")
        }
        return line
    }

    /// A name with the text beside it.
    private struct Entry {
        let name: String
        /// As the parser broke it.
        var text: [String]

        init?(_ line: String) {
            guard line.hasPrefix("  "), line.dropFirst(2).first.map({ $0 != " " }) == true else { return nil }
            let name = String(line.prefix(column))
            let text = String(line.dropFirst(column))
            // A long name has a line of its own, with a blank in it wherever that falls.
            if name.hasSuffix(" "), !text.isEmpty, !text.hasPrefix("<") {
                self.name = name.trimmedRight.replacing(" (default)", with: " (par défaut)")
                self.text = [text]
            } else {
                self.name = line.replacing(" (default)", with: " (par défaut)")
                self.text = []
            }
        }

        /// The rest of a text in a further line.
        static func continuation(_ line: String) -> String? {
            let indent = String(repeating: " ", count: column)
            guard line.hasPrefix(indent), line.count > column else { return nil }
            return String(line.dropFirst(column))
        }

        func lines(width: Int) -> [String] {
            let text = FrenchHelp.defaults(self.text.joined(separator: " ")).wrappedInFrench(to: width - column)
            guard !self.text.isEmpty else { return [name] }
            let indent = String(repeating: " ", count: column)
            guard name.count < column else { return [name] + text.map { indent + $0 } }
            return text.enumerated().map {
                $0.offset == 0 ? name + indent.dropFirst(name.count) + $0.element : indent + $0.element
            }
        }
    }

    /// A text whose values and default, which the parser adds at its end, are told in French.
    private static func defaults(_ text: String) -> String {
        guard text.hasSuffix(")") else { return text }
        for (english, french) in [("(values: ", "(valeurs : "), ("(default: ", "(par défaut : ")] {
            guard let start = text.ranges(of: english).last else { continue }
            return text[..<start.lowerBound] + french
                + text[start.upperBound...].replacing("; default: ", with: " ; par défaut : ")
        }
        return text
    }
}

extension String {
    /// What stands between a beginning and an end, if this has both.
    func between(_ beginning: String, _ end: String) -> String? {
        guard hasPrefix(beginning), hasSuffix(end), count >= beginning.count + end.count else { return nil }
        return String(dropFirst(beginning.count).dropLast(end.count))
    }

    /// This in lines, as `wrapped(to:)`, none of which begins with a sign that French parts by a blank from its word.
    func wrappedInFrench(to width: Int) -> [String] {
        var text = self
        for sign in [":", ";", "!", "?", "»"] { text = text.replacing(" \(sign)", with: "\u{A0}\(sign)") }
        return text.replacing("« ", with: "«\u{A0}").wrapped(to: width).map { $0.replacing("\u{A0}", with: " ") }
    }

    /// This without blanks at its end.
    var trimmedRight: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
