// What the parser of arguments says of a wrong command line, in French.

/// Turns a finished complaint about wrong use into a French one.
enum FrenchComplaint {
    /// The parser's sentences, `{}` for what they tell; more telling ones before those that they begin with.
    private static let sentences: [(english: String, french: String)] = [
        ("Unknown option '{}'. Did you mean '{}'?", "Option inconnue : {}. Vouliez-vous dire {} ?"),
        ("Unknown option '{}'", "Option inconnue : {}"),
        ("Missing value for '{}'", "Il manque la valeur de {}"),
        (
            "The option '{}' does not take any value, but '{}' was specified.",
            "{} ne prend pas de valeur : {} est de trop."
        ),
        ("Unexpected argument '{}'", "Argument de trop : {}"),
        ("{} unexpected arguments: '{}'", "{} arguments de trop : {}"),
        ("Missing expected argument '{}'", "Il manque un argument : {}"),
        ("Missing one of: '{}'", "Il manque l'un de ces arguments : {}"),
        (
            "The value '{}' is invalid for '{}'. Please provide one of the following:",
            "La valeur {} ne convient pas à {}. Valeurs possibles :"
        ),
        (
            "The value '{}' is invalid for '{}'. Please provide one of {}.",
            "La valeur {} ne convient pas à {}. Valeurs possibles : {}."
        ),
        ("The value '{}' is invalid for '{}'", "La valeur {} ne convient pas à {}"),
        ("Can't generate completion scripts for '{}'.", "Aucun script de complétion n'existe pour {}."),
        ("Can't autodetect a supported shell.", "L'interpréteur de commandes n'a pas été reconnu."),
    ]

    /// What stands at the beginning of further lines.
    private static let beginnings = [
        ("Help:  ", "Aide :  "), ("Usage: ", "Usage : "),
        (
            "Please use --generate-completion-script=<shell> with one of:",
            "Dites --generate-completion-script= et l'un de :"
        ),
    ]

    /// The complaint in French. A sentence that is not the parser's, as those of our commands, is French already.
    static func text(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line($0) }.joined(separator: "\n")
    }

    private static func line(_ line: Substring) -> String {
        if line.hasPrefix("Error: ") {
            let complaint = String(line.dropFirst("Error: ".count))
            return "Erreur : " + (sentence(complaint) ?? complaint)
        }
        if let command = String(line).between("  See '", "' for more information.") {
            return "  Pour en savoir plus : \(command)"
        }
        for (english, french) in beginnings where line.hasPrefix(english) {
            return french + line.dropFirst(english.count).replacing("<subcommand", with: "<sous-commande")
        }
        return String(line)
    }

    private static func sentence(_ english: String) -> String? {
        for (pattern, french) in sentences {
            guard let told = told(in: english, by: pattern) else { continue }
            var text = ""
            var rest = told[...]
            for (index, part) in french.parts.enumerated() { text += (index == 0 ? "" : rest.popFirst() ?? "") + part }
            return text
        }
        return nil
    }

    /// What stands where the pattern has `{}`; `nil` when the sentence is another one.
    private static func told(in sentence: String, by pattern: String) -> [String]? {
        let parts = pattern.parts
        guard let first = parts.first, sentence.hasPrefix(first) else { return nil }
        var rest = sentence.dropFirst(first.count)
        var told: [String] = []
        for (index, part) in parts.enumerated().dropFirst() {
            let isLast = index == parts.count - 1
            if isLast {
                guard rest.hasSuffix(part) else { return nil }
                told.append(list(rest.dropLast(part.count)))
            } else {
                guard let next = rest.firstRange(of: part) else { return nil }
                told.append(list(rest[..<next.lowerBound]))
                rest = rest[next.upperBound...]
            }
        }
        return told.isEmpty && !rest.isEmpty ? nil : told
    }

    /// `a', 'b` and `'a', 'b' or 'c'` without the quotes and the English word.
    private static func list(_ text: Substring) -> String {
        var text = String(text).replacing("', '", with: ", ")
        for word in ["and", "or"] { text = text.replacing("' \(word) '", with: ", ") }
        return text.between("'", "'") ?? text
    }
}

extension String {
    /// The pieces between the `{}` of a pattern.
    fileprivate var parts: [String] { split(separator: "{}", omittingEmptySubsequences: false).map(String.init) }
}
