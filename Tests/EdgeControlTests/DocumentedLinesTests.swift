// Every command line of edgectl that a README shows is one that edgectl takes.

import ArgumentParser
import Foundation
import Testing

@testable import EdgeControl

@Suite("Command lines in READMEs")
struct DocumentedLinesTests {
    /// A line as a README has it.
    struct Line: CustomTestStringConvertible, Sendable {
        let file: String
        let number: Int
        let text: String
        /// Whether it stands in a block to be copied; elsewhere a command may be mentioned without its arguments.
        let isBlock: Bool

        var testDescription: String { "\(file):\(number): \(text)" }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let lines: [Line] = {
        var files = ["README.md", "systemd/README.md", "systemd/LISEZMOI.md"].map { root.appending(path: $0) }
        let found = FileManager.default.enumerator(
            at: root.appending(path: "devices"), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
        for case let file as URL in found ?? .init() where file.lastPathComponent == "README.md" { files.append(file) }
        return files.flatMap { file in
            let name = String(file.path.dropFirst(root.path.count + 1))
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return lines(of: text, in: name)
        }
    }()

    static func lines(of text: String, in file: String) -> [Line] {
        var lines: [Line] = []
        var isBlock = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                isBlock.toggle()
                continue
            }
            // In prose, what stands between accents graves.
            let pieces = isBlock ? [line] : line.split(separator: "`", omittingEmptySubsequences: false)
            for (place, piece) in pieces.enumerated() where isBlock || place % 2 == 1 {
                for match in piece.matches(of: /(?:^|[ \/(&;])edgectl(?: ([^|&;#>]*))?/) {
                    let command = (match.1 ?? "").trimmingCharacters(in: .whitespaces)
                    // A picture, and not a command.
                    if command.hasPrefix("-- ") { continue }
                    lines.append(Line(file: file, number: index + 1, text: command, isBlock: isBlock))
                }
            }
        }
        return lines
    }

    @Test("parse, each of them", arguments: lines)
    func parses(_ line: Line) {
        var words = Self.words(line.text)
        // What is left out is said by dots: then the command alone is looked at.
        let isCut = words.contains("…")
        words = LeadingOptions.moved(words)
        let path = Self.path(&words)
        #expect(path.isWhole || line.text.isEmpty || line.text.hasPrefix("-"), "there is no such command")
        guard !isCut, line.isBlock || !words.isEmpty else { return }
        do {
            _ = try Edgectl.parseAsRoot(LeadingOptions.moved(Self.words(line.text)))
        } catch {
            guard !Edgectl.exitCode(for: error).isSuccess else { return }
            Issue.record("\(Edgectl.fullMessage(for: error))")
        }
    }

    @Test("are found where they stand")
    func areFound() {
        #expect(Self.lines.count > 40)
        #expect(Set(Self.lines.map(\.file)).count >= 4)
        let text = "Ask `sudo edgectl check --only hq`, not edgectl.\n```sh\nedgectl a b && edgectl c   # d\n```\n"
        #expect(Self.lines(of: text, in: "").map(\.text) == ["check --only hq", "a b", "c"])
    }

    /// The words of a line; what stands in quotes is one.
    private static func words(_ text: String) -> [String] {
        text.matches(of: /"([^"]*)"|[^ ]+/).map { String($0.1 ?? $0.0) }
    }

    /// Takes the command's names off the words, and says whether they name one.
    private static func path(_ words: inout [String]) -> (isWhole: Bool, depth: Int) {
        var command: any ParsableCommand.Type = Edgectl.self
        var depth = 0
        while let word = words.first,
            let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word })
        {
            command = next
            depth += 1
            words.removeFirst()
        }
        return (depth > 0, depth)
    }
}
