// Help, and complaints about wrong use, in both languages: of every command, with nothing left in English.

import Contract
import ShopModel
import Testing

@testable import EdgeControl

@Suite("Help")
struct HelpTests {
    /// A text that the tool says of itself, and where.
    private struct Told {
        let place: String
        let text: String
    }

    private static let environments = [["LANG": "en_US.UTF-8"], ["LC_ALL": "fr_FR.UTF-8"]]

    /// Lines of these alone are the same in both languages.
    private static let names = Set(CheckRungs.names)

    /// What no French text has.
    private static let englishWords: Set<String> = [
        "the", "of", "and", "with", "what", "which", "is", "are", "that", "its", "when", "this", "how", "only",
        "default", "values",
    ]

    private func tree(_ environment: [String: String]) throws -> JSON {
        let dump = EdgeControl.run(["--experimental-dump-help"], environment: environment)
        let limits = JSONLimits(bytesMax: 1_000_000, depthMax: 32, elementsMax: 1_000)
        return try #require(try JSONReader.read(Array(dump.output.utf8), limits: limits)["command"])
    }

    /// Every command that is shown, with the words that name it.
    private func commands(_ command: JSON, _ path: [String] = []) -> [(path: [String], command: JSON)] {
        [(path, command)]
            + (command["subcommands"]?.list ?? []).flatMap { sub in
                let name = sub.plain("commandName")
                let isOwn = name != "help" && sub["shouldDisplay"]?.truth != false
                return isOwn ? commands(sub, path + [name]) : []
            }
    }

    /// All texts of a language, in the order of commands and arguments.
    private func texts(_ environment: [String: String]) throws -> [Told] {
        commands(try tree(environment)).flatMap { path, command in
            let place = path.joined(separator: " ")
            var told = ["abstract", "discussion"].compactMap { name in
                command[name]?.text.map { Told(place: "\(place) \(name)", text: $0) }
            }
            for argument in command["arguments"]?.list ?? [] where argument["shouldDisplay"]?.truth != false {
                let name = argument["preferredName"]?.plain("name") ?? "argument"
                guard !["help", "version"].contains(name) else { continue }
                told.append(Told(place: "\(place) \(name)", text: argument["abstract"]?.text ?? ""))
            }
            return told
        }
    }

    /// The commands of examples, without what is said of them behind.
    private func examples(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("     ") }.map { line in
            let words = line.dropFirst(2)
            return String(words[..<(words.firstRange(of: "  ")?.lowerBound ?? words.endIndex)])
        }
    }

    @Test("of every command and argument is in English and in French")
    func everyText() throws {
        let english = try texts(Self.environments[0])
        let french = try texts(Self.environments[1])
        #expect(english.count > 150)
        #expect(english.map(\.place) == french.map(\.place))
        for (english, french) in zip(english, french) {
            #expect(!english.text.isEmpty, "\(english.place) says nothing")
            let prose = { (text: String) in text.split(separator: "\n").filter { !$0.hasPrefix("  ") } }
            for line in prose(french.text)
            where !line.split(separator: " ").allSatisfy({ Self.names.contains(String($0)) }) {
                #expect(!prose(english.text).contains(line), "\(english.place) is not in French: \(line)")
                let words = Set(line.lowercased().split { !$0.isLetter }.map(String.init))
                #expect(
                    words.isDisjoint(with: Self.englishWords),
                    "\(english.place) has English in its French: \(line)")
            }
        }
    }

    @Test("has the same commands as examples in both languages")
    func sameExamples() throws {
        var count = 0
        for (english, french) in zip(try texts(Self.environments[0]), try texts(Self.environments[1])) {
            count += examples(english.text).count
            #expect(examples(english.text) == examples(french.text), "\(english.place)")
        }
        #expect(count > 60)
    }

    @Test("fits 80 columns, and its French has no heading of the parser's", arguments: environments)
    func pages(_ environment: [String: String]) throws {
        let isFrench = environment["LC_ALL"] != nil
        for (path, _) in commands(try tree(environment)) {
            let page = EdgeControl.run(path + ["--help"], environment: environment)
            #expect(page.status == .fine && page.complaint == "")
            for line in page.output.split(separator: "\n") { #expect(line.count <= 80, "\(path): \(line)") }
            for heading in ["OVERVIEW: ", "USAGE: ", "OPTIONS:", "Show help information."] {
                #expect(page.output.contains(heading) != isFrench, "\(path): \(heading)")
            }
            for heading in ["APERÇU : ", "USAGE : ", "OPTIONS :", "Afficher cette aide."] {
                #expect(page.output.contains(heading) == isFrench, "\(path): \(heading)")
            }
            if isFrench { #expect(!page.output.contains("(default") && !page.output.contains("(values: ")) }
        }
    }

    @Test("is in the language that the line asks for, wherever it does, before that of the environment")
    func asked() {
        let french = EdgeControl.run(["queue", "--help"], environment: Self.environments[1])
        #expect(french.output.hasPrefix("APERÇU : Voir les événements pour le siège"))
        for line in [
            ["queue", "list", "--help", "--language", "fr"], ["queue", "list", "--language=fr", "--help"],
            ["--language", "fr", "queue", "list", "--help"], ["--language=fr", "help", "queue", "list"],
        ] {
            #expect(EdgeControl.run(line, environment: [:]).output.hasPrefix("APERÇU : Lister "), "\(line)")
        }
        let english = EdgeControl.run(
            ["queue", "list", "--language", "en", "--help"], environment: Self.environments[1])
        #expect(english.output.hasPrefix("OVERVIEW: List "))
        let gone = EdgeControl.run(
            ["--language", "fr", "status", "--socket", "/nowhere/control.sock"], environment: [:])
        #expect(gone.status == .unreachable && gone.complaint.contains("Aucun agent n'a de socket"))
        #expect(Help.language(of: ["scan", "--", "--language", "fr"], [:]) == .english)
        #expect(Help.language(of: ["status", "--language"], ["LANG": "fr_FR"]) == .french)
    }

    @Test("in French reads as it should")
    func frenchPage() {
        let page = EdgeControl.run(["queue", "list", "--help"], environment: Self.environments[1])
        #expect(
            page.output == """
                APERÇU : Lister les événements pour le siège.

                Exemples :
                  edgectl queue list
                  edgectl queue list --lane orders --limit 10
                  edgectl queue list --state parked
                  edgectl queue list --state setAside
                  edgectl queue list --state all --after 1200

                USAGE : edgectl queue list [--lane <voie>] [--state <état>] [--after <rang>]
                    [--limit <nombre>] [--socket <socket>] [--format <format>]
                    [--language <langue>] [--timeout <secondes>]

                OPTIONS :
                  --lane <voie>           Seulement cette voie. (valeurs : orders, stock,
                                          customer, status, moments)
                  --state <état>          Seulement les événements dans cet état. (valeurs :
                                          pending, receipted, parked, all, setAside ; par
                                          défaut : pending)
                  --after <rang>          Seulement les événements après ce rang : pour la page
                                          suivante. (par défaut : 0)
                  --limit <nombre>        Combien au plus, de 1 à 200. (par défaut : 50)
                  --socket <socket>       Le socket de contrôle de l'agent. (par défaut :
                                          $EDGED_SOCKET, sinon /run/edged/control.sock)
                  --format <format>       Afficher pour des personnes (table) ou des programmes
                                          (json). (valeurs : table, json ; par défaut : table)
                  --language <langue>     Parler français (fr) ou anglais (en). (par défaut :
                                          selon $LANG) (valeurs : fr, en)
                  --timeout <secondes>    Secondes à attendre la réponse, de 1 à 600. (par
                                          défaut : 10)
                  --version               Afficher la version.
                  -h, --help              Afficher cette aide.


                """, "\(page.output)")
    }

    @Test(
        "of wrong use is in French too, with the same exit status",
        arguments: [
            ("queue lst", "Argument de trop : lst"), ("stock list a b", "2 arguments de trop : a, b"),
            ("queue list --lan x", "Option inconnue : --lan. Vouliez-vous dire --lane ?"),
            ("queue list -z", "Option inconnue : -z"), ("queue list --lane", "Il manque la valeur de --lane <voie>"),
            ("check --verbose=3", "--verbose ne prend pas de valeur : 3 est de trop."),
            ("queue show", "Il manque un argument : <id>"),
            (
                "queue list --lane x",
                "La valeur x ne convient pas à --lane <voie>. Valeurs possibles : orders, stock, customer, status, moments."
            ), ("log level x", "La valeur x ne convient pas à <niveau>. Valeurs possibles :\n  - trace\n"),
            ("log level debug --for 9", "La valeur 9 ne convient pas à --for <durée>"),
            ("queue retry", "Nommez un événement, ou dites --all."),
            ("device show A/B", "« A/B » ne peut pas être un appareil : "),
            ("--generate-completion-script foo", "Aucun script de complétion n'existe pour foo.\nDites "),
        ])
    func wrongUse(_ line: String, _ complaint: String) {
        let words = line.split(separator: " ").map(String.init)
        let french = EdgeControl.run(words, environment: Self.environments[1])
        #expect(french.complaint.hasPrefix("Erreur : \(complaint)"), "\(french.complaint)")
        #expect(french.complaint.contains("\nUsage : edgectl"), "\(french.complaint)")
        #expect(french.complaint.contains("\n  Pour en savoir plus : edgectl"), "\(french.complaint)")
        for english in ["Error: ", "Usage: ", "Help: ", "See '"] { #expect(!french.complaint.contains(english)) }
        let english = EdgeControl.run(words, environment: [:])
        #expect(english.complaint.hasPrefix("Error: "))
        #expect(french.status == .wrongUse && english.status == .wrongUse)
        #expect(french.output == "" && english.output == "")
    }

    @Test("puts its French into completion scripts, whose lines stay as they are")
    func completions() {
        for shell in ["bash", "zsh", "fish"] {
            let scripts = Self.environments.map {
                EdgeControl.run(["--generate-completion-script", shell], environment: $0).output
            }
            #expect(scripts[0].split(separator: "\n").count == scripts[1].split(separator: "\n").count)
            #expect(scripts[1].contains("Lister les événements pour le siège.") == (shell != "bash"))
            #expect(!scripts[1].contains("Show help information."))
        }
    }
}
