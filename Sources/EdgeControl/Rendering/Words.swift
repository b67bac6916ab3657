// How the tool speaks to people: two languages, readable ages and moments.

import Contract
import ShopModel

/// Says things in a language, as of the agent's time.
struct Words {
    let language: Language
    /// The agent's time when it answered.
    let now: Instant

    init(language: Language, now: Instant = Instant(milliseconds: 0)) {
        self.language = language
        self.now = now
    }

    /// French where the environment is French, English everywhere else (POSIX: the first that is set counts).
    static func language(of environment: [String: String]) -> Language {
        Language(byLocale: { environment[$0] })
    }

    /// What tells a program of ours the reader's language.
    var environment: [String: String] { ["LC_ALL": say("C.UTF-8", "fr_FR.UTF-8")] }

    func say(_ english: String, _ french: String) -> String { language == .french ? french : english }

    /// A colon as the language has it, and a blank.
    var colon: String { say(": ", " : ") }

    /// `3 min ago`, `in 23 h`; a dash for no moment.
    func age(_ json: JSON?) -> String {
        guard let moment = json?.text.flatMap(Instant.init(rfc3339:)) else { return "–" }
        let passed = now - moment
        let length = passed < 0 ? ahead(-passed) : duration(passed)
        // What came while the answer was on its way is of now, not of the future.
        if passed < 0, passed > -1_000 { return say("0 s ago", "il y a 0 s") }
        return passed < 0 ? say("in \(length)", "dans \(length)") : say("\(length) ago", "il y a \(length)")
    }

    /// A time to come, to the nearest unit: what was said to last 24 h is not over in 23.
    private func ahead(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<120_000: duration(milliseconds + 500)
        case ..<7_200_000: duration(milliseconds + 30_000)
        case ..<172_800_000: duration(milliseconds + 1_800_000)
        default: duration(milliseconds + 43_200_000)
        }
    }

    /// The largest unit of which there are at least two, or one day.
    private func duration(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 7_200 { return "\(seconds / 60) min" }
        if seconds < 172_800 { return "\(seconds / 3_600) h" }
        return "\(seconds / 86_400) \(say("days", "jours"))"
    }

    /// `2026-11-22 09:30:00Z`: to the second, the date and time parted by a blank.
    func moment(_ json: JSON?) -> String {
        guard let moment = json?.text.flatMap(Instant.init(rfc3339:)) else { return "–" }
        let seconds = Instant(milliseconds: moment.milliseconds.floorDivided(by: 1_000) * 1_000)
        return seconds.description.replacing("T", with: " ")
    }

    /// A moment with its age.
    func momentAndAge(_ json: JSON?) -> String { "\(moment(json)) (\(age(json)))" }
}
