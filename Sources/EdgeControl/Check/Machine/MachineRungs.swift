// The rungs of the machine: power, disk, clock, and the agent's own files.

import Contract
import ShopModel

/// The machine's part of the ladder.
enum MachineRungs {
    static let all: [Rung] =
        [configurationFile, ConfigurationRights.rung] + PowerRungs.all + DiskRungs.all + ClockRungs.all + StateRungs.all
        + AgentRungs.all

    /// The configuration is there and can be read.
    private static let configurationFile = Rung("configuration.file") { context in
        let path = context.configurationPath
        let words = context.words
        switch context.reading {
        case .read(let configuration):
            return .fine(
                words.say("shop \(configuration.shop.id), \(path)", "magasin \(configuration.shop.id), \(path)"))
        case .missing:
            return .fault(
                "configuration.missing", words.say("there is no \(path)", "il n'y a pas de \(path)"),
                mend: words.say(
                    "name another by --config FILE, or: sudo dpkg-reconfigure edged",
                    "donnez-en un autre par --config FICHIER, ou : sudo dpkg-reconfigure edged"))
        case .forbidden:
            return .hidden(
                words.say(
                    "you may not read \(path); check as root",
                    "vous n'avez pas le droit de lire \(path) ; vérifiez en tant que root"))
        case .unreadable(let number):
            return .fault(
                "configuration.unreadable", words.say("\(path) cannot be read", "\(path) est illisible"),
                cause: SmallFile.text(ofSystemError: number),
                mend: words.say(
                    "look at the disk: sudo dmesg | tail -30", "voir le disque : sudo dmesg | tail -30"))
        case .invalid(let refusal):
            let place = refusal.field.map { words.say(" at \($0)", " à \($0)") } ?? ""
            return .fault(
                "configuration.invalid",
                words.say("\(path) cannot be right\(place)", "\(path) ne peut pas être juste\(place)"),
                cause: "\(refusal.sentence(in: words.language)) (\(refusal.code.name))",
                mend: Mends.configuration(refusal, words))
        }
    }
}
