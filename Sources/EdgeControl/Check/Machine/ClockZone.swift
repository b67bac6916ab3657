// The shop's time zone: its data is on this box, or opening hours mean nothing.

import Contract
import ShopModel

/// The zone's data.
enum ClockZone {
    /// The data of the shop's zone is installed.
    static let rung = Rung("clock.zone", needs: ["configuration.file"]) { context in
        let words = context.words
        guard let name = context.configuration?.shop.timeZone else {
            return .unknown(words.say("the configuration is not known", "la configuration n'est pas connue"))
        }
        let path = "/usr/share/zoneinfo/\(name)"
        let mend = words.say(
            "sudo apt install --reinstall tzdata, or correct shop.timeZone in the configuration.",
            "sudo apt install --reinstall tzdata, ou corrigez shop.timeZone dans la configuration.")
        guard let bytes = SmallFile.bytes(context.machine(path), max: 1 << 20) else {
            return .fault(
                "clock.zoneMissing",
                words.say("the time zone \(name) is not on this box", "le fuseau \(name) n'est pas sur cette machine"),
                cause: words.say("there is no \(path)", "il n'y a pas de \(path)"), mend: mend)
        }
        guard bytes.starts(with: Array("TZif".utf8)) else {
            return .fault(
                "clock.zoneDamaged",
                words.say("the data of zone \(name) is damaged", "les données du fuseau \(name) sont abîmées"),
                cause: words.say("\(path) is no TZif file", "\(path) n'est pas un fichier TZif"), mend: mend)
        }
        return .fine(name)
    }
}
