// Enrolled devices, on a simulated disk.

import EdgeAgent
import ShopModel

extension SimulatedLedger {
    /// All enrolled devices, by id.
    public func enrolledDevices() throws(StorageFailure) -> [EnrolledDevice] {
        try checkWorking()
        return enrolled.indexes.sorted.elements.compactMap { enrolled[$0.name] }
    }

    /// Stores a device, new or changed.
    public func put(_ device: EnrolledDevice) throws(StorageFailure) {
        try checkWriting()
        enrolled[device.id] = device
    }
}

/// Enrolled devices by name.
struct EnrolledIndexes: RowIndexes {
    var sorted = SortedElements<Ranked<DeviceID>>()

    mutating func insert(_ row: EnrolledDevice) { sorted.insert(Ranked(0, row.id)) }

    mutating func remove(_ row: EnrolledDevice) { sorted.remove(Ranked(0, row.id)) }
}
