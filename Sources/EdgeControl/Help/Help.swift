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

extension ArgumentHelp {
    /// A help string in both languages.
    ///
    /// - Parameter value: what French help writes between angle brackets; the argument's own name when it is `nil`.
    static func say(_ english: String, _ french: String, value: String? = nil) -> ArgumentHelp {
        Help.language == .french ? ArgumentHelp(french, valueName: value) : ArgumentHelp(english)
    }
}
