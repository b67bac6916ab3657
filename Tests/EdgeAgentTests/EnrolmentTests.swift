// Enrolling, pairing and revoking, as far as the ledger decides it: the broker's part is tested against a real one.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopModel
import Testing

extension AgentBox {
    /// What comes of a technician's command.
    func technician(_ command: String, _ fields: String) throws -> JSON {
        let request = try ControlRequest(Array(#"{"command":"\#(command)",\#(fields)}"#.utf8))
        let asker = ControlAsker(user: 0, name: "root", process: 1, mayChange: true)
        let outcome = try ledger.control(
            request, by: asker, lineIsUp: true, version: "1", startedAt: Instant(milliseconds: 0))
        return try JSONReader.read(outcome.answer.encoded())
    }

    /// A `device.pair` whose password the broker has taken, or not.
    func pair(_ device: String, id: String, isSet: Bool = true, password: String = "its-own-new-secret") throws -> JSON
    {
        guard
            case .device(var message) = try message("device.pair", #""password":"\#(password)""#, id: id, from: device)
        else { throw Refusal(.deviceNoCode) }
        message.hasPasswordSet = isSet
        let outcome = try ledger.take([.device(message)])
        return try JSONReader.read(try #require(outcome.replies.first).payload)
    }

    /// What the broker has to do first for a `device.pair`.
    func need(_ device: String, id: String) throws -> String {
        guard
            case .device(let message) = try message(
                "device.pair", #""password":"its-own-new-secret""#, id: id, from: device)
        else { return "" }
        switch try ledger.pairingNeed(of: message) {
        case .nothing: return "nothing"
        case .password(let pair): return pair.password
        }
    }

    func scan(_ device: String) throws -> JSON {
        let message = DeviceMessage(
            topic: try DeviceTopic("shop/v1/\(device)/ask/scan"), payload: Array("9521234500018".utf8))
        guard case .replies(let replies) = try front().answer(message) else { return .null }
        return try JSONReader.read(try #require(replies.first).payload)
    }
}

@Suite("A device that a technician enrols")
struct EnrolmentTests {
    private func isNobodys(_ message: ForeignMessage?) -> Bool { if case nil = message { true } else { false } }

    private func code(_ reply: JSON) -> String? { reply["problem"]?["code"]?.text }

    @Test(
        "with a code may do nothing but pair, and after that what its role allows; the same message has the same reply")
    func pairing() throws {
        let box = try AgentBox()
        let enrolled = try box.technician("device.enrol", #""device":"tablet-9","family":"tablet""#)
        #expect(enrolled["result"]?["state"] == "offered" && enrolled["result"]?["role"] == "clerk")
        #expect(code(try box.scan("tablet-9")) == "device.notPaired")
        #expect(code(try box.send("moment.record", #""kind":"need""#, from: "tablet-9")) == "device.notPaired")
        let id = box.id()
        #expect(try box.need("tablet-9", id: id) == "its-own-new-secret")
        let early = try box.pair("tablet-9", id: id, isSet: false)
        #expect(early["outcome"] == "later" && code(early) == "device.pairLater")
        let done = try box.pair("tablet-9", id: id)
        #expect(done["outcome"] == "done" && done["result"]?["family"] == "tablet")
        #expect(try box.need("tablet-9", id: id) == "nothing")
        let again = try box.pair("tablet-9", id: id, isSet: false)
        #expect(again["outcome"] == "done" && again["replayed"] == true && again["result"] == done["result"])
        #expect(code(try box.pair("tablet-9", id: box.id())) == "device.noCode")
        #expect(try box.send("moment.record", #""kind":"need""#, from: "tablet-9")["outcome"] == "done")
        try box.restart()
        #expect(try box.send("moment.record", #""kind":"need""#, from: "tablet-9")["outcome"] == "done")
    }

    @Test("has 24 hours for its code; then the account is to end, and nothing helps but another")
    func codeEnds() throws {
        let box = try AgentBox()
        _ = try box.technician("device.enrol", #""device":"tablet-9","family":"tablet""#)
        box.queue.run(until: box.queue.now + 86_400_000 - 1)
        #expect(try box.ledger.take([]).nextDue == Instant(rfc3339: "2026-11-23T10:00:00Z"))
        #expect(box.ledger.accountsToEnd.isEmpty)
        box.queue.run(until: box.queue.now + 1)
        _ = try box.ledger.take([])
        #expect(box.ledger.accountsToEnd.map(\.value) == ["tablet-9"])
        #expect(code(try box.pair("tablet-9", id: box.id())) == "device.codeOver")
        #expect(code(try box.scan("tablet-9")) == "device.codeOver")
        #expect(try box.need("tablet-9", id: box.id()) == "nothing")
        _ = try box.ledger.accountEnded(try #require(DeviceID("tablet-9")))
        #expect(box.ledger.accountsToEnd.isEmpty)
        let again = try box.technician("device.enrol", #""device":"tablet-9""#)
        #expect(again["result"]?["state"] == "offered" && again["result"]?["family"] == "tablet")
        #expect(try box.pair("tablet-9", id: box.id())["outcome"] == "done")
    }

    @Test("and revokes is refused everything at once, also after a loss of power, until it is enrolled anew")
    func revoking() throws {
        let box = try AgentBox()
        _ = try box.technician("device.enrol", #""device":"tablet-9","family":"tablet","credential":"password""#)
        #expect(code(try box.scan("tablet-9")) != "device.revoked")
        let revoked = try box.technician("device.revoke", #""device":"tablet-9","reason":"lost""#)
        #expect(revoked["result"]?["state"] == "revoked")
        for _ in 0..<2 {
            #expect(code(try box.scan("tablet-9")) == "device.revoked")
            #expect(code(try box.send("moment.record", #""kind":"need""#, from: "tablet-9")) == "device.revoked")
            #expect(box.ledger.accountsToEnd.map(\.value) == ["tablet-9"])
            try box.restart()
        }
        _ = try box.technician("device.enrol", #""device":"tablet-9","credential":"password""#)
        #expect(try box.send("moment.record", #""kind":"need""#, from: "tablet-9")["outcome"] == "done")
        #expect(box.ledger.accountsToEnd.isEmpty)
    }

    @Test(
        "by certificate and revokes gives its name to nothing new until the certificate has ended, and then to anything"
    )
    func certificateOutlivesItsAccount() throws {
        let box = try AgentBox()
        let enrolled = try box.technician(
            "device.enrol", #""device":"till-9","family":"till","credential":"certificate""#)
        #expect(enrolled["result"]?["state"] == "active" && enrolled["result"]?["oldCertificateUntil"] == nil)
        #expect(enrolled["result"]?["certificateUntil"] == "2029-02-25T10:00:00Z")
        _ = try box.technician("device.revoke", #""device":"till-9","reason":"stolen""#)
        let end = box.queue.now + 826 * 86_400_000
        for moment in [box.queue.now + 1, end - 1] {
            box.queue.run(until: moment)
            for credential in ["code", "password", "certificate"] {
                for again in [true, false] {
                    let refused = try box.technician(
                        "device.enrol", #""device":"till-9","credential":"\#(credential)","again":\#(again)"#)
                    #expect(code(refused) == "device.certificateLives", "\(credential) at \(moment)")
                    #expect(refused["problem"]?["facts"]?["until"] == "2029-02-25T10:00:00Z")
                }
            }
            try box.restart()
            #expect(code(try box.scan("till-9")) == "device.revoked")
        }
        box.queue.run(until: end)
        let anew = try box.technician("device.enrol", #""device":"till-9","credential":"password""#)
        #expect(anew["result"]?["state"] == "active" && anew["result"]?["oldCertificateUntil"] == nil)
    }

    @Test("by certificate may have another one only, and its name is free no sooner than the last one's end")
    func certificateIsRenewed() throws {
        let box = try AgentBox()
        _ = try box.technician("device.enrol", #""device":"till-9","family":"till","credential":"certificate""#)
        for credential in ["code", "password"] {
            let refused = try box.technician(
                "device.enrol", #""device":"till-9","credential":"\#(credential)","again":true"#)
            #expect(code(refused) == "device.certificateLives")
        }
        #expect(try box.send("moment.record", #""kind":"need""#, from: "till-9")["outcome"] == "done")
        let request = #""device":"till-9","credential":"certificate""#
        #expect(code(try box.technician("device.enrol", request)) == "device.enrolled")
        box.queue.run(until: box.queue.now + 86_400_000)
        let renewed = try box.technician("device.enrol", request + #","again":true"#)
        #expect(renewed["result"]?["oldCertificateUntil"] == "2029-02-25T10:00:00Z")
        #expect(renewed["result"]?["certificateUntil"] == "2029-02-26T10:00:00Z")
        _ = try box.technician("device.revoke", #""device":"till-9","reason":"stolen""#)
        box.queue.run(until: box.queue.now + 826 * 86_400_000 - 1)
        #expect(code(try box.technician("device.enrol", request)) == "device.certificateLives")
    }

    @Test("by certificate in place of a code or password loses those, as ever")
    func certificateReplacesPassword() throws {
        let box = try AgentBox()
        _ = try box.technician("device.enrol", #""device":"till-9","family":"till","credential":"password""#)
        let told = try box.technician("device.enrol", #""device":"till-9","credential":"certificate","again":true"#)
        #expect(told["result"]?["credential"] == "certificate" && told["result"]?["oldCertificateUntil"] == nil)
    }

    @Test("and the configuration lists keeps its settings there, and can be revoked without ever being enrolled")
    func configured() throws {
        let box = try AgentBox()
        let refused = try box.technician("device.enrol", #""device":"till-1","family":"tablet""#)
        #expect(code(refused) == "device.configured")
        #expect(
            try box.technician("device.enrol", #""device":"till-1","credential":"password""#)["result"]?["role"]
                == "till")
        #expect(try box.technician("device.revoke", #""device":"tablet-1","reason":"stolen""#)["outcome"] == "done")
        #expect(code(try box.send("moment.record", #""kind":"need""#)) == "device.revoked")
        #expect(code(try box.technician("device.revoke", #""device":"nobody","reason":"?""#)) == "device.notEnrolled")
    }

    @Test("is refused with its cause where it cannot be, and nothing is left behind")
    func refused() throws {
        let box = try AgentBox()
        for (fields, expected) in [
            (#""device":"gun""#, "device.familyMissing"),
            (#""device":"staff","family":"scanner""#, "contract.badIdentifier"),
            (#""device":"probe","family":"scanner""#, "device.nameTaken"),
            (#""device":"gun","family":"scanner","screen":"none""#, "device.screenUnknown"),
            (#""device":"gun","family":"scanner","profile":{"topic":"a","verb":"scan"}"#, "device.cannotPair"),
            (#""device":"gun","family":"scanner","profile":{"topic":"shop/x","verb":"scan"}"#, "profile.topicTaken"),
            (#""device":"gun","family":"scanner","colour":"red""#, "contract.unknownKey"),
        ] {
            #expect(code(try box.technician("device.enrol", fields)) == expected)
        }
        _ = try box.technician("device.enrol", #""device":"gun","family":"scanner""#)
        #expect(code(try box.technician("device.enrol", #""device":"gun","family":"scanner""#)) == "device.enrolled")
        #expect(try box.technician("device.enrol", #""device":"gun","again":true"#)["outcome"] == "done")
        try box.disk.begin()
        defer { box.disk.rollback() }
        #expect(try box.disk.enrolledDevices().map(\.id.value) == ["gun"])
    }

    @Test("speaks by its profile from then on, on its own topic and on no other's, until it is revoked")
    func profiles() throws {
        let box = try AgentBox()
        _ = try box.technician(
            "device.enrol",
            #""device":"gun","family":"scanner","credential":"password","profile":{"topic":"guns/1","verb":"scan"}"#)
        let front = box.front()
        guard case .message(let message)? = front.foreign("guns/1", Array("9521234500018".utf8), retained: false) else {
            return #expect(Bool(false), "nobody listens")
        }
        #expect(message.device.value == "gun" && message.payload == Array("9521234500018".utf8))
        #expect(isNobodys(front.foreign("guns/2", [], retained: false)))
        #expect(front.fleet.profileTopics(ofQuestions: true) == ["guns/1"] && box.ledger.profileTopics.isEmpty)
        let second = try box.technician(
            "device.enrol",
            #""device":"gun-2","family":"scanner","credential":"password","profile":{"topic":"guns/1","verb":"scan"}"#)
        #expect(code(second) == "profile.topicTwice")
        _ = try box.technician("device.revoke", #""device":"gun","reason":"lost""#)
        #expect(isNobodys(front.foreign("guns/1", [], retained: false)))
    }
}
