// `edgectl queue retry`: events go to headquarters again.

import ArgumentParser
import Contract
import ShopModel

struct QueueRetry: Question {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Send a parked event again, or all of them.",
        discussion: """
            A parked event goes again, and what follows of its subject after it. A
            pending one is sent at once instead of when its turn comes. Headquarters
            knows what it has: nothing takes effect twice.

            Examples:
              edgectl queue retry 1204
              edgectl queue retry --all       when its cause is mended at headquarters
            """)

    @Argument(help: "The event's row, or its id.") var id: String?
    @Flag(help: "All parked events, and all that are pending.") var all = false
    @Option(help: "Why, up to 200 bytes.") var reason: String?
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (id == nil) == all else { throw ValidationError("Name one event, or say --all.") }
    }

    var requests: [JSON] {
        [
            .request(
                "queue.retry", ("id", id.map(JSON.string)), ("all", all ? true : nil),
                ("reason", reason.map(JSON.string)))
        ]
    }

    func page(_ result: JSON, _ words: Words) -> Page { QueuePage.released(result, words) }
}
