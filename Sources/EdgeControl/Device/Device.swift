// `edgectl device`: the devices of the shop, their credentials and what they do.

import ArgumentParser
import Contract
import ShopModel

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Look after the devices of this shop.",
        subcommands: [
            DeviceList.self, DeviceShow.self, DeviceTail.self, DevicePing.self, DeviceEnrol.self, DeviceRevoke.self,
        ])
}

/// The argument that names a device.
struct DeviceName: ParsableArguments {
    @Argument(help: "The device's id: a-z, 0-9 and -, up to 32.")
    var device: String

    func validate() throws {
        guard DeviceID(device) != nil else {
            throw ValidationError(
                "'\(device)' cannot be a device: ids are a-z, 0-9 and -, 1 to 32; all, staff and agent are reserved.")
        }
    }
}
