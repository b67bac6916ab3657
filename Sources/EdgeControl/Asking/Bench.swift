// Where a command works: the agent at hand, the person's language and terminal, and paper for what is found.

import Contract
import ShopModel

/// The surroundings of a command that runs.
final class Bench {
    /// The person's language, and the agent's time as of its last answer.
    private(set) var words: Words
    /// Of the variables in `EdgeControl.environmentNames`, those that are set.
    let environment: [String: String]
    /// Where the agent's socket lies.
    let socketPath: String
    /// How answers are printed.
    let format: OutputFormat
    private let options: AgentOptions
    private let streams: Streams

    init(_ options: AgentOptions, _ environment: [String: String], _ streams: Streams) {
        self.options = options
        self.environment = environment
        self.streams = streams
        socketPath = options.socketPath(environment)
        format = options.format
        words = Words(language: options.language?.language ?? Words.language(of: environment))
    }

    /// Whether standard output is a terminal: a live view makes sense.
    var isTerminal: Bool { streams.isTerminal }
    /// Whether somebody sits at standard input who can be asked.
    var isInteractive: Bool { streams.isInteractive }
    /// Columns for pages: the terminal's, within reason.
    var width: Int { streams.size().map { min(max($0.columns, Page.widthMin), Page.widthMax) } ?? Page.widthMax }
    /// The terminal's size as it is now; `nil` without one.
    var terminalSize: (columns: Int, rows: Int)? { streams.size() }

    /// Asks the agent.
    ///
    /// - Throws: why it did not answer, and what it refused.
    func ask(_ request: JSON) throws(Failure) -> JSON { try ask([request]) }

    /// Asks the agent, one request after the other as long as it says that it knows no such product.
    func ask(_ requests: [JSON]) throws(Failure) -> JSON {
        let result = try AgentConnection(path: socketPath, language: words.language, seconds: options.timeout)
            .ask(requests)
        if let now = result["now"]?.text.flatMap(Instant.init(rfc3339:)) {
            words = Words(language: words.language, now: now)
        }
        return result
    }

    /// Prints an answer in the format that was asked for.
    func answer(_ result: JSON, page: (Words) -> Page) {
        switch format {
        case .json: json(result)
        case .table: show(page(words))
        }
    }

    /// Prints a page.
    func show(_ page: Page) { streams.write(page.text(width: width)) }

    /// Prints a text, less what a terminal would take as an order.
    func print(_ text: String) { streams.write(text.printable) }

    /// Prints a text with colours of our own making. What came from elsewhere in it has to be printable.
    func paint(_ text: String) { streams.write(text) }

    /// Prints a JSON value for programs, indented.
    func json(_ value: JSON) {
        streams.write(String(decoding: value.encodedPretty(), as: UTF8.self).printableJSON + "\n")
    }

    /// Prints a JSON value for programs, in a line of its own.
    func jsonLine(_ value: JSON) {
        streams.write(String(decoding: value.encoded(), as: UTF8.self).printableJSON + "\n")
    }

    /// Tells somebody who waits what is going on; nobody is told when standard error is no terminal.
    func progress(_ text: String) {
        if streams.tellsProgress { streams.complain(text.printable + "\n") }
    }

    /// Tells how far the work is in one line that the next text replaces; an empty text takes it away.
    func progressLine(_ text: String) {
        if streams.tellsProgress { streams.complain("\r\u{1B}[K\(text.printableLine.prefix(width - 1))") }
    }

    /// Whether colours help: on a terminal that has them, whose owner does not refuse them (no-color.org).
    var hasColours: Bool {
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Asks whoever sits there whether to go on. With nobody there, only `isSure` says so.
    ///
    /// - Throws: `control.notConfirmed`.
    func confirm(_ question: String, isSure: Bool) throws(Failure) {
        if isSure { return }
        let hint = words.say("say --yes to do it without being asked.", "ajoutez --yes pour ne pas être interrogé.")
        guard isInteractive else {
            throw Failure(
                code: "control.notConfirmed",
                message: words.say(
                    "This needs a yes, and nobody sits at a terminal to give it.",
                    "Il faut une confirmation, et personne n'est au terminal pour la donner."),
                mend: hint, status: .wrongUse)
        }
        streams.complain("\(question.printable) \(words.say("[yes/NO]", "[oui/NON]")) ")
        let typed = streams.readLine()?.lowercased().filter { !$0.isWhitespace } ?? ""
        guard ["y", "yes", "o", "oui"].contains(typed) else {
            throw Failure(
                code: "control.notConfirmed",
                message: words.say("Nothing was changed.", "Rien n'a été changé."), status: .fault)
        }
    }
}
