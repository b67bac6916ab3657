// `edgectl watch`: the shop as it happens, on one screen.

import ArgumentParser
import Contract
import ShopModel

struct WatchCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "watch",
            abstract: Help.say(
                "Watch the shop as it happens.", "Suivre le magasin en direct."),
            discussion: Help.say(
                """
                Lanes, devices, the latest messages and how fast they were answered, on one
                screen that fits 80 by 24. It only looks. Ends with q or Ctrl-C; goes on by
                itself when the agent comes back.

                Examples:
                  edgectl watch
                  edgectl watch --every 5
                  edgectl watch --once           (one picture as text, for a report)
                """,
                """
                Voies, appareils, derniers messages et temps de réponse, sur un seul écran de
                80 sur 24. Il ne fait que regarder. Se quitte par q ou Ctrl-C ; reprend de
                lui-même quand l'agent revient.

                Exemples :
                  edgectl watch
                  edgectl watch --every 5
                  edgectl watch --once           (une image en texte, pour un rapport)
                """))
    }

    @Option(
        help: .say(
            "Seconds between two pictures, 1 to 60.", "Secondes entre deux images, de 1 à 60.", value: "secondes"))
    var every: Int = 1
    @Flag(help: .say("Print one picture and end.", "Afficher une image et terminer.")) var once = false
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (1...60).contains(every) else {
            throw ValidationError(Help.say("--every takes 1 to 60 seconds.", "--every va de 1 à 60 secondes."))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        if once || !bench.isTerminal {
            var state = WatchState()
            state.take(status: try bench.ask(.request("status")))
            learn(&state, bench)
            let frame = WatchFrame(state: state, words: words(bench, state), isPaused: false)
            bench.print(frame.lines(width: 80, height: 24).dropLast(2).joined(separator: "\n") + "\n")
            return .fine
        }
        guard let screen = LiveScreen() else {
            throw Failure(
                code: "watch.noTerminal",
                message: bench.words.say("This is no terminal.", "Ceci n'est pas un terminal."),
                mend: bench.words.say(
                    "print one picture: edgectl watch --once", "une seule vue : edgectl watch --once"),
                status: .wrongUse)
        }
        defer { screen.close() }
        run(on: screen, bench)
        return .fine
    }

    private func run(on screen: LiveScreen, _ bench: Bench) {
        var state = WatchState()
        var isPaused = false
        while true {
            if !isPaused {
                do throws(Failure) {
                    state.take(status: try bench.ask(.request("status")))
                    learn(&state, bench)
                } catch {
                    state.take(failure: error)
                }
            }
            let size = screen.size
            let frame = WatchFrame(state: state, words: words(bench, state), isPaused: isPaused)
            screen.draw(frame.lines(width: size.width, height: size.height))
            switch screen.key(milliseconds: Int32(every) * 1_000) {
            case .end, .character(UInt8(ascii: "q")), .character(UInt8(ascii: "Q")): return
            case .character(UInt8(ascii: " ")): isPaused.toggle()
            case .character, .none: break
            }
        }
    }

    /// Devices and messages: an agent that does not know these questions is watched all the same.
    private func learn(_ state: inout WatchState, _ bench: Bench) {
        if let devices = try? bench.ask(.request("device.list")) { state.take(devices: devices) }
        if let trace = try? messages(after: state.lastRow, bench), state.take(trace: trace),
            let anew = try? messages(after: nil, bench)
        {
            _ = state.take(trace: anew)
        }
    }

    private func messages(after row: Int?, _ bench: Bench) throws(Failure) -> JSON {
        try bench.ask(.request("trace.read", ("after", row.map { .count($0) }), ("limit", .count(200))))
    }

    private func words(_ bench: Bench, _ state: WatchState) -> Words {
        Words(language: bench.words.language, now: state.now ?? Instant(milliseconds: 0))
    }
}
