// The table of application identifiers.

import Testing

@testable import ScanCodes

@Suite("The table of application identifiers")
struct ApplicationIdentifierTests {
    @Test("is in order and without overlaps, so that a search in it finds what is there")
    func ordered() {
        let table = ApplicationIdentifier.table
        for (before, after) in zip(table, table.dropFirst()) {
            #expect(before.last < after.first, "\(before.title) \(after.title)")
        }
        for row in table {
            #expect(ApplicationIdentifier.length(ofPrefix: row.first / 100) != nil, "\(row.title)")
            #expect(row.maximum >= 1 && row.minimum >= 1)
        }
    }

    @Test(
        "gives every identifier of the General Specifications its format",
        arguments: [
            ("00", 18, 18, true), ("01", 14, 14, true), ("02", 14, 14, true), ("10", 1, 20, false), ("11", 6, 6, true),
            ("12", 6, 6, true), ("13", 6, 6, true), ("15", 6, 6, true), ("16", 6, 6, true), ("17", 6, 6, true),
            ("20", 2, 2, true), ("21", 1, 20, false), ("22", 1, 20, false), ("235", 1, 28, false),
            ("240", 1, 30, false),
            ("241", 1, 30, false), ("242", 1, 6, false), ("250", 1, 30, false), ("251", 1, 30, false),
            ("253", 13, 30, false), ("254", 1, 20, false), ("255", 13, 25, false), ("30", 1, 8, false),
            ("3103", 6, 6, true), ("3295", 6, 6, true), ("3370", 6, 6, true), ("3690", 6, 6, true), ("37", 1, 8, false),
            ("3902", 1, 15, false), ("3912", 4, 18, false), ("3922", 1, 15, false), ("3932", 4, 18, false),
            ("3940", 4, 4, false), ("3953", 6, 6, false), ("400", 1, 30, false), ("402", 17, 17, false),
            ("403", 1, 30, false), ("410", 13, 13, true), ("417", 13, 13, true), ("420", 1, 20, false),
            ("421", 4, 12, false), ("422", 3, 3, false), ("427", 1, 3, false), ("4309", 20, 20, false),
            ("7003", 10, 10, false), ("7007", 6, 12, false), ("710", 1, 20, false), ("8001", 14, 14, false),
            ("8003", 14, 30, false), ("8005", 6, 6, false), ("8006", 18, 18, false), ("8007", 1, 34, false),
            ("8008", 8, 12, false), ("8010", 1, 30, false), ("8017", 18, 18, false), ("8018", 18, 18, false),
            ("8020", 1, 25, false), ("8110", 1, 70, false), ("8111", 4, 4, false), ("8112", 1, 70, false),
            ("90", 1, 30, false), ("91", 1, 90, false), ("99", 1, 90, false),
        ])
    func formats(identifier: String, minimum: Int, maximum: Int, predefined: Bool) throws {
        let (row, length) = try #require(ApplicationIdentifier.find(identifier))
        #expect(length == identifier.utf8.count)
        #expect(row.minimum == minimum)
        #expect(row.maximum == maximum)
        #expect(row.isPredefined == predefined)
    }

    @Test(
        "knows no identifier that GS1 has not given",
        arguments: [
            "04", "14", "18", "29", "38", "3106", "3170", "3199", "399", "418", "5", "60", "88", "8888", "A1", "",
        ])
    func unknown(identifier: String) {
        #expect(ApplicationIdentifier.find(identifier) == nil)
    }
}
