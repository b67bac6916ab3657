// When each device was heard of last, kept over the agent's end: a small file beside the ledger.

import Contract
import EdgeAgent
import Logging
import ShopModel

/// The file `heard.json` of the state directory, by which the next run knows a device that it has not heard of yet from
/// one that never was here.
///
/// It is written when the agent stops, hourly, and when a device was heard of for the first time: never for each message.
/// After a power cut a moment in it is an hour old at most, and nothing rests on it but what a technician is told.
struct HeardDevices: Sendable {
    static let fileName = "heard.json"
    private static let secondsMin = 3_600
    /// The devices of a configuration and those that technicians enrolled.
    private static let devicesMax = 4_000

    private var written: [DeviceID: Instant]
    private var writtenAt: Int?

    /// What the file has that this run found.
    init(_ room: SharedRoom) { written = room.devices.lastHeard(of: room.view.fleet.ids) }

    /// Writes the file when it is time for it.
    ///
    /// - Parameter seconds: monotonic.
    mutating func keep(_ room: SharedRoom, seconds: Int) {
        let heard = room.devices.lastHeard(of: room.view.fleet.ids)
        let isNew = heard.keys.contains { written[$0] == nil }
        let isOld = writtenAt.map { seconds - $0 >= Self.secondsMin } ?? true
        guard isNew || isOld && heard != written else { return }
        writtenAt = seconds
        if Self.write(heard, room) { written = heard }
    }

    /// Writes the file as of now.
    static func write(_ room: SharedRoom) { _ = write(room.devices.lastHeard(of: room.view.fleet.ids), room) }

    private static func write(_ heard: [DeviceID: Instant], _ room: SharedRoom) -> Bool {
        let devices = heard.sorted { $0.key < $1.key }
            .map { JSON.Member($0.key.value, .string($0.value.description)) }
        let path = room.configuration.stateDirectory + "/" + fileName
        let content = JSON.object([.init("devices", .object(devices))]).encoded()
        guard let problem = SmallFile.replace(path, with: content, mode: 0o600, isDurable: false) else { return true }
        room.log.log(.warning, "devices.notWritten", [("file", path), ("cause", problem)])
        return false
    }

    /// What the last run wrote; nothing when the file is missing or is no such file.
    static func read(in folder: String) -> [DeviceID: Instant] {
        let limits = JSONLimits(bytesMax: 1 << 20, depthMax: 4, elementsMax: devicesMax + 8)
        guard let bytes = SmallFile.read(folder + "/" + fileName, bytesMax: 1 << 20),
            let json = try? JSONReader.read(bytes, limits: limits), case .object(let members)? = json["devices"]
        else { return [:] }
        var heard: [DeviceID: Instant] = [:]
        for member in members {
            guard case .string(let text) = member.value, let device = DeviceID(member.name),
                let at = Instant(rfc3339: text)
            else { continue }
            heard[device] = at
        }
        return heard
    }
}
