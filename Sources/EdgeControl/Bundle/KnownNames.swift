// Names that may leave the box: the shop's own devices. Any client may call itself anything, also by a person's name.

import Contract
import ShopModel

/// The devices of the shop, by the configuration and by enrolment.
struct KnownNames {
    /// What stands in the place of a name that is nobody's of the shop.
    static let stranger = "(another)"

    private let devices: Set<String>

    init(_ devices: some Sequence<String>) { self.devices = Set(devices) }

    /// The devices that a configuration lists, and those of an answer to `device.list` that were enrolled.
    init(configuration: Configuration?, list: JSON?) {
        let enrolled = (list?["devices"]?.list ?? []).filter {
            ["configuration", "enrolled"].contains($0["enrolled"]?.text ?? "")
        }
        self.init((configuration?.fleet.map(\.id.value) ?? []) + enrolled.compactMap { $0["device"]?.text })
    }

    /// The name if it is the shop's own: a device's, the agent's or a tool's, or a client id that begins with one.
    func told(_ name: some StringProtocol) -> String {
        let name = String(name)
        let isOurs =
            ["<unknown>", "agent", "probe", "technician"].contains(name) || devices.contains(name)
            || name.wholeMatch(of: #/edged?(ctl)?-[A-Za-z0-9.-]{1,48}/#) != nil
            || devices.contains { name.hasPrefix($0 + "-") && name.wholeMatch(of: #/[a-z0-9-]{1,64}/#) != nil }
        return isOurs ? name : Self.stranger
    }
}
