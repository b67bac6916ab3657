// Rows in columns. What does not fit is carried on in the next line of its cell: nothing is cut off.

/// A table for people.
struct Table {
    /// A column.
    struct Column {
        /// Its heading.
        let title: String
        /// Numbers stand at the right.
        let isNumber: Bool

        init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    init(_ columns: Column...) { self.columns = columns }

    /// Adds a row, a cell for each column.
    mutating func add(_ cells: [String]) { rows.append(cells.map(\.printableLine)) }

    /// Adds a row, a cell for each column.
    mutating func add(_ cells: String...) { add(cells) }

    private static let gap = 2
    private static let columnMin = 8

    /// The heading and the rows.
    func lines(width: Int) -> [String] {
        var widths = columns.indices.map { column in
            max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
        }
        // The widest column gives way, a character at a time, until all fit.
        while widths.reduce(Self.gap * (columns.count - 1), +) > width {
            guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.columnMin
            else { break }
            widths[widest] -= 1
        }
        return ([columns.map { $0.title.uppercased() }] + rows).flatMap { row(cells: $0, widths) }
    }

    private func row(cells: [String], _ widths: [Int]) -> [String] {
        let wrapped = cells.indices.map { cells[$0].wrapped(to: widths[$0]) }
        return (0..<(wrapped.map(\.count).max() ?? 0)).map { line in
            var text = ""
            for column in columns.indices {
                let cell = line < wrapped[column].count ? wrapped[column][line] : ""
                let fill = String(repeating: " ", count: max(0, widths[column] - cell.count))
                text += columns[column].isNumber ? fill + cell : cell + fill
                if column < columns.count - 1 { text += String(repeating: " ", count: Self.gap) }
            }
            while text.last == " " { text.removeLast() }
            return text
        }
    }
}
