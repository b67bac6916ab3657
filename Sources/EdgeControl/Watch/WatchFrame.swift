// One picture of `edgectl watch`, as lines: pure, so that it is the same in a terminal and in a test.

import Contract
import ShopModel

/// What stands on the screen at one moment.
struct WatchFrame {
    let state: WatchState
    let words: Words
    let isPaused: Bool

    /// The picture in exactly `height` lines of at most `width` characters. Least important things go first where there
    /// is no room: devices, then messages; what is wrong stays.
    func lines(width: Int, height: Int) -> [String] {
        var top = [header(width)]
        top += problems(width)
        var body: [String] = []
        if state.status != nil { body = beside(lanes(), devices(), width) + latency(width) }
        let foot = footer
        let room = height - top.count - foot.count
        body = Array(body.prefix(max(0, room)))
        let left = room - body.count
        if left >= 2 { body += messages(width, count: left - 1) }
        let fill = max(0, room - body.count)
        let all = top + body + [String](repeating: "", count: fill) + foot
        return all.prefix(height).map { $0.printableLine.cut(to: width) }
    }

    private func header(_ width: Int) -> String {
        guard let status = state.status else { return words.say("edgectl watch", "edgectl watch") }
        let up = status["line"]?["up"]?.truth == true
        let parts = [
            status.plain("shop"), "edged \(status.plain("version"))",
            words.say("line", "ligne") + " " + (up ? words.say("up", "établie") : words.say("DOWN", "COUPÉE")),
            words.say("clock", "horloge") + " " + words.term(status["clock"]?.plain("trust") ?? "–"),
            state.now.map { time($0) } ?? "",
        ]
        return parts.joined(separator: "  ·  ").cut(to: width)
    }

    private static let problemLinesMax = 4

    /// What is wrong, the worst first.
    private func problems(_ width: Int) -> [String] {
        if let failure = state.failure {
            return failure.text(in: words.language).split(separator: "\n").flatMap { String($0).wrapped(to: width) }
        }
        let findings = state.status?["findings"]?.list ?? []
        let sorted = findings.filter { $0.plain("level") == "fault" } + findings.filter { $0.plain("level") != "fault" }
        var lines: [String] = []
        for (index, finding) in sorted.enumerated() {
            let told = (words.term(finding.plain("level")) + words.colon + finding.plain("detail")).wrapped(to: width)
            // The first is told whole, so that its mend is seen; of the others as much as stays out of the way.
            guard index == 0 || lines.count + told.count <= Self.problemLinesMax else {
                let left = sorted.count - index
                lines.append(words.say("… and \(left) more: edgectl status", "… et \(left) de plus : edgectl status"))
                break
            }
            lines += told
        }
        return lines
    }

    private func lanes() -> [String] {
        var table = Table(
            .init(words.say("Lane", "Voie")), .init(words.say("Pending", "Attente"), isNumber: true),
            .init(words.say("Parked", "De côté"), isNumber: true), .init(words.say("Oldest", "Plus ancien")))
        for lane in state.status?["lanes"]?.list ?? [] {
            table.add(lane.plain("lane"), lane.plain("pending"), lane.plain("parked"), words.age(lane["oldest"]))
        }
        return table.lines(width: 44)
    }

    /// As many as there are lanes beside them; how many more there are is said.
    private static let devicesMax = 5

    private func devices() -> [String] {
        guard !state.devices.isEmpty else { return [] }
        var table = Table(
            .init(words.say("Device", "Appareil")), .init(words.say("State", "État")),
            .init(words.say("Last", "Dernier")))
        let lately = state.devices.sorted { $0["lastMessageAt"]?.text ?? "" > $1["lastMessageAt"]?.text ?? "" }
        for device in lately.prefix(Self.devicesMax) {
            table.add(
                device.plain("device").cut(to: 14), words.term(device.plain("presence")),
                words.age(device["lastMessageAt"]))
        }
        var lines = table.lines(width: 34)
        if lately.count > Self.devicesMax { lines.append("+\(lately.count - Self.devicesMax)") }
        return lines
    }

    private func latency(_ width: Int) -> [String] {
        let title = words.say("slowest of each second", "la plus lente de chaque seconde")
        func milliseconds(_ value: Int?) -> String { value.map(Self.milliseconds) ?? "–" }
        let numbers =
            words.say("Last minute: ", "Dernière minute : ")
            + "p50 \(milliseconds(state.percentile(50))) · p99 \(milliseconds(state.percentile(99)))"
        let seconds = min(WatchState.secondsMax, width)
        return [
            "", "\(numbers) · \(title)".cut(to: width),
            Sparkline.row(state.slowest(seconds: seconds), width: seconds),
        ]
    }

    private func messages(_ width: Int, count: Int) -> [String] {
        guard state.status != nil else { return [] }
        let shown = state.messages.suffix(max(0, count - 1)).reversed()
        guard !shown.isEmpty else { return ["", words.say("No messages yet.", "Pas encore de messages.")] }
        return [""]
            + shown.map { message in
                let device = message.device.cut(to: 16).filled(to: 16)
                let verb = message.verb.printableLine.cut(to: 22).filled(to: 22)
                let outcome = message.code ?? words.term(message.outcome)
                let length = Self.milliseconds(message.microseconds)
                return "\(time(message.at))  \(device)  \(verb)  \(length.filledLeft(to: 9))  \(outcome)".cut(to: width)
            }
    }

    private var footer: [String] {
        let pause =
            isPaused ? words.say("space goes on", "espace : reprendre") : words.say("space pauses", "espace : pause")
        return ["", words.say("q quits", "q : quitter") + " · " + pause]
    }

    /// Two blocks beside each other, the second only where it has room.
    private func beside(_ left: [String], _ right: [String], _ width: Int) -> [String] {
        let leftWidth = left.map(\.count).max() ?? 0
        let rightWidth = right.map(\.count).max() ?? 0
        guard !right.isEmpty, leftWidth + 3 + rightWidth <= width else { return [""] + left }
        return [""]
            + (0..<max(left.count, right.count)).map { index in
                let first = index < left.count ? left[index] : ""
                return first.filled(to: leftWidth + 3) + (index < right.count ? right[index] : "")
            }
    }

    /// `12:04:31`, of the agent's time in UTC.
    private func time(_ moment: Instant) -> String { String(moment.description.dropFirst(11).prefix(8)) }

    /// `0.8 ms`, `12 ms`, `3.2 s`.
    static func milliseconds(_ microseconds: Int) -> String {
        if microseconds < 10_000 { return "\(microseconds / 1_000).\(microseconds % 1_000 / 100) ms" }
        if microseconds < 1_000_000 { return "\(microseconds / 1_000) ms" }
        return "\(microseconds / 1_000_000).\(microseconds % 1_000_000 / 100_000) s"
    }
}

extension String {
    /// This in at most that many characters, the cut shown by `…`.
    func cut(to width: Int) -> String {
        count <= width ? self : String(prefix(max(0, width - 1))) + (width > 0 ? "…" : "")
    }

    /// This with blanks behind it.
    func filled(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// This with blanks before it.
    func filledLeft(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
