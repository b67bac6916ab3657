// What most commands are: a question to the agent, and a page made of its answer.

import ArgumentParser
import Contract
import ShopModel

/// A command that asks the agent something once, and shows the answer.
protocol Question: Job {
    /// The request; when there are several, each is asked if the one before named a product that is unknown.
    var requests: [JSON] { get }
    /// The answer for people.
    func page(_ result: JSON, _ words: Words) -> Page
    /// How the tool ends after this answer.
    func status(_ result: JSON) -> ExitStatus
}

extension Question {
    func status(_ result: JSON) -> ExitStatus { .fine }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let result = try bench.ask(requests)
        bench.answer(result) { page(result, $0) }
        return status(result)
    }
}

/// How the answer is printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json
}

/// The language of the answer.
enum AnswerLanguage: String, CaseIterable, ExpressibleByArgument {
    case fr, en

    var language: Language { self == .fr ? .french : .english }
}

/// Options of every command.
struct AgentOptions: ParsableArguments {
    /// Where the agent's socket lies when nobody says otherwise.
    static let socketDefault = "/run/edged/control.sock"

    @Option(
        help: .say(
            "The agent's control socket. (default: $EDGED_SOCKET, else \(Self.socketDefault))",
            "Le socket de contrôle de l'agent. (par défaut : $EDGED_SOCKET, sinon \(Self.socketDefault))"))
    var socket: String?

    @Option(
        help: .say(
            "Print for people (table) or programs (json).",
            "Afficher pour des personnes (table) ou des programmes (json)."))
    var format: OutputFormat = .table

    @Option(
        help: .say(
            "Speak French (fr) or English (en). (default: by $LANG)",
            "Parler français (fr) ou anglais (en). (par défaut : selon $LANG)", value: "langue"))
    var language: AnswerLanguage?

    @Option(
        help: .say(
            "Seconds to wait for the answer, 1 to 600.", "Secondes à attendre la réponse, de 1 à 600.",
            value: "secondes"))
    var timeout: Int = 10

    func validate() throws {
        guard (1...600).contains(timeout) else {
            throw ValidationError(Help.say("--timeout takes 1 to 600 seconds.", "--timeout va de 1 à 600 secondes."))
        }
    }

    /// What of these options the next command line has to say again, with a blank before it.
    var again: String {
        var text = ""
        if let socket { text += " --socket \(socket.quotedForShell)" }
        if let language { text += " --language \(language.rawValue)" }
        return text
    }

    /// The socket's path: the option's, else the environment's, else the usual one.
    func socketPath(_ environment: [String: String]) -> String {
        if let socket { return socket }
        if let path = environment["EDGED_SOCKET"], !path.isEmpty { return path }
        return Self.socketDefault
    }
}

extension String {
    /// This as one word of a shell's command line.
    var quotedForShell: String {
        let plain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return plain && !isEmpty ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}

/// A page of a list.
struct PageOptions: ParsableArguments {
    /// How many when nobody says.
    static let limitDefault = 50

    @Option(help: .say("How many at most, 1 to 200.", "Combien au plus, de 1 à 200.", value: "nombre"))
    var limit: Int = Self.limitDefault

    /// What the next page's command line has to say again, with a blank before it.
    var again: String { limit == Self.limitDefault ? "" : " --limit \(limit)" }

    func validate() throws {
        guard (1...200).contains(limit) else {
            throw ValidationError(Help.say("--limit takes 1 to 200.", "--limit va de 1 à 200."))
        }
    }
}

extension JSON {
    /// A request: the command and those fields that are there.
    static func request(_ command: String, _ fields: (String, JSON?)...) -> JSON {
        .object(
            [Member("command", .string(command))]
                + fields.compactMap { name, value in
                    value.map { Member(name, $0) }
                })
    }

    /// The members, if this is an object; none otherwise.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }
    /// The elements, if this is an array; none otherwise.
    var list: [JSON] { elements ?? [] }
    /// The value as a person reads it.
    var plain: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .decimal(let number): number
        case .bool(let truth): truth ? "true" : "false"
        case .null: "–"
        case .array(let elements): elements.map(\.plain).joined(separator: ", ")
        case .object(let members): members.map { "\($0.name) \($0.value.plain)" }.joined(separator: ", ")
        }
    }
    /// The member of that name as a person reads it; a dash when there is none.
    func plain(_ name: String) -> String { self[name]?.plain ?? "–" }
    /// The number of that name, 0 when there is none.
    func number(_ name: String) -> Int { self[name]?.integer ?? 0 }
}
