// Rules on devices that technicians enrolled.

import Contract
import EdgeAgent
import ShopModel
import Testing

extension LedgerConformance {
    private static func device(
        _ id: String, _ state: EnrolledDevice.State, profile: DeviceProfile? = nil, screen: String? = nil,
        accountIsToEnd: Bool = false
    ) throws -> EnrolledDevice {
        EnrolledDevice(
            id: try #require(DeviceID(id)), family: .scanner, role: .clerk, screen: screen.flatMap(DeviceID.init),
            profile: profile, credential: profile == nil ? .code : .password, state: state, enrolledAt: at(1),
            boxAddress: screen == nil ? nil : "box.shop.example", accountIsToEnd: accountIsToEnd)
    }

    static let deviceRules: [LedgerRule] = [
        .rule("a device comes back whole, whatever its state, and devices come by name") { ledger throws in
            let profile = DeviceProfile(
                topic: "pos/7", verb: .saleRecord, encoding: .json,
                pointers: [.init(field: "lines/0/till", pointer: "/a~1b")],
                constants: [.init(field: "lines/0/kind", value: "sale"), .init(field: "lines/0/quantity", value: 1)])
            let devices = [
                try device("scanner-2", .offered(until: at(9))), try device("scanner-1", .active(since: at(3))),
                try device("pos-7", .revoked(at: at(4)), profile: profile, accountIsToEnd: true),
                try device("scanner-3", .expired(at: at(5)), screen: "tablet-1"),
            ]
            for device in devices { try ledger.put(device) }
            #expect(try ledger.enrolledDevices() == devices.sorted { $0.id < $1.id })
        },
        .rule("a device that is stored again replaces what was known of it") { ledger throws in
            try ledger.put(try device("scanner-1", .offered(until: at(9))))
            try ledger.put(try device("scanner-1", .active(since: at(3)), screen: "tablet-1"))
            #expect(
                try ledger.enrolledDevices() == [try device("scanner-1", .active(since: at(3)), screen: "tablet-1")])
        },
        .rule("a device that was stored in a turn that never was is not there") { ledger throws in
            try ledger.savepoint()
            try ledger.put(try device("scanner-1", .active(since: at(3))))
            try ledger.rollbackToSavepoint()
            #expect(try ledger.enrolledDevices().isEmpty)
        },
    ]
}
