// What is remembered of devices, and how it stays bounded however many there are and however much they send.

import Contract
import EdgeAgent
import ShopModel
import Testing

@Suite("What is remembered of devices")
struct DeviceWatchTests {
    private let box: AgentBox

    init() throws { box = try AgentBox() }

    /// The head of a scan, as the front makes it.
    private func head(_ device: String, code: String = "9521234500018") throws -> MessageHead {
        let message = DeviceMessage(topic: try DeviceTopic("shop/v1/\(device)/ask/scan"), payload: Array(code.utf8))
        guard case .replies(let replies) = try box.front().answer(message) else { throw Refusal(.deviceNoCode) }
        return try #require(replies.first?.head)
    }

    @Test("are the last 512 heads, in order, and a reader who was away too long is told so")
    func ring() throws {
        let watch = DeviceWatch()
        let head = try head("tablet-1")
        for _ in 1...600 { watch.note(head, microseconds: 7) }
        let all = watch.trace(of: nil, after: nil, limit: 1_000)
        #expect(all.rows.map(\.row) == Array(89...600) && all.latest == 600 && !all.hasGap)
        #expect(watch.trace(of: nil, after: nil, limit: 3).rows.map(\.row) == [598, 599, 600])
        #expect(watch.trace(of: nil, after: 88, limit: 2).rows.map(\.row) == [89, 90])
        #expect(!watch.trace(of: nil, after: 88, limit: 2).hasGap && watch.trace(of: nil, after: 87, limit: 2).hasGap)
        #expect(watch.trace(of: nil, after: 600, limit: 9).rows.isEmpty)
        #expect(watch.trace(of: DeviceID("till-1"), after: nil, limit: 9).rows.isEmpty)
        #expect(watch.seen(head.device)?.messages == 600)
    }

    @Test("are verbs that are names, and … for whatever else a device sent as one, in the story of the command too")
    func verbs() throws {
        let shop = try ControlShop()
        let names = [
            ("sale.recrod", "sale.recrod"), ("x\u{1B}]0;PWNED\u{07}", "…"), ("Marie Dupont", "…"), ("é", "…"),
            (String(repeating: "v", count: 64), String(repeating: "v", count: 64)),
            (String(repeating: "v", count: 65), "…"),
        ]
        for (number, (sent, kept)) in names.enumerated() {
            let topic = DeviceTopic.command(try #require(DeviceID("till-1")), verb: sent)
            let payload = Array(#"{"id":"\#(ControlShop.id(number))"}"#.utf8)
            let reply = try #require(
                try shop.ledger.take([.device(DeviceMessage(topic: topic, payload: payload))]).replies.first)
            #expect(reply.head?.verb == kept)
            // The device has its own word back.
            #expect(try JSONReader.read(reply.payload)["verb"] == .string(sent))
            let told = try shop.ask(#"{"command":"explain","id":"\#(ControlShop.id(number))"}"#)["result"]
            #expect(told?["present"]?.elements?.first?["verb"] == .string(kept), "\(sent)")
        }
    }

    @Test("are 200 strangers, those heard of last, and never fewer devices of the shop for them")
    func strangers() throws {
        let watch = DeviceWatch()
        watch.note(try head("tablet-1"), microseconds: 1)
        let template = try head("stranger-1")
        #expect(!template.isListed)
        for number in 1...500 {
            let name = try #require(DeviceID("stranger-\(number)"))
            watch.note(presence: .online, of: name, isListed: false, at: template.at)
        }
        let names = watch.all().map(\.device.value)
        #expect(names.count == 201 && names.contains("tablet-1") && names.contains("stranger-500"))
        #expect(!names.contains("stranger-300") && names.contains("stranger-301"))
        // One that is enrolled meanwhile makes room for another stranger.
        let enrolled = try #require(DeviceID("stranger-301"))
        watch.note(presence: .online, of: enrolled, isListed: true, at: template.at)
        for number in 501...700 {
            watch.note(
                presence: .online, of: try #require(DeviceID("stranger-\(number)")), isListed: false, at: template.at)
        }
        #expect(watch.all().count == 202 && watch.seen(enrolled) != nil)
    }

    @Test("are of other devices than the accounts of the box itself, which its tools try")
    func ownAccounts() throws {
        let watch = DeviceWatch()
        watch.note(try head("probe"), microseconds: 1)
        watch.note(
            presence: .online, of: try #require(DeviceID("probe")), isListed: false, at: Instant(milliseconds: 1))
        #expect(watch.all().isEmpty && watch.trace(of: nil, after: nil, limit: 9).rows.isEmpty)
    }

    @Test("are when runs of the agent before this one heard of them, until this one does")
    func heardBefore() throws {
        let head = try head("tablet-1")
        let (tablet, till) = (head.device, try #require(DeviceID("till-1")))
        let (before, earlier) = (head.at + -5_000, head.at + -9_000)
        let watch = DeviceWatch(heardBefore: [tablet: before, till: earlier])
        let fleet = Fleet([tablet: Fleet.Device(role: .clerk), till: Fleet.Device(role: .till)])
        #expect(watch.lastHeard(of: fleet.ids) == [tablet: before, till: earlier])
        watch.note(head, microseconds: 1)
        #expect(watch.lastHeard(of: fleet.ids) == [tablet: head.at, till: earlier])
        // Who is no device of the shop any more is not remembered for it.
        #expect(watch.lastHeard(of: [tablet]) == [tablet: head.at])
        let told = ControlDevices.list(fleet, watch, now: head.at, after: nil, limit: 9)
        let rows = told["devices"]?.elements ?? []
        #expect(rows.last?["presence"]?.text == "never")
        #expect(rows.last?["heardBeforeAt"]?.text == earlier.description)
    }

    @Test("are refusals by code, most frequent first, and no more kinds than 16")
    func refusals() throws {
        let watch = DeviceWatch()
        for _ in 1...3 { watch.note(try head("tablet-1", code: "9521234500019"), microseconds: 1) }
        watch.note(try head("tablet-1", code: "hello"), microseconds: 1)
        let tablet = try #require(DeviceID("tablet-1"))
        let seen = try #require(watch.seen(tablet))
        #expect(seen.refused == 4 && seen.refusals.first?.code == "scan.checkDigit" && seen.refusals.first?.count == 3)
        #expect(seen.refusals.count == 2)
    }

    @Test("never have what was in a message")
    func noPayload() throws {
        let head = try head("tablet-1", code: "9521234500019")
        let watch = DeviceWatch()
        watch.note(head, microseconds: 1)
        let fleet = Fleet()
        let told = try ControlDevices.trace(
            fleet, watch, of: nil, after: nil, limit: 9, language: .english, now: head.at)
        let text = String(decoding: told.encoded(), as: UTF8.self)
        #expect(text.contains("scan.checkDigit") && text.contains("…") && !text.contains("95212345"))
    }
}

@Suite("A device that sends without end")
struct DeviceRateTests {
    @Test("is slowed down, and three thousand names cost no more memory than a shop's")
    func bounded() throws {
        let box = try AgentBox()
        let front = box.front()
        for number in 0..<3_000 {
            let message = DeviceMessage(topic: try DeviceTopic("shop/v1/d-\(number)/ask/scan"), payload: [0x31])
            _ = try front.answer(message)
        }
        #expect(front.ratedDevices <= 1_200)
        var limited = false
        for _ in 0..<1_000 {
            let message = DeviceMessage(topic: try DeviceTopic("shop/v1/tablet-1/ask/scan"), payload: [0x31])
            guard case .replies(let replies) = try front.answer(message) else { continue }
            limited = limited || replies.first?.head?.code == "command.tooMany"
        }
        #expect(limited)
    }
}
