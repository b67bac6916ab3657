// edge-bench load: devices that ask and wait for their answers.

import ArgumentParser
import Contract

/// `edge-bench load`.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Devices that ask and wait for their answers.",
        discussion: """
            Without --rate each device asks again as soon as it is answered, which measures throughput. With --rate
            questions are due at fixed times, whatever became of those before, and each latency counts from the time
            when its question was due: a pause of the answerer is felt by all that it kept waiting (no coordinated
            omission).

            Prints {"answered", "done", "unanswered", "perSecond", "p50", "p99", "longest", "bytes"}; microseconds.
            """)

    @Option(help: "The broker's port on loopback.")
    var port: Int
    @Option(help: "The topics before the device's name.")
    var prefix = "shop/v1"
    @Option(help: "Devices are called <name>-0, <name>-1 and so on.")
    var name = "scanner"
    @Option(help: "How many devices.")
    var devices = 16
    @Option(help: "Questions a second of all devices together; 0 for as fast as answers come.")
    var rate = 0
    @Option(help: "For how long, in seconds.")
    var seconds = 3.0
    @Option(help: "Answers at the beginning that are not measured.")
    var warmUp = 50
    @Option(help: "Ends after so many questions; 0 for no such end.")
    var count = 0
    @Option(help: "What is asked: \(Question.allCases.map(\.rawValue).joined(separator: ", ")).")
    var ask = Question.scan
    @Option(help: "How many products the assortment has.")
    var assortment = 100_000
    @Option(help: "Lines of each sale.")
    var lines = 1
    @Option(help: "A number that no other load of this measurement has.")
    var number = 1

    func validate() throws {
        guard devices > 0, seconds > 0, assortment > 0, lines > 0, rate >= 0, warmUp >= 0, number > 0 else {
            throw ValidationError("Numbers must be above 0.")
        }
    }

    func run() throws {
        let load = try Load(self)
        try load.run()
        tell(load.result())
    }
}
