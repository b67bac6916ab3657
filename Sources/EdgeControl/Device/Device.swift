// `edgectl device`: the devices of the shop, their credentials and what they do.

import ArgumentParser
import Contract
import ShopModel

struct DeviceCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "device",
            abstract: Help.say(
                "Look after the devices of this shop.", "S'occuper des appareils de ce magasin."),
            subcommands: [
                DeviceList.self, DeviceShow.self, DeviceTail.self, DevicePing.self, DeviceEnrol.self, DeviceRevoke.self,
            ])
    }
}

/// The argument that names a device.
struct DeviceName: ParsableArguments {
    @Argument(
        help: .say(
            "The device's id: a-z, 0-9 and -, up to 32.", "Le nom de l'appareil : a-z, 0-9 et -, 32 au plus.",
            value: "appareil"), completion: Completions.devices)
    var device: String

    func validate() throws {
        guard DeviceID(device) != nil else {
            throw ValidationError(
                Help.say(
                    "'\(device)' cannot be a device: ids are a-z, 0-9 and -, 1 to 32; all, staff and agent are reserved.",
                    "« \(device) » ne peut pas être un appareil : un nom a 1 à 32 signes, a-z, 0-9 et - ; all, staff et agent sont réservés."
                ))
        }
    }
}
