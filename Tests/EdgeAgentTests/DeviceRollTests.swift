// The roll of the shop's devices that every device may see.

import Contract
import ShopModel
import Testing

@testable import EdgeAgent

@Suite("The roll of the shop's devices")
struct DeviceRollTests {
    private func device(_ name: String) -> DeviceID { wanted(DeviceID(name)) }

    private func text(_ fleet: Fleet, _ watch: DeviceWatch) -> String {
        String(decoding: DeviceRoll.message(fleet, watch), as: UTF8.self)
    }

    @Test("names each with its kind, presence and screen, by name, and no stranger")
    func rows() {
        let fleet = Fleet([
            device("scanner-1"): Fleet.Device(role: .scan, screen: device("screen-1"), family: .scanner),
            device("screen-1"): Fleet.Device(role: .customer, family: .screen),
            device("old"): Fleet.Device(role: .scan),
        ])
        let watch = DeviceWatch()
        let now = Instant(milliseconds: 0)
        watch.note(presence: .online, of: device("scanner-1"), isListed: true, at: now)
        watch.note(presence: .offline, of: device("screen-1"), isListed: true, at: now)
        watch.note(presence: .online, of: device("stranger"), isListed: false, at: now)
        #expect(
            text(fleet, watch) == #"{"devices":[{"device":"old","presence":"never"},"#
                + #"{"device":"scanner-1","family":"scanner","presence":"online","screen":"screen-1"},"#
                + #"{"device":"screen-1","family":"screen","presence":"offline"}]}"#)
    }

    @Test("leaves out whom a technician turned away")
    func revoked() {
        let revoked = EnrolledDevice(
            id: device("till-9"), family: .till, role: .till, screen: nil, profile: nil, credential: .password,
            state: .revoked(at: Instant(milliseconds: 1)), enrolledAt: Instant(milliseconds: 0), boxAddress: nil,
            accountIsToEnd: false)
        #expect(text(Fleet().merged(with: [revoked]), DeviceWatch()) == #"{"devices":[]}"#)
    }

    @Test(
        "fits into a message with as many devices and as long names as there may be, and tells how many more there are")
    func bounded() {
        var devices: [DeviceID: Fleet.Device] = [:]
        for number in 1_000..<(1_000 + DeviceRoll.devicesMax + 5) {
            let name = String(repeating: "x", count: 28) + String(number)
            devices[device(name)] = Fleet.Device(role: .scan, screen: device(name), family: .scanner)
        }
        let watch = DeviceWatch()
        for id in devices.keys {
            watch.note(presence: .offline, of: id, isListed: true, at: Instant(milliseconds: 0))
        }
        let message = DeviceRoll.message(Fleet(devices), watch)
        #expect(message.count <= 65_536)
        #expect(String(decoding: message.suffix(11), as: UTF8.self) == #"],"more":5}"#)
    }

    @Test("is told a second after the broker was reached, upon a change, and at most once a second")
    func timing() {
        var timer = DeviceRollTimer()
        timer.connected(at: 10_000)
        #expect(!timer.isDue(fleet: 1, presences: 0, at: 10_001) && timer.due == 11_000)
        let isTold = timer.isDue(fleet: 1, presences: 2, at: 11_000)
        #expect(isTold && timer.due == nil)
        let isToldAgain = timer.isDue(fleet: 1, presences: 2, at: 99_000)
        #expect(!isToldAgain && timer.due == nil)
        let isToldUponChange = timer.isDue(fleet: 2, presences: 2, at: 99_000)
        #expect(isToldUponChange)
        let isToldAtOnce = timer.isDue(fleet: 2, presences: 3, at: 99_001)
        #expect(!isToldAtOnce && timer.due == 100_000)
        let isToldThen = timer.isDue(fleet: 2, presences: 9, at: 100_000)
        #expect(isToldThen && timer.due == nil)
        timer.connected(at: 200_000)
        let isToldToAnotherBroker = timer.isDue(fleet: 2, presences: 9, at: 201_000)
        #expect(isToldToAnotherBroker)
    }

    @Test("changes with a presence that is another than before, not with each word about it")
    func version() {
        let watch = DeviceWatch()
        let now = Instant(milliseconds: 0)
        for presence in [DeviceWatch.Presence.online, .online, .offline, .offline, .online] {
            watch.note(presence: presence, of: device("tablet-1"), isListed: true, at: now)
        }
        #expect(watch.presenceVersion == 3)
    }
}
