// The one renderer of answers for people: titles, facts, tables and steps, never wider than a terminal.

/// An answer for people.
struct Page {
    /// Columns of the narrowest terminal that everybody has.
    static let widthMax = 80
    /// Below this a page cannot be laid out; a narrower terminal breaks the lines itself.
    static let widthMin = 40

    private var blocks: [Block] = []

    private enum Block {
        case title(String)
        case facts([(String, String)])
        case table(Table)
        case paragraph(String, indent: Int, hanging: Int)
        case verbatim(String)
        case blank
    }

    /// A heading, with an empty line before it unless it is the first.
    mutating func title(_ text: String) {
        if !blocks.isEmpty { blocks.append(.blank) }
        blocks.append(.title(text.printableLine))
    }

    /// Names with their values beside them.
    mutating func facts(_ facts: [(String, String)]) {
        blocks.append(.facts(facts.map { ($0.0.printableLine, $0.1.printableLine) }))
    }

    /// A table; what to say instead when it has no rows.
    mutating func table(_ table: Table, whenEmpty: String? = nil) {
        if table.rows.isEmpty {
            if let whenEmpty { paragraph(whenEmpty) }
        } else {
            blocks.append(.table(table))
        }
    }

    /// A text, broken at blanks.
    ///
    /// - Parameters:
    ///   - indent: blanks before its first line.
    ///   - hanging: more blanks before the lines that follow.
    mutating func paragraph(_ text: String, indent: Int = 0, hanging: Int = 0) {
        blocks.append(.paragraph(text.printableLine, indent: indent, hanging: hanging))
    }

    /// Lines as they are, less what a terminal would take as an order.
    mutating func verbatim(_ text: String) { blocks.append(.verbatim(text.printable)) }

    /// What to type next. It stands in one line, so that it can be copied whole: in one of its own when the label and
    /// it are too long together.
    mutating func command(_ label: String, _ command: String) {
        guard label.count + command.count > Self.widthMax else { return verbatim(label + command) }
        paragraph(label)
        verbatim("  " + command)
    }

    /// An empty line.
    mutating func blank() { blocks.append(.blank) }

    /// The page as lines of at most `width` characters, each ended.
    func text(width: Int) -> String {
        var lines: [String] = []
        for block in blocks {
            switch block {
            case .title(let text): lines += text.wrapped(to: width)
            case .facts(let facts): lines += Self.lines(facts, width)
            case .table(let table): lines += table.lines(width: width)
            case .paragraph(let text, let indent, let hanging):
                let room = max(16, width - indent - hanging)
                for (index, line) in text.wrapped(to: room).enumerated() {
                    lines.append(String(repeating: " ", count: index == 0 ? indent : indent + hanging) + line)
                }
            case .verbatim(let text): lines += text.split(separator: "\n").map(String.init)
            case .blank: lines.append("")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ facts: [(String, String)], _ width: Int) -> [String] {
        let names = facts.map(\.0.count).max() ?? 0
        var lines: [String] = []
        for (name, value) in facts {
            for (index, line) in value.wrapped(to: max(16, width - names - 2)).enumerated() {
                let left = index == 0 ? name : ""
                lines.append(left + String(repeating: " ", count: names - left.count + 2) + line)
            }
        }
        return lines
    }
}

extension String {
    /// This in lines of at most `width` characters, broken at blanks where there are some; never empty.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            var word = word
            if !line.isEmpty, line.count + 1 + word.count <= width {
                line += " " + word
                continue
            }
            if !line.isEmpty { lines.append(line) }
            while word.count > width {
                lines.append(String(word.prefix(width)))
                word = word.dropFirst(width)
            }
            line = String(word)
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }
}
