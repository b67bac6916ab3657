// What everybody in the simulated shop can know: codes that customers carry, tickets, replies that were seen.

import Contract

/// What is known in the shop, across devices.
final class ShopFloor {
    /// The notebook; scripts look at it to choose steps that make sense, as people look at shelves.
    let shop: PlainShop
    /// Reservation codes that were told to a device.
    var codes: [String] = []
    /// Positions of the journal that were told.
    var positions: [Int] = []
    /// Ticket lines that tills have reported.
    var tickets: [JSON] = []
    /// Ids that were used for something else on purpose.
    var misused: Set<String> = []
    /// Until when the shop sleeps, in milliseconds since the world began.
    var nightEnds: Int64 = 0
    /// The replies that devices saw, by id: outcome, result and problem.
    private(set) var replies: [String: JSON] = [:]

    init(_ shop: PlainShop) { self.shop = shop }

    /// A device saw a reply. The same id must always have the same one.
    func note(_ reply: JSON, of id: String, to device: String) -> String? {
        let content = JSON.array([
            reply["outcome"] ?? .null, reply["result"] ?? .null, reply["problem"] ?? .null,
        ])
        guard reply["verb"]?.text?.hasSuffix(".get") != true, reply["verb"]?.text?.hasSuffix(".list") != true,
            reply["verb"] != "scan", reply["verb"] != "pickup.find"
        else { return nil }
        // What is refused at the door is not remembered: the same may succeed later.
        if reply["problem"]?["code"] == "device.notAllowed" || reply["problem"]?["code"] == "command.tooMany" {
            return nil
        }
        if let known = replies[id], known != content { return "\(device) saw two different replies to \(id)" }
        replies[id] = content
        return nil
    }
}
