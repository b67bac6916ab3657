// The language of help and of complaints about a command line, which are said before any command runs.

import ArgumentParser
import ShopModel

/// What `--help`, the manual pages and wrong use say, in the person's language.
///
/// The parser of arguments asks a command for its texts whenever it shows them, so they are chosen then: a process has
/// one language, tests have both side by side.
enum Help {
    /// The language of texts that are made now.
    @TaskLocal static var language = Language.english

    static func say(_ english: String, _ french: String) -> String { language == .french ? french : english }

    /// The language of a command line: what it asks for by `--language`, else what its environment does.
    ///
    /// A wrong command line has to be complained about in a language too, so that it is looked for without a parser.
    static func language(of arguments: [String], _ environment: [String: String]) -> Language {
        var asked: AnswerLanguage?
        let options = arguments.prefix { $0 != "--" }
        for (option, next) in zip(options, options.dropFirst() + [""]) {
            if option == "--language" {
                asked = AnswerLanguage(rawValue: next) ?? asked
            } else if option.hasPrefix("--language=") {
                asked = AnswerLanguage(rawValue: String(option.dropFirst("--language=".count))) ?? asked
            }
        }
        return asked?.language ?? Words.language(of: environment)
    }
}

extension Help {
    /// The command line with `--language` behind its command, where the parser knows it. Whoever needs it says it first,
    /// before anything that they do not read yet.
    static func languageLast(_ arguments: [String]) -> [String] {
        let first = arguments.first ?? ""
        let count = first == "--language" ? 2 : first.hasPrefix("--language=") ? 1 : 0
        guard count > 0, arguments.count > count, !arguments[count].hasPrefix("-") else { return arguments }
        let rest = arguments.dropFirst(count)
        // Help is no command that could be asked in a language; what it says is chosen already.
        guard rest.first != "help" else { return Array(rest) }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end] + arguments.prefix(count) + rest[end...])
    }
}

extension ArgumentHelp {
    /// A help string in both languages.
    ///
    /// - Parameter value: what French help writes between angle brackets; the argument's own name when it is `nil`.
    static func say(_ english: String, _ french: String, value: String? = nil) -> ArgumentHelp {
        Help.language == .french ? ArgumentHelp(french, valueName: value) : ArgumentHelp(english)
    }
}
