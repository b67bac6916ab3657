// Options that every command has may stand before it: `edgectl --socket PATH status`.

/// The arguments as the parser wants them.
///
/// Each command declares the options of `AgentOptions`, so that its own help names them; a person who types them first,
/// as with `git -C` or `systemctl -H`, means the same.
enum LeadingOptions {
    private static let taking: Set<String> = ["--socket", "--format", "--language", "--timeout"]

    /// The arguments with those options that stood before the command put behind it.
    static func moved(_ arguments: [String]) -> [String] {
        var count = 0
        while count < arguments.count {
            let word = arguments[count]
            if taking.contains(word) {
                count += 2
            } else if let equals = word.firstIndex(of: "="), taking.contains(String(word[..<equals])) {
                count += 1
            } else {
                break
            }
        }
        // Without a command behind them the parser says what is wrong.
        guard count > 0, count < arguments.count, !arguments[count].hasPrefix("-") else { return arguments }
        var command = Array(arguments[count...])
        // Help is no command that could be asked anything; its language is chosen by then.
        guard command.first != "help" else { return command }
        // What follows "--" is never an option.
        command.insert(contentsOf: arguments[..<count], at: command.firstIndex(of: "--") ?? command.count)
        return command
    }
}
