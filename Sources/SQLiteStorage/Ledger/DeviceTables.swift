// Devices that technicians enrolled. No credential is kept here, nor anything that one could be found by.

import Contract
import EdgeAgent
import ShopModel

enum DeviceTables {
    static let schema = """
        CREATE TABLE device (
            id TEXT PRIMARY KEY, family TEXT NOT NULL, role TEXT NOT NULL, screen TEXT, profile BLOB,
            credential TEXT NOT NULL, state TEXT NOT NULL, stateAt INTEGER NOT NULL, enrolledAt INTEGER NOT NULL,
            boxAddress TEXT, accountIsToEnd INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}

struct DeviceStatements {
    let all: TableStatement
    let put: TableStatement

    init(_ database: Database) {
        all = TableStatement(
            database, "device",
            """
            SELECT id, family, role, screen, profile, credential, state, stateAt, enrolledAt, boxAddress, accountIsToEnd
            FROM device ORDER BY id
            """)
        put = TableStatement(
            database, "device", "INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    }

    /// `nil` for a row that this release cannot read.
    static func device(_ row: borrowing Row) throws(StorageError) -> EnrolledDevice? {
        guard let family = Device.Family(rawValue: try row.text(1)), let role = Device.Role(rawValue: try row.text(2)),
            let credential = EnrolledDevice.Credential(rawValue: try row.text(5)),
            let state = EnrolledDevice.State(name: try row.text(6), moment: try row.instant(7))
        else { return nil }
        var profile: DeviceProfile?
        if let bytes = try row.optionalBytes(4) {
            guard let json = try? JSONReader.read(bytes), var reader = try? ObjectReader(json),
                let read = try? DeviceProfile(from: &reader)
            else { return nil }
            profile = read
        }
        return EnrolledDevice(
            id: try row.device(0), family: family, role: role, screen: try row.optionalName(3), profile: profile,
            credential: credential, state: state, enrolledAt: try row.instant(8), boxAddress: try row.optionalText(9),
            accountIsToEnd: try row.bool(10))
    }
}

extension SQLiteLedger {
    /// All enrolled devices, by id, revoked ones included.
    public func enrolledDevices() throws(StorageFailure) -> [EnrolledDevice] {
        try devices.all.all(make: DeviceStatements.device)
    }

    /// Stores a device, new or changed.
    public func put(_ device: EnrolledDevice) throws(StorageFailure) {
        try devices.put.run(
            device.id.value, device.family.rawValue, device.role.rawValue, device.screen?.value,
            device.profile?.json.encoded(), device.credential.rawValue, device.state.name, device.state.moment,
            device.enrolledAt, device.boxAddress, device.accountIsToEnd ? 1 : 0)
    }
}
