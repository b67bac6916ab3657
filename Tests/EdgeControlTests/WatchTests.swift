// A shop that is watched: what the screen shows, and what becomes of it when the agent goes away.

import Contract
import ShopModel
import Testing

@testable import EdgeControl

@Suite("The watched shop")
struct WatchTests {
    private let now = "2026-11-22T12:04:31.500Z"

    private func status(
        findings: String = "[]", up: Bool = true, since: String = "2026-11-22T08:00:00.000Z"
    ) throws -> JSON {
        try JSONReader.read(
            Array(
                """
                {"now":"\(now)","since":"\(since)","shop":"S1","version":"0.2.0","line":{"up":\(up)},"clock":{"trust":"trusted"},
                 "lanes":[{"lane":"orders","pending":12,"parked":1,"oldest":"2026-11-22T12:02:31Z"},
                          {"lane":"stock","pending":0,"parked":0},{"lane":"customer","pending":0,"parked":0},
                          {"lane":"status","pending":0,"parked":0},{"lane":"moments","pending":3,"parked":0}],
                 "findings":\(findings)}
                """.utf8))
    }

    private func trace(
        _ entries: [(row: Int, second: Int, verb: String, microseconds: Int)], latest: Int? = nil
    ) throws -> JSON {
        let texts = entries.map {
            """
            {"row":\($0.row),"at":"2026-11-22T12:04:\($0.second < 10 ? "0" : "")\($0.second)Z","device":"scanner-7",
             "verb":"\($0.verb)","outcome":"done","microseconds":\($0.microseconds),"bytes":13}
            """
        }
        return try JSONReader.read(
            Array(
                "{\"rows\":[\(texts.joined(separator: ","))],\"latest\":\(latest ?? entries.last?.row ?? 0)}".utf8))
    }

    private func frame(_ state: WatchState, _ language: Language = .english) -> WatchFrame {
        WatchFrame(
            state: state, words: Words(language: language, now: state.now ?? Instant(milliseconds: 0)), isPaused: false)
    }

    @Test("fits 80 by 24 in both languages, with devices beside lanes and the newest message first")
    func fits() throws {
        var state = WatchState()
        state.take(status: try status())
        state.take(
            devices: try JSONReader.read(
                Array(
                    """
                    {"devices":[{"device":"scanner-7","presence":"online","lastMessageAt":"2026-11-22T12:04:30Z"},
                                {"device":"a-tablet-with-a-very-long-name","presence":"never"}]}
                    """.utf8)))
        _ = state.take(trace: try trace([(1, 10, "scan", 800), (2, 30, "sale.record", 16_100)]))
        for language in [Language.english, .french] {
            let lines = frame(state, language).lines(width: 80, height: 24)
            #expect(lines.count == 24)
            for line in lines { #expect(line.count <= 80, "\(line)") }
        }
        let text = frame(state).lines(width: 80, height: 24)
        #expect(text[0] == "S1  ·  edged 0.2.0  ·  line up  ·  clock trusted  ·  12:04:31")
        #expect(text.contains { $0.hasPrefix("orders") && $0.contains("2 min") && $0.contains("scanner-7") })
        let sale = try #require(text.firstIndex { $0.contains("sale.record") && $0.contains("16 ms") })
        let scan = try #require(text.firstIndex { $0.contains("scan  ") && $0.contains("0.8 ms") })
        #expect(sale < scan)
        #expect(text.contains { $0.hasPrefix("Last minute: p50 16 ms · p99 16 ms") })
    }

    @Test("says how many devices there are beside those that are shown")
    func moreDevices() throws {
        for (count, more) in [(5, nil), (6, "+1"), (17, "+12")] {
            var state = WatchState()
            state.take(status: try status())
            let devices = (1...count).map {
                #"{"device":"scanner-\#($0)","presence":"online","lastMessageAt":"2026-11-22T12:04:30Z"}"#
            }
            state.take(devices: try JSONReader.read(Array("{\"devices\":[\(devices.joined(separator: ","))]}".utf8)))
            let lines = frame(state).lines(width: 80, height: 24)
            #expect(lines.count == 24)
            #expect(lines.first { $0.contains(" +") }.map { String($0.split(separator: " ").last ?? "") } == more)
        }
    }

    @Test("keeps what is wrong in a small terminal, the worst first")
    func small() throws {
        var state = WatchState()
        state.take(
            status: try status(
                findings: """
                    [{"level":"warning","detail":"the clock"},{"level":"fault","detail":"events are parked"}]
                    """, up: false))
        let lines = frame(state).lines(width: 40, height: 8)
        #expect(lines.count == 8)
        #expect(lines[1] == "FAULT: events are parked")
        #expect(lines[2] == "WARNING: the clock")
        #expect(lines.allSatisfy { $0.count <= 40 })
        #expect(frame(state).lines(width: 20, height: 2).count == 2)
    }

    @Test("says why nothing comes when the agent is gone, and counts a new agent's messages anew")
    func gone() throws {
        var state = WatchState()
        state.take(status: try status())
        _ = state.take(trace: try trace([(90, 10, "scan", 800)]))
        state.take(
            failure: Failure(code: "control.noSocket", message: "No agent.", mend: "start it", status: .unreachable))
        #expect(frame(state).lines(width: 80, height: 24)[1] == "control.noSocket: No agent.")
        state.take(status: try status())
        _ = state.take(trace: try trace([(1, 20, "scan", 900)]))
        #expect(state.messages.map(\.row) == [1])
    }

    @Test("takes up a new agent's messages when it was started between two pictures, and has fewer of them")
    func startedAnew() throws {
        var state = WatchState()
        state.take(status: try status())
        _ = state.take(trace: try trace([(89, 5, "scan", 800), (90, 10, "scan", 800)]))
        // Asked for what is behind row 90, the new agent has nothing, and counted to 2.
        #expect(state.take(trace: try trace([], latest: 2)))
        #expect(state.lastRow == nil)
        #expect(!state.take(trace: try trace([(1, 20, "scan", 900), (2, 21, "sale.record", 900)])))
        #expect(state.messages.map(\.row) == [1, 2])
    }

    @Test("takes up a new agent's messages when it has counted beyond those that are known, too")
    func startedAnewAndBusy() throws {
        var state = WatchState()
        state.take(status: try status())
        _ = state.take(trace: try trace([(90, 10, "scan", 800)]))
        state.take(status: try status(since: "2026-11-22T12:04:20.000Z"))
        #expect(state.lastRow == nil)
        _ = state.take(trace: try trace([(1, 21, "scan", 900), (95, 22, "scan", 900)]))
        #expect(state.messages.map(\.row) == [1, 95])
        state.take(status: try status(since: "2026-11-22T12:04:20.000Z"))
        #expect(state.lastRow == 95)
    }

    @Test("shows names from elsewhere as letters, whatever a terminal would make of them")
    func hostile() throws {
        var state = WatchState()
        state.take(
            status: try status(findings: #"[{"level":"fault","detail":"parked \u001b]0;PWNED\u0007\nSECOND"}]"#))
        _ = state.take(trace: try trace([(1, 30, #"x\u001b[2J\u009b1m\u202ey"#, 900)]))
        let text = frame(state).lines(width: 80, height: 24)
        #expect(text.contains("FAULT: parked ]0;PWNED SECOND"))
        #expect(text.contains { $0.contains("  x[2J1my  ") })
    }

    @Test("shows a message once, however often it is read")
    func once() throws {
        var state = WatchState()
        state.take(status: try status())
        _ = state.take(trace: try trace([(1, 30, "scan", 800)]))
        _ = state.take(trace: try trace([(1, 30, "scan", 800), (2, 31, "scan", 900)]))
        #expect(state.messages.map(\.row) == [1, 2])
        #expect(state.slowest(seconds: 3) == [nil, 800, 900])
    }

    @Test("draws a row of bars whose highest is full and whose gaps are blank")
    func bars() {
        #expect(Sparkline.row([0, 50, nil, 100], width: 6) == "  ▁▅ █")
        #expect(Sparkline.row([1, 2, 3], width: 2) == "▆█")
        #expect(Sparkline.row([], width: 3) == "   ")
        #expect(Sparkline.row([5], width: 0) == "")
    }

    @Test("writes times as people read them")
    func times() {
        #expect(WatchFrame.milliseconds(840) == "0.8 ms")
        #expect(WatchFrame.milliseconds(9_999) == "9.9 ms")
        #expect(WatchFrame.milliseconds(12_300) == "12 ms")
        #expect(WatchFrame.milliseconds(3_210_000) == "3.2 s")
    }
}
