// The house as its tests see it: the folders, the files, their code without comments and texts.

import Foundation
import Testing

/// A Swift file of the house.
struct SourceFile: Sendable {
    /// The path from the top of the house.
    let path: String
    /// The room or test target that it belongs to.
    let room: String
    let lines: [String]

    /// The lines without comments and without what stands in quotes, so that words of people are no code.
    var code: [String] {
        var isText = false
        var isComment = false
        return lines.map { line in
            if line.components(separatedBy: "\"\"\"").count == 2 {
                isText.toggle()
                return ""
            }
            if isText { return "" }
            if isComment {
                isComment = !line.contains("*/")
                return ""
            }
            var plain = line
            if plain.contains("\"") { plain.replace(#/"(?:\\.|[^"\\])*"/#, with: "\"\"") }
            if let comment = plain.firstRange(of: "//") { plain.removeSubrange(comment.lowerBound...) }
            if plain.contains("/*"), !plain.contains("*/") { isComment = true }
            return plain
        }
    }

    /// The modules that it imports.
    var imports: [String] {
        lines.compactMap { line in
            line.firstMatch(of: #/^(?:@\w+(?:\([^)]*\))? |public |internal |package )*import (?:\w+ )?(\w+)/#)
                .map { String($0.1) }
        }
    }
}

enum House {
    /// The top of the house.
    static let top = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where the running tests were built, debug or release.
    static let built = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static let sources = files(in: "Sources")
    static let tests = files(in: "Tests")
    static let manifest = read("Package.swift")

    static func read(_ path: String) -> String {
        (try? String(contentsOf: top.appendingPathComponent(path), encoding: .utf8)) ?? ""
    }

    /// The built objects of a room.
    static func objects(of room: String) -> [String] {
        let folder = built.appendingPathComponent(room + ".build")
        return (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".o") }.map { folder.appendingPathComponent($0).path }
    }

    /// The symbols that objects need of others.
    static func undefinedSymbols(in objects: [String]) throws -> Set<String> {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["nm", "-u", "--format=posix"] + objects
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "nm failed")
        return Set(
            String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                return words.count == 2 && words[1] == "U" ? String(words[0]) : nil
            })
    }

    private static func files(in folder: String) -> [SourceFile] {
        let found = FileManager.default.enumerator(atPath: top.appendingPathComponent(folder).path)
        let paths = (found?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.sorted()
        return paths.map { path in
            var lines = read(folder + "/" + path).split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
            if lines.last == "" { lines.removeLast() }
            return SourceFile(
                path: folder + "/" + path, room: String(path.prefix { $0 != "/" }), lines: lines)
        }
    }
}
