// The core is pure (DESIGN law 5): what its built objects ask of the outside, and what its text iterates over.

import Foundation
import Testing

@Suite("The core")
struct PurityTests {
    static let rooms = ["ShopModel", "ScanCodes", "ShopCore", "Contract"]

    /// C functions that only move bytes about in memory or count them.
    private static let harmless: Set<String> = [
        "memcpy", "memset", "memmove", "memcmp", "bcmp", "bzero", "strlen", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
    ]
    /// The runtime's own: values, references, types. Tasks and random numbers are not among them.
    private static let runtime = ["swift_", "_swift_", "__swift_"]
    private static let runtimeRefused = [
        "swift_task_", "swift_async", "swift_stdlib_random", "swift_job", "swift_continuation", "__swift_FORCE_LOAD",
    ]
    /// Modules that no symbol of the core may come from, as mangled: what follows `$s`.
    private static let modulesRefused = [
        "10Foundation", "20FoundationEssentials", "8Dispatch", "5Glibc", "15Synchronization", "12_Concurrency", "So",
        "SC",
        "Sc",
    ]
    /// Parts of the standard library that read or write the outside.
    private static let libraryRefused = [
        "s5print_", "s10debugPrint_", "s8readLine", "s4dump_", "27SystemRandomNumberGenerator", "s11CommandLine",
        "15ContinuousClock", "15SuspendingClock", "s7shuffle", "SGss",
    ]

    @Test(
        "asks nothing of the outside: no file, clock, chance, lock, thread or task, by the symbols of its objects",
        arguments: rooms)
    func undefinedSymbols(room: String) throws {
        let objects = House.objects(of: room)
        try #require(!objects.isEmpty, "no objects of \(room) in \(House.built.path)")
        let symbols = try House.undefinedSymbols(in: objects)
        #expect(symbols.count > 10)
        for symbol in symbols.sorted() where !isAllowed(symbol) {
            Issue.record("\(room) needs \(symbol)")
        }
    }

    @Test("check knows what is forbidden when it sees it")
    func forbidden() {
        for symbol in [
            "clock_gettime", "open", "read", "write", "getrandom", "arc4random", "__swift_FORCE_LOAD_$_swiftGlibc",
            "pthread_mutex_lock",
            "malloc_usable_size",
            "swift_task_create", "swift_stdlib_random", "$s10Foundation4DateV", "$s20FoundationEssentials4DateV",
            "$s15Synchronization5MutexV", "$sScT", "$ss27SystemRandomNumberGeneratorVMa",
            "$ss5print_9separator10terminatoryypd_S2StF",
        ] {
            #expect(!isAllowed(symbol), "\(symbol)")
        }
        for symbol in ["swift_retain", "memcpy", "$sSS9hasPrefixySbSSF", "$s9ShopModel3SKUV"] {
            #expect(isAllowed(symbol), "\(symbol)")
        }
    }

    private func isAllowed(_ symbol: String) -> Bool {
        if symbol.hasPrefix("$s") {
            let mangled = symbol.dropFirst(2)
            return !Self.modulesRefused.contains { mangled.hasPrefix($0) }
                && !Self.libraryRefused.contains { mangled.contains($0) }
        }
        if Self.harmless.contains(symbol) { return true }
        return Self.runtime.contains { symbol.hasPrefix($0) } && !Self.runtimeRefused.contains { symbol.hasPrefix($0) }
    }

    /// Lines that walk over a dictionary or set and whose order reaches no output, by file and text.
    private static let walksAllowed: [(path: String, text: String)] = []

    @Test("walks over no dictionary and no set, whose order differs from run to run")
    func unorderedWalks() {
        let walks =
            #/\.(keys|values|map|compactMap|flatMap|forEach|reduce|filter|enumerated|first\(where|min|max|makeIterator|joined)\b/#
        for file in House.sources where Self.rooms.contains(file.room) {
            let code = file.code
            let names = Set(code.filter { $0.contains(":") || $0.contains("=") }.flatMap(unorderedNames))
            for (number, line) in code.enumerated() {
                let walked =
                    line.contains("for ")
                    && line.firstMatch(of: #/\bfor\b.*\bin\s+([\w.?!]+)/#)
                        .map { String($0.1).split(separator: ".").contains { names.contains(String($0)) } } ?? false
                let mapped =
                    line.contains(".")
                    && names.contains { name in
                        line.contains(name)
                            && line.ranges(of: name).contains { range in
                                let before = line[..<range.lowerBound].last
                                let isWhole = before.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
                                return isWhole && line[range.upperBound...].prefixMatch(of: walks) != nil
                            }
                    }
                let isLiteral =
                    line.contains(").")
                    && line.contains(#/\b(?:Set\(|Dictionary\().*\)\.(?:map|forEach|reduce|compactMap)\b/#)
                guard walked || mapped || isLiteral,
                    !Self.walksAllowed.contains(where: { $0.path == file.path && line.contains($0.text) })
                else { continue }
                Issue.record("\(file.path):\(number + 1) walks over a dictionary or a set: \(line)")
            }
        }
    }

    /// Names that a line declares as a dictionary or a set.
    private func unorderedNames(_ line: String) -> [String] {
        let typed = #/(\w+)\s*:\s*(?:inout\s+)?(?:Set<|Dictionary<|\[\s*[\w.]+\s*:\s*[\w\[(])/#
        let given = #/(?:let|var)\s+(\w+)\s*=\s*(?:Set\b|Dictionary\b|\[\s*[\w.]+\s*:\s*[\w.<>\[\]]+\]\()/#
        return line.matches(of: typed).map { String($0.1) } + line.matches(of: given).map { String($0.1) }
    }

    @Test("check sees a walk over a set or a dictionary")
    func walkSeen() {
        #expect(unorderedNames("    public var exceptions: [CivilDate: [Range<Int>]]") == ["exceptions"])
        #expect(unorderedNames("        var names: Set<String> = []") == ["names"])
        #expect(unorderedNames("let seen = Set(keys)") == ["seen"])
        #expect(unorderedNames("let lines: [Line]").isEmpty)
    }
}
