// `edgectl queue unpark`: an event that was set aside may go.

import ArgumentParser
import Contract
import ShopModel

struct QueueUnpark: Question {
    static let configuration = CommandConfiguration(
        commandName: "unpark", abstract: "Let a parked event go, and what follows it.",
        discussion: """
            What follows of the same subject leaves after it, in order, up to the next
            event that was parked for a reason of its own. One that headquarters
            refused is refused again unless its cause is mended there.

            Examples:
              edgectl queue unpark 1204
            """)

    @Argument(help: "The event's row, or its id.") var id: String
    @Option(help: "Why, up to 200 bytes.") var reason: String?
    @OptionGroup var options: AgentOptions

    var requests: [JSON] {
        [.request("queue.unpark", ("id", .string(id)), ("reason", reason.map(JSON.string)))]
    }

    func page(_ result: JSON, _ words: Words) -> Page { QueuePage.released(result, words) }
}
