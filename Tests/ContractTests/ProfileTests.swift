// Devices that speak their own way: what their profiles make of it, and which profiles could not work.

import Contract
import ShopModel
import Testing

@Suite("A profile")
struct ProfileTests {
    private let gun = DeviceID("gun-1")

    private func profile(_ text: String) throws -> DeviceProfile {
        var reader = try ObjectReader(try JSONReader.read(Array(text.utf8)))
        return try DeviceProfile(from: &reader)
    }

    private func request(
        _ profile: DeviceProfile, _ payload: String, nonce: UInt8 = 1
    ) throws -> (envelope: Envelope, request: Request) {
        let (topic, bytes) = try profile.request(of: try #require(gun), Array(payload.utf8)) { seed in
            // A digest that tells texts apart, and nothing more.
            var digest = [UInt8](repeating: nonce, count: 16)
            for (index, byte) in (seed ?? "").utf8.enumerated() {
                digest[index % 16] = digest[index % 16] &* 31 &+ byte
            }
            return CommandID(digest: digest)
        }
        return try Request.decode(topic, payload: bytes)
    }

    private static let sale =
        #"""
        {"topic":"pos/7","verb":"sale.record","encoding":"json","pointers":{"lines/0/till":"/pos/id",
         "lines/0/ticket":"/receipt","lines/0/line":"/rows/0/n","lines/0/sku":"/rows/0/a~1b"},
         "constants":{"lines/0/kind":"sale","lines/0/quantity":1}}
        """#

    @Test("takes a bare text as the code that it is")
    func text() throws {
        let profile = try profile(#"{"topic":"guns/1","verb":"scan","encoding":"text"}"#)
        try profile.check()
        #expect(try request(profile, "9521234500018").request == .scan(ScanQuestion("9521234500018")))
        #expect(try request(profile, "{odd").request == .scan(ScanQuestion("{odd")))
        #expect(throws: Refusal.self) { try request(profile, String(repeating: "1", count: 2_049)) }
    }

    @Test("takes fields from where its pointers say, arrays and escaped names too")
    func pointers() throws {
        let profile = try profile(Self.sale)
        try profile.check()
        let payload = #"{"pos":{"id":"T7"},"receipt":"R-1","rows":[{"n":3,"a/b":"SKU-1"}],"more":[]}"#
        let (envelope, read) = try request(profile, payload)
        guard case .saleRecord(let sale) = read else { return #expect(Bool(false), "\(read)") }
        #expect(envelope.id != nil)
        let written = sale.json["lines"]?.elements?.first
        #expect(written?["till"] == "T7" && written?["ticket"] == "R-1" && written?["line"] == 3)
        #expect(written?["sku"] == "SKU-1" && written?["kind"] == "sale" && written?["quantity"] == 1)
    }

    @Test("gives the same command the same id, whatever else the message says, and another command another")
    func identity() throws {
        let profile = try profile(Self.sale)
        func id(_ ticket: String, _ more: String, nonce: UInt8) throws -> CommandID? {
            let payload = #"{"pos":{"id":"T7"},"receipt":"\#(ticket)","rows":[{"n":3,"a/b":"SKU-1"}]\#(more)}"#
            return try request(profile, payload).envelope.id
        }
        #expect(try id("R-1", "", nonce: 1) == id("R-1", #","again":true"#, nonce: 2))
        #expect(try id("R-1", "", nonce: 1) != id("R-2", "", nonce: 1))
        let corrected = #"{"pos":{"id":"T7"},"receipt":"R-1","rows":[{"n":3,"a/b":"SKU-2"}]}"#
        #expect(try id("R-1", "", nonce: 1) != request(profile, corrected).envelope.id)
    }

    @Test("says which field a message lacks, and where it was looked for")
    func missing() throws {
        let profile = try profile(Self.sale)
        let refusal = #expect(throws: Refusal.self) { try request(profile, #"{"pos":{"id":"T7"},"receipt":null}"#) }
        #expect(refusal?.code == .profileFieldMissing && refusal?.field == "/receipt")
    }

    @Test(
        "that could not work is refused before a device is enrolled with it",
        arguments: [
            (#"{"topic":"shop/v1/till-1/do/sale.record","verb":"scan"}"#, "profile.topicTaken"),
            (#"{"topic":"$SYS/x","verb":"scan"}"#, "profile.topicTaken"),
            (#"{"topic":"/x","verb":"scan"}"#, "profile.topicTaken"),
            (#"{"topic":"x","verb":"device.pair","encoding":"json"}"#, "profile.verb"),
            (#"{"topic":"x","verb":"sale.record","encoding":"text"}"#, "profile.textField"),
            (#"{"topic":"x","verb":"scan","encoding":"text","pointers":{"code":"/c"}}"#, "profile.textField"),
            (#"{"topic":"x","verb":"scan","encoding":"json","pointers":{"a/1":"/c"}}"#, "profile.badField"),
            (#"{"topic":"x","verb":"scan","encoding":"json","pointers":{"a":"/c","a/b":"/d"}}"#, "profile.badField"),
            (#"{"topic":"x","verb":"count.record","encoding":"json","pointers":{"sku":"/s"}}"#, "profile.noIdentity"),
            (
                #"{"topic":"x","verb":"sale.record","encoding":"json","pointers":{"lines/0/till":"/t","lines/0/line":"/l"}}"#,
                "profile.noIdentity"
            ),
        ])
    func unusable(text: String, code: String) throws {
        let refusal = #expect(throws: Refusal.self) { try profile(text).check() }
        #expect(refusal?.code.name == code)
    }

    @Test("reads back what it writes")
    func roundTrip() throws {
        let profile = try profile(Self.sale)
        var reader = try ObjectReader(profile.json)
        #expect(try DeviceProfile(from: &reader) == profile)
    }

    @Test("makes ids that are ids: a UUID of version 8, the same of the same digest")
    func ids() throws {
        let digest = [UInt8](repeating: 0xFF, count: 32)
        #expect(CommandID(digest: digest)?.value == "ffffffff-ffff-8fff-bfff-ffffffffffff")
        #expect(CommandID(digest: Array(digest.prefix(15))) == nil)
    }
}

@Suite("A device's own secret")
struct PairingTests {
    @Test("is 16 to 128 bytes without control characters, and no refusal shows it")
    func limits() throws {
        func pair(_ password: String) throws(Refusal) -> DevicePair {
            var reader = try ObjectReader(["password": .string(password)])
            return try DevicePair(from: &reader)
        }
        #expect(try pair(String(repeating: "x", count: 16)).password.utf8.count == 16)
        #expect(try pair(String(repeating: "é", count: 64)).password.utf8.count == 128)
        for wrong in [
            "short-secret", String(repeating: "s", count: 129), "a-long-secret\u{0}-with-zero", "a-long-secret-\n-line",
        ] {
            let refusal = #expect(throws: Refusal.self) { try pair(wrong) }
            #expect(refusal?.field == "/password")
            #expect(!"\(String(describing: refusal))".contains("secret"))
        }
    }
}
