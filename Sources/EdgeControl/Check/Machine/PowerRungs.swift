// Power and temperature, where the machine tells them: sysfs, and the firmware's flags of a Raspberry Pi.

import Contract

/// Is there power, and is it cool enough?
enum PowerRungs {
    static let all = [supply, temperature]

    /// The firmware's flags of a Raspberry Pi: the low half is now, the high half since the start.
    /// <https://www.raspberrypi.com/documentation/computers/os.html#get_throttled>
    private struct Throttling {
        let flags: UInt32

        init?(_ context: CheckContext) {
            let path = "/sys/devices/platform/soc/soc:firmware/get_throttled"
            guard let text = context.text(path, max: 64), let flags = UInt32(text.drop0x, radix: 16) else { return nil }
            self.flags = flags
        }

        var isUnderVoltage: Bool { flags & 1 != 0 }
        var isThrottled: Bool { flags & 0b1100 != 0 }
        var wasUnderVoltage: Bool { flags & 1 << 16 != 0 }
        var wasThrottled: Bool { flags & 0b1100 << 16 != 0 }
    }

    private static let supply = Rung("power.supply") { context in
        let words = context.words
        let mendSupply = words.say(
            "use the maker's power supply and cable (5 V, 3 A or more), and take USB devices off the box.",
            "mettez l'alimentation et le câble du fabricant (5 V, 3 A ou plus), retirez des périphériques USB.")
        let firmware = Throttling(context)
        let alarm = underVoltageAlarm(context)
        if firmware?.isUnderVoltage == true || alarm == true {
            return .fault(
                "power.underVoltage", words.say("the voltage is too low now", "la tension est trop basse en ce moment"),
                cause: words.say(
                    "a weak power supply or cable: files are lost this way",
                    "une alimentation ou un câble trop faible : c'est ainsi que des fichiers se perdent"),
                mend: mendSupply)
        }
        if firmware?.wasUnderVoltage == true {
            return .warning(
                "power.wasUnderVoltage",
                words.say(
                    "the voltage was too low since the box started",
                    "la tension a été trop basse depuis le démarrage"),
                cause: words.say("a weak power supply or cable", "une alimentation ou un câble trop faible"),
                mend: mendSupply)
        }
        if let verdict = mains(context) { return verdict }
        if firmware != nil || alarm != nil {
            return .fine(words.say("the voltage is as it should be", "la tension est correcte"))
        }
        return .unknown(words.say("this box does not measure it", "cette machine ne la mesure pas"))
    }

    /// The alarm of the driver `raspberrypi-hwmon`; nil where there is none.
    private static func underVoltageAlarm(_ context: CheckContext) -> Bool? {
        for name in context.names(in: "/sys/class/hwmon") {
            let folder = "/sys/class/hwmon/\(name)"
            guard context.text("\(folder)/name", max: 64) == "rpi_volt",
                let alarm = context.text("\(folder)/in0_lcrit_alarm", max: 16)
            else { continue }
            return alarm != "0"
        }
        return nil
    }

    /// What mains, batteries and UPSs say; nil when there are none.
    private static func mains(_ context: CheckContext) -> Verdict? {
        let words = context.words
        var isOnline: Bool?
        var charge: Int?
        var isDischarging = false
        for name in context.names(in: "/sys/class/power_supply") {
            let folder = "/sys/class/power_supply/\(name)"
            // A scanner or a mouse has a battery too.
            guard context.text("\(folder)/scope", max: 32) != "Device" else { continue }
            switch context.text("\(folder)/type", max: 32) {
            case "Mains", "USB":
                if let online = context.text("\(folder)/online", max: 16) {
                    isOnline = isOnline == true || online == "1"
                }
            case "Battery", "UPS":
                isDischarging = isDischarging || context.text("\(folder)/status", max: 32) == "Discharging"
                if let percent = context.text("\(folder)/capacity", max: 16).flatMap({ Int($0) }) {
                    charge = min(charge ?? 100, percent)
                }
            default: continue
            }
        }
        guard isOnline != nil || charge != nil || isDischarging else { return nil }
        let left = charge.map { words.say(", \($0) % left", ", reste \($0) %") } ?? ""
        guard isOnline == false || isOnline == nil && isDischarging else {
            return .fine(
                words.say("on mains", "sur secteur")
                    + (charge.map { words.say(", battery \($0) %", ", batterie \($0) %") } ?? ""))
        }
        let mend = words.say(
            "look at the plug, the fuse and the power strip.", "voir la prise, le fusible et la multiprise.")
        let cause = words.say("the mains are off or unplugged", "le secteur est coupé ou débranché")
        if let charge, charge < 15 {
            return .fault(
                "power.batteryLow", words.say("on battery", "sur batterie") + left, cause: cause, mend: mend,
                .init("percent", .count(charge)))
        }
        return .warning("power.onBattery", words.say("on battery", "sur batterie") + left, cause: cause, mend: mend)
    }

    private static let temperature = Rung("power.temperature") { context in
        let words = context.words
        var hottest: (degrees: Int, limit: Int)?
        for name in context.names(in: "/sys/class/thermal") where name.hasPrefix("thermal_zone") {
            let folder = "/sys/class/thermal/\(name)"
            guard let degrees = context.text("\(folder)/temp", max: 16).flatMap({ Int($0) }).map({ $0 / 1_000 }),
                (-40...200).contains(degrees)
            else { continue }
            let limit = critical(folder, context)
            if hottest.map({ degrees - limit > $0.degrees - $0.limit }) ?? true { hottest = (degrees, limit) }
        }
        let firmware = Throttling(context)
        let mend = words.say(
            "free the air slots, take away dust and heat sources, look at the fan.",
            "dégagez les aérations, ôtez la poussière et les sources de chaleur, voir le ventilateur.")
        let cause = words.say(
            "the box gets too little air, or stands in too warm a place",
            "la machine manque d'air, ou se trouve dans un endroit trop chaud")
        guard let hottest else {
            if firmware?.isThrottled == true {
                return .warning(
                    "power.throttled", words.say("slowed down by heat", "ralentie par la chaleur"), cause: cause,
                    mend: mend)
            }
            return firmware == nil
                ? .unknown(words.say("this box does not measure it", "cette machine ne la mesure pas"))
                : .fine(words.say("not slowed down by heat", "pas ralentie par la chaleur"))
        }
        let fact = JSON.Member("degreesCelsius", .count(hottest.degrees))
        let seen = words.say(
            "\(hottest.degrees) °C, the limit is \(hottest.limit) °C",
            "\(hottest.degrees) °C, la limite est \(hottest.limit) °C")
        if hottest.degrees >= hottest.limit - 3 {
            return .fault("power.tooHot", seen, cause: cause, mend: mend, fact)
        }
        if hottest.degrees >= hottest.limit - 12 || firmware?.isThrottled == true {
            return .warning("power.hot", seen, cause: cause, mend: mend, fact)
        }
        return .fine(seen, fact)
    }

    /// Degrees at which the machine turns itself off; 95 where it does not say.
    private static func critical(_ folder: String, _ context: CheckContext) -> Int {
        for number in 0..<12 {
            guard let type = context.text("\(folder)/trip_point_\(number)_type", max: 32) else { continue }
            guard type == "critical",
                let degrees = context.text("\(folder)/trip_point_\(number)_temp", max: 16).flatMap({ Int($0) })
            else { continue }
            return (60_000...130_000).contains(degrees) ? degrees / 1_000 : 95
        }
        return 95
    }
}

extension String {
    /// This without `0x` at its beginning.
    fileprivate var drop0x: Substring { hasPrefix("0x") ? dropFirst(2) : self[...] }
}
