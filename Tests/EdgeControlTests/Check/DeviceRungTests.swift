// What is said of devices that are not here: a technician copies the mend, so that it must not end a good credential.

import Contract
import ShopModel
import Testing

@testable import EdgeControl

@Suite("The rung of devices")
struct DeviceRungTests {
    /// The verdict of one device that an agent lists which started two hours ago.
    private func verdict(_ fields: String, since: Int64 = -2, trace: String = #"{"rows":[]}"#) throws -> Verdict {
        var found: Verdict?
        let list = #"{"devices":[{"device":"gun-3","enrolled":"enrolled","presence":"never",\#(fields)}]}"#
        try withCheck([
            "device.list": list, "health": #"{"since":"\#(hours(since))"}"#, "trace.read": trace,
        ]) { context, _ in
            let findings = look("device", context)
            #expect(findings.map(\.name) == ["device.gun-3"])
            found = findings.first?.verdict
        }
        return try #require(found)
    }

    @Test("never tells to enrol a device again that has paired, or that an earlier run of the agent heard of")
    func knownBefore() throws {
        for fields in [
            #""credential":"code","state":"active","stateAt":"\#(hours(-900))","enrolledAt":"\#(hours(-901))""#,
            #""credential":"password","state":"active","enrolledAt":"\#(hours(-900))","heardBeforeAt":"\#(hours(-80))""#,
            #""state":"configured","heardBeforeAt":"\#(hours(-80))""#,
        ] {
            let verdict = try verdict(fields)
            #expect(verdict.kind == .warning && verdict.code == "device.away", "\(fields)")
            #expect(verdict.mend?.contains("enrol") == false, "\(fields)")
        }
    }

    @Test("says nothing of a device that was used lately, right after the agent started")
    func justStarted() throws {
        let fields = #""state":"configured","heardBeforeAt":"\#(hours(-3))""#
        #expect(try verdict(fields, since: 0).kind == .fine)
        #expect(try verdict(fields, since: -2).code == "device.away")
    }

    @Test("waits a day for a device that was just enrolled, and tells of a code that ran out")
    func justEnrolled() throws {
        let offered = #""credential":"code","enrolledAt":"\#(hours(-1))","#
        let waiting = try verdict(offered + #""state":"offered","stateAt":"\#(hours(23))""#)
        #expect(waiting.kind == .fine && waiting.detail.contains("code is good until"))
        let over = try verdict(offered + #""state":"expired","stateAt":"\#(hours(-1))""#)
        #expect(over.code == "device.neverSeen" && over.mend?.hasSuffix("edgectl device enrol gun-3 --again") == true)
        let password = #""credential":"password","state":"active","#
        #expect(try verdict(password + #""enrolledAt":"\#(hours(-20))""#).kind == .fine)
        #expect(try verdict(password + #""enrolledAt":"\#(hours(-30))""#).code == "device.neverSeen")
    }

    @Test("takes nobody for a stranger who was let in before, while no agent tells who is a device")
    func nobodyTells() throws {
        let log = """
            New connection from 10.7.0.9:40001 on port 8883.
            New client connected from 10.7.0.9:40001 as gun-3 (p2, c1, k60, u'gun-3').
            Client gun-3 disconnected.
            New connection from 10.7.0.9:40002 on port 8883.
            Client gun-3 disconnected, not authorised.
            New connection from 10.7.0.77:40003 on port 8883.
            Client gun-9 disconnected, not authorised.

            """
        try withCheck(configuration: plainConfiguration, files: ["broker.log": log]) { context, _ in
            #expect(look("device", context).map(\.name) == ["device.10.7.0.77"])
        }
    }

    @Test("takes no address for a stranger's where a device of the shop lives, whoever else was there since")
    func sharedAddress() throws {
        let log = """
            New connection from 10.7.0.9:40001 on port 8883.
            New client connected from 10.7.0.9:40001 as gun-3 (p2, c1, k60, u'gun-3').
            New connection from 10.7.0.9:40002 on port 8883.
            New client connected from 10.7.0.9:40002 as gun-8 (p2, c1, k60, u'gun-8').
            Client gun-8 disconnected.
            New connection from 10.7.0.9:40003 on port 8883.
            OpenSSL Error[0]: error:0A00010B:SSL routines::wrong version number
            Client <unknown> disconnected: Protocol error.

            """
        let list =
            #"{"devices":[{"device":"gun-3","enrolled":"enrolled","state":"active","presence":"online"}]}"#
        let files = ["broker.log": log]
        let health = #"{"since":"\#(hours(-2))"}"#
        try withCheck(["device.list": list, "health": health, "trace.read": #"{"rows":[]}"#], files: files) {
            context, _ in
            #expect(look("device", context).map(\.name) == ["device.gun-3"])
        }
    }

    @Test("enrols a device again with the kind of credential that it has")
    func sameCredential() throws {
        for (credential, command) in [
            ("password", "edgectl device enrol gun-3 --again --credential password"),
            ("certificate", "sudo edgectl device enrol gun-3 --again --credential certificate --out FOLDER"),
        ] {
            let fields = #""credential":"\#(credential)","state":"active","enrolledAt":"\#(hours(-900))""#
            #expect(try verdict(fields).mend?.hasSuffix(command) == true)
            let moved = try verdict(fields + #","boxAddress":"10.99.99.99""#)
            #expect(moved.code == "device.boxMoved" && moved.mend?.hasSuffix(command) == true)
        }
    }

    @Test("forgets that a device was told to pair once it has, and says what its other refusals mean")
    func refusals() throws {
        let paired =
            #""presence":"online","credential":"code","state":"active","stateAt":"\#(hours(-1))","messages":9,"#
        func refused(_ code: String, at: Int64) -> String { #"{"code":"\#(code)","count":2,"at":"\#(hours(at))"}"# }
        func json(_ refusals: String...) -> String {
            #"{"devices":[{"device":"gun-3","enrolled":"enrolled",\#(paired)"refusals":[\#(refusals.joined(separator: ","))]}]}"#
        }
        let trace = #"{"rows":[{"code":"contract.unknownVerb","detail":"Nothing is called …."}]}"#
        try withCheck(["device.list": json(refused("device.notPaired", at: -2))]) { context, _ in
            #expect(look("device", context).first?.verdict.kind == .fine)
        }
        try withCheck(["device.list": json(refused("device.notPaired", at: 0))]) { context, _ in
            #expect(look("device", context).first?.verdict.code == "device.refused")
        }
        let both = json(refused("device.notPaired", at: -2), refused("contract.unknownVerb", at: -1))
        try withCheck(["device.list": both, "trace.read": trace]) { context, _ in
            let verdict = try #require(look("device", context).first?.verdict)
            #expect(verdict.code == "device.refused" && verdict.facts.first?.value == .integer(2))
            #expect(verdict.cause == "Nothing is called ….")
            #expect(verdict.mend?.contains("edgectl trace gun-3") == true)
            #expect(verdict.mend?.contains("problems.json") == false)
        }
    }

    @Test("tells once that the box has moved, however many devices look for it where it was")
    func movedOnce() throws {
        let rows = (1...3).map {
            #"{"device":"s-\#($0)","enrolled":"enrolled","state":"active","presence":"never","boxAddress":"10.99.99.99"}"#
        }
        try withCheck(["device.list": #"{"devices":[\#(rows.joined(separator: ","))]}"#]) { context, _ in
            let verdicts = look("device", context).map(\.verdict)
            #expect(verdicts.map(\.kind) == [.fault, .skipped, .skipped])
            #expect(verdicts.map(\.because) == [nil, "device.s-1", "device.s-1"])
        }
    }
}
