// What the configuration says of devices that cannot work, said in the log at the start: the shop opens all the same.

import Contract
import EdgeAgent
import Logging
import ShopModel

extension QuietLog {
    /// Names the devices of the configuration that are not understood by their profiles, and why.
    func reportProfiles(of configuration: Configuration) {
        var topics: [String: DeviceID] = [:]
        for device in configuration.fleet.sorted(by: { $0.id < $1.id }) {
            guard let profile = device.profile else { continue }
            do throws(Refusal) {
                try profile.check()
                if let other = topics[profile.topic] {
                    throw Refusal(.profileTopicTwice, [.text("topic", profile.topic), .text("device", other.value)])
                }
                topics[profile.topic] = device.id
            } catch {
                log(
                    .error, "profile.unusable",
                    [("device", device.id.value), ("code", error.code.name), ("cause", error.sentence(in: .english))])
            }
        }
    }
}
