// Tables as spreadsheets and ERPs write them: comma-separated values (RFC 4180), with a header.

import ShopModel

/// Reads a table with a header, a row at a time.
///
/// Fields may be quoted, a quote within is doubled, and a quoted field may hold line ends. A byte order mark is passed
/// over, and `;` parts the fields when the header has no comma, as French spreadsheets write it. Blank lines are
/// passed over.
public struct CommaSeparated: Sendable {
    /// The columns, as the header names them.
    public let columns: [String]
    private let bytes: [UInt8]
    private let separator: UInt8
    private var place: Int
    private var line = 1

    /// A row, and the line on which it begins, from 1.
    public struct Row: Equatable, Sendable {
        /// The line.
        public let line: Int
        /// The fields, as many as the header has columns.
        public let fields: [String]
    }

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - needed: columns that must be there.
    ///   - known: columns that may be there; any other is refused, since it is probably one of these misspelt.
    /// - Throws: `table.noHeader`, `table.columnMissing`, `table.columnUnknown`, or as `next`.
    public init(_ bytes: [UInt8], needed: [String], known: [String]) throws(Refusal) {
        self.bytes = bytes
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let header = bytes[start...].prefix { $0 != 0x0A && $0 != 0x0D }
        separator = header.contains(UInt8(ascii: ",")) || !header.contains(UInt8(ascii: ";")) ? 0x2C : 0x3B
        place = start
        var columns: [String] = []
        do {
            var reader = Self(bytes, place: start, separator: separator, columns: [])
            if let row = try reader.next() { columns = row.fields.map(Self.trimmed) }
            place = reader.place
            line = reader.line
        }
        guard columns.contains(where: { !$0.isEmpty }) else {
            throw Refusal(.tableNoHeader, [.texts("needed", needed)])
        }
        for name in needed where !columns.contains(name) {
            throw Refusal(.tableColumnMissing, [.text("column", name), .texts("seen", columns)])
        }
        for name in columns where !(needed + known).contains(name) {
            throw Refusal(.tableColumnUnknown, [.text("column", name), .texts("known", needed + known)])
        }
        self.columns = columns
    }

    private init(_ bytes: [UInt8], place: Int, separator: UInt8, columns: [String]) {
        self.bytes = bytes
        self.place = place
        self.separator = separator
        self.columns = columns
    }

    /// The next row; `nil` at the end.
    ///
    /// - Throws: `table.fieldCount` when it has more or fewer fields than the header, `table.quote` for a quote that
    ///   is not closed or stands within a field, `table.encoding` for bytes that are not UTF-8.
    public mutating func next() throws(Refusal) -> Row? {
        while place < bytes.count, bytes[place] == 0x0A || bytes[place] == 0x0D {
            if bytes[place] == 0x0A { line += 1 }
            place += 1
        }
        guard place < bytes.count else { return nil }
        let first = line
        var fields: [String] = []
        while true {
            fields.append(try field(from: first))
            guard place < bytes.count, bytes[place] == separator else { break }
            place += 1
        }
        guard columns.isEmpty || fields.count == columns.count else {
            throw Refusal(
                .tableFieldCount,
                [.integer("line", first), .integer("seen", fields.count), .integer("expected", columns.count)])
        }
        return Row(line: first, fields: fields)
    }

    private mutating func field(from first: Int) throws(Refusal) -> String {
        var text: [UInt8] = []
        if place < bytes.count, bytes[place] == 0x22 {
            place += 1
            while true {
                guard place < bytes.count else { throw Refusal(.tableQuote, [.integer("line", first)]) }
                if bytes[place] == 0x22 {
                    place += 1
                    guard place < bytes.count, bytes[place] == 0x22 else { break }
                }
                if bytes[place] == 0x0A { line += 1 }
                text.append(bytes[place])
                place += 1
            }
            guard place == bytes.count || [separator, 0x0A, 0x0D].contains(bytes[place]) else {
                throw Refusal(.tableQuote, [.integer("line", first)])
            }
        } else {
            while place < bytes.count, ![separator, 0x0A, 0x0D].contains(bytes[place]) {
                text.append(bytes[place])
                place += 1
            }
        }
        guard let field = String(validating: text, as: UTF8.self) else {
            throw Refusal(.tableEncoding, [.integer("line", first)])
        }
        return field
    }

    /// The field of a column, blanks at its ends taken off; `nil` when it is empty or there is no such column.
    public func value(_ column: String, of row: Row) -> String? {
        guard let index = columns.firstIndex(of: column) else { return nil }
        let text = Self.trimmed(row.fields[index])
        return text.isEmpty ? nil : text
    }

    /// The field of a column.
    ///
    /// - Throws: `table.value` when it is empty.
    public func needed(_ column: String, of row: Row) throws(Refusal) -> String {
        guard let text = value(column, of: row) else { throw Self.bad(row, column, "", "something") }
        return text
    }

    /// A refusal of a field.
    public static func bad(_ row: Row, _ column: String, _ seen: String, _ expected: String) -> Refusal {
        Refusal(
            .tableValue,
            [
                .integer("line", row.line), .text("column", column), .text("seen", String(seen.prefix(64))),
                .text("expected", expected),
            ])
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        var rest = text.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return String(rest)
    }
}

extension Refusal.Code {
    /// A table without a header.
    public static let tableNoHeader = Refusal.Code(
        "table.noHeader", retry: .never,
        en: "The table has no header. Its first line must name the columns: {needed}.",
        fr: "Le tableau n'a pas d'en-tête. Sa première ligne doit nommer les colonnes : {needed}.")
    /// A table without a column that is needed.
    public static let tableColumnMissing = Refusal.Code(
        "table.columnMissing", retry: .never,
        en: "Line 1: column {column} is missing. The header has: {seen}.",
        fr: "Ligne 1 : la colonne {column} manque. L'en-tête contient : {seen}.")
    /// A table with a column that nobody reads.
    public static let tableColumnUnknown = Refusal.Code(
        "table.columnUnknown", retry: .never,
        en: "Line 1: column {column} is not known. Known are: {known}.",
        fr: "Ligne 1 : la colonne {column} est inconnue. Sont connues : {known}.")
    /// A row with too many or too few fields.
    public static let tableFieldCount = Refusal.Code(
        "table.fieldCount", retry: .never,
        en: "Line {line}: {seen} fields, and the header has {expected} columns. Is a comma not in quotes?",
        fr: "Ligne {line} : {seen} champs pour {expected} colonnes. Une virgule hors guillemets ?")
    /// A quote that is not closed.
    public static let tableQuote = Refusal.Code(
        "table.quote", retry: .never,
        en: "Line {line}: a quote is not closed, or something follows it. Quotes within a field are doubled.",
        fr: "Ligne {line} : guillemet non fermé ou suivi d'autre chose. Dans un champ, on double les guillemets.")
    /// Bytes that are not UTF-8.
    public static let tableEncoding = Refusal.Code(
        "table.encoding", retry: .never,
        en: "Line {line}: not UTF-8. Save the table as \"CSV UTF-8\".",
        fr: "Ligne {line} : pas de l'UTF-8. Enregistrez le tableau en « CSV UTF-8 ».")
    /// A field that cannot be what its column says.
    public static let tableValue = Refusal.Code(
        "table.value", retry: .never,
        en: "Line {line}, column {column}: \"{seen}\" cannot be, {expected} was expected.",
        fr: "Ligne {line}, colonne {column} : « {seen} » ne convient pas, {expected} était attendu.")
}
