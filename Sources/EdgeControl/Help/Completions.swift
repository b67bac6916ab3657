// What a shell offers where the grammar alone cannot know: devices of this shop, rungs of the check.

import ArgumentParser
import Contract
import Glibc
import ShopModel

/// Words for a shell's completion, asked for while somebody types: soon, or none.
enum Completions {
    /// How the completion scripts call this tool back.
    static let request = "---completion"

    /// The devices that the agent knows; none when it does not answer within a second.
    static let devices = CompletionKind.custom { (words: [String], _: Int, _: String) -> [String] in
        let named = zip(words, words.dropFirst()).first { $0.0 == "--socket" }?.1
        let path = named ?? getenv("EDGED_SOCKET").map { String(cString: $0) } ?? AgentOptions.socketDefault
        let agent = AgentConnection(path: path, language: .english, seconds: 1)
        guard let answer = try? agent.ask(.request("device.list", ("limit", .count(200)))) else { return [] }
        return (answer["devices"]?.list ?? []).compactMap { $0["device"]?.text }
    }

    /// Rungs of the check and their groups, each behind those that stand before it, parted by commas.
    static let rungs = CompletionKind.custom { (_: [String], _: Int, typed: String) -> [String] in
        let before = typed.lastIndex(of: ",").map { typed[...$0] } ?? ""
        return rungWords.map { before + $0 }
    }

    private static let rungWords: [String] = {
        let names = CheckRungs.names
        return Set(names + names.map { String($0.prefix { $0 != "." }) }).sorted()
    }()
}
