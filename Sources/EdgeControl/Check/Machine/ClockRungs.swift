// The clock: is it synchronised, right, kept over power cuts, free of jumps, and in a zone that this box knows?

import Contract
import ShopModel

/// What may be wrong with time.
enum ClockRungs {
    /// The data of the shop's zone is installed.
    static let zone = Rung("clock.zone", needs: ["configuration.file"]) { context in
        let words = context.words
        guard let name = context.configuration?.shop.timeZone else {
            return .unknown(words.say("the configuration is not known", "la configuration n'est pas connue"))
        }
        let path = "/usr/share/zoneinfo/\(name)"
        guard let bytes = SmallFile.bytes(context.machine(path), max: 1 << 20) else {
            return .fault(
                "clock.zoneMissing",
                words.say("the time zone \(name) is not on this box", "le fuseau \(name) n'est pas sur cette machine"),
                cause: words.say("there is no \(path)", "il n'y a pas de \(path)"),
                mend: words.say(
                    "sudo apt install --reinstall tzdata, or correct shop.timeZone in the configuration.",
                    "sudo apt install --reinstall tzdata, ou corrigez shop.timeZone dans la configuration."))
        }
        guard bytes.starts(with: Array("TZif".utf8)) else {
            return .fault(
                "clock.zoneDamaged",
                words.say("the data of zone \(name) is damaged", "les données du fuseau \(name) sont abîmées"),
                cause: words.say("\(path) is no TZif file", "\(path) n'est pas un fichier TZif"),
                mend: words.say("sudo apt install --reinstall tzdata", "sudo apt install --reinstall tzdata"))
        }
        return .fine(name)
    }
}
