// `edgectl device ping`: whether a device is there, as far as that can be known without changing it.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct DevicePing: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "ping",
            abstract: Help.say(
                "Ask a device for a sign of life.", "Demander à un appareil un signe de vie."),
            discussion: Help.say(
                """
                Publishes to the device's show/ping. A device that knows it says again that
                it is there (its presence), and the time until then is shown. One that does
                not know it cannot answer; then its presence and its last message are all
                that can be known. Ends with 1 when there is no sign of life at all.

                Examples:
                  edgectl device ping tablet-2
                  edgectl device ping tablet-2 --wait 10
                """,
                """
                Publie sur show/ping de l'appareil. Un appareil qui le connaît redit qu'il
                est là (sa présence), et le temps écoulé est affiché. Un autre ne peut pas
                répondre : sa présence et son dernier message sont alors tout ce qu'on peut
                savoir. Se termine par 1 s'il n'y a aucun signe de vie.

                Exemples :
                  edgectl device ping tablet-2
                  edgectl device ping tablet-2 --wait 10
                """))
    }

    @OptionGroup var name: DeviceName
    @Option(
        help: .say(
            "Seconds to wait for the device, 1 to 60.", "Secondes à attendre l'appareil, de 1 à 60.", value: "secondes")
    ) var wait: Int = 3
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (1...60).contains(wait) else {
            throw ValidationError(Help.say("--wait takes 1 to 60 seconds.", "--wait va de 1 à 60 secondes."))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let asked = try bench.ask(.request("device.ping", ("device", .string(name.device))))
        let start = monotonicMilliseconds()
        let before = asked["device"]?["greetings"]?.integer ?? 0
        var device = asked["device"] ?? .null
        var echo: Int?
        while echo == nil, monotonicMilliseconds() - start < wait * 1_000 {
            usleep(20_000)
            device = try bench.ask(.request("device.show", ("device", .string(name.device))))["device"] ?? .null
            if (device["greetings"]?.integer ?? 0) > before { echo = monotonicMilliseconds() - start }
        }
        let verdict = echo != nil ? "echo" : device.plain("presence") == "online" ? "there" : "silent"
        let result = JSON.object(
            [.init("device", device), .init("verdict", .string(verdict))]
                + (echo.map { [.init("milliseconds", .count($0))] } ?? []))
        bench.answer(result) { page(device, verdict, echo, $0) }
        return verdict == "silent" ? .fault : .fine
    }

    private func page(_ device: JSON, _ verdict: String, _ echo: Int?, _ words: Words) -> Page {
        var page = Page()
        let id = name.device
        switch verdict {
        case "echo":
            let time = "\(echo ?? 0) ms"
            page.paragraph(words.say("\(id) answered after \(time).", "\(id) a répondu après \(time)."))
        case "there":
            page.paragraph(
                words.say(
                    "\(id) is connected, by its presence and the broker's keep-alive, but did not answer within \(wait) s: its program does not know show/ping, or is stuck.",
                    "\(id) est connecté, selon sa présence et le keep-alive du broker, mais n'a pas répondu en \(wait) s : son programme ignore show/ping, ou est bloqué."
                ))
        default:
            page.paragraph(
                words.say(
                    "\(id) gave no sign of life within \(wait) s.", "\(id) n'a donné aucun signe de vie en \(wait) s."))
            if device.plain("presence") == "never" {
                page.paragraph(
                    words.say(
                        "It never said anything about its presence, so it may be there all the same: look at its last message.",
                        "Il n'a jamais rien dit de sa présence et peut être là quand même : voir son dernier message."))
            }
        }
        page.blank()
        page.facts(DevicePage.facts(device, words))
        return page
    }
}
