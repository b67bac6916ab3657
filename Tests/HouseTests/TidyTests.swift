// The house is kept tidy: what lies at the top, how files begin, how long they grow, what no source may contain.

import Foundation
import Testing

@Suite("The house is tidy:")
struct TidyTests {
    /// What may lie at the top (DESIGN §4), and what builds, runs and tests leave there, which git ignores.
    private static let top: Set<String> = [
        "Package.swift", "Package.resolved", "Makefile", "README.md", ".ci", "Sources", "Tests", "devices", "systemd",
        ".git", ".gitignore", ".swift-format",
    ]
    private static let leftovers = [".build", ".run", ".venv", "dist", ".pytest_cache", "__pycache__", ".swiftpm"]

    @Test("nothing lies at the top that the layout does not name")
    func topLevel() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: House.top.path) {
            #expect(
                Self.top.contains(name) || Self.leftovers.contains { name.hasPrefix($0) }, "\(name) lies at the top")
        }
    }

    @Test("every file opens with a sentence that says what it is for")
    func purpose() {
        for file in House.sources + House.tests where file.lines.count > 1 {
            let first = file.lines.first ?? ""
            #expect(
                first.hasPrefix("// ") && first.split(separator: " ").count >= 4,
                "\(file.path) begins with: \(first)")
        }
    }

    @Test("a file holds one idea: at most 400 lines, 450 in tests")
    func length() {
        for file in House.sources { #expect(file.lines.count <= 400, "\(file.path)") }
        for file in House.tests { #expect(file.lines.count <= 450, "\(file.path)") }
    }

    @Test("a door only wires: its main has under 60 lines")
    func mains() {
        let mains = House.sources.filter { $0.path.hasSuffix("/main.swift") }
        #expect(mains.count >= 5)
        for file in mains { #expect(file.lines.count < 60, "\(file.path)") }
    }

    @Test("what takes the compiler's word away, or stops the process, stands in MQTT alone")
    func dangers() {
        let refused: [(name: String, pattern: Regex<Substring>)] = [
            ("@unchecked Sendable", #/@unchecked\s+Sendable/#), ("try!", #/\btry!/#), ("as!", #/\bas!/#),
            ("fatalError", #/\bfatalError\(/#), ("a forced unwrap", #/[\w)\]]!(?=[\s.,)\]?:\[({]|$)/#),
            ("nonisolated(unsafe)", #/nonisolated\(unsafe\)/#),
        ]
        for file in House.sources where file.room != "MQTT" {
            for (number, line) in file.code.enumerated()
            where line.contains("!") || line.contains("fatalError") || line.contains("(unsafe)") || line.contains("@un")
            {
                for (name, pattern) in refused where line.contains(pattern) {
                    Issue.record("\(file.path):\(number + 1) has \(name): \(line)")
                }
            }
        }
    }

    @Test("a forced unwrap is seen where there is one, and not where there is none")
    func dangersSeen() {
        let pattern = #/[\w)\]]!(?=[\s.,)\]?:\[({]|$)/#
        for line in ["x!", "x!.y", "f(x!)", "a[0]! + 1", "f()!"] { #expect(line.contains(pattern), "\(line)") }
        for line in ["x != y", "!x", "a && !b", "if !f() {"] { #expect(!line.contains(pattern), "\(line)") }
    }

    @Test("no source speaks of work that is put off")
    func putOff() {
        let words = #/\b(?:TODO|FIXME|XXX|HACK)\b/#
        for file in House.sources {
            for (number, line) in file.lines.enumerated() where line.contains(words) {
                Issue.record("\(file.path):\(number + 1): \(line)")
            }
        }
    }
}
