// What a reply has to say, and whether it does.

import Contract

/// What the notebook expects of a reply.
struct PlainExpectation {
    /// `done` or `refused`.
    var outcome = "done"
    /// The code of a refusal.
    var code: String?
    /// Members of the result, with their values.
    var fields: [(name: String, value: JSON)] = []
    /// Arrays of objects in the result: the members that count, row by row.
    var rows: [(name: String, columns: [String], rows: [[JSON]])] = []

    static func refused(_ code: String) -> PlainExpectation { PlainExpectation(outcome: "refused", code: code) }

    /// What a reply says otherwise; `nil` when it says what is expected.
    func complaint(about reply: JSON) -> String? {
        let said = reply["outcome"]?.text ?? "nothing"
        let code = reply["problem"]?["code"]?.text
        guard said == outcome, code == self.code else {
            return "expected \(outcome)\(self.code.map { " \($0)" } ?? ""), "
                + "the shop said \(said)\(code.map { " \($0)" } ?? "")"
        }
        let result = reply["result"]
        for field in fields where result?[field.name] ?? .null != field.value {
            return "expected \(field.name) \(Self.text(field.value)), "
                + "the shop said \(Self.text(result?[field.name] ?? .null))"
        }
        for table in rows {
            let seen = (result?[table.name]?.elements ?? []).map { row in table.columns.map { row[$0] ?? .null } }
            guard seen == table.rows else {
                return "expected \(table.name) (\(table.columns.joined(separator: ", "))) \(Self.text(table.rows)), "
                    + "the shop said \(Self.text(seen))"
            }
        }
        return nil
    }

    private static func text(_ rows: [[JSON]]) -> String {
        rows.map { $0.map { text($0) }.joined(separator: " ") }.joined(separator: "; ")
    }

    private static func text(_ value: JSON) -> String { String(decoding: value.encoded(), as: UTF8.self) }
}
