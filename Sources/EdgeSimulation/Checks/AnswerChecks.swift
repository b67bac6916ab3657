// What questions are answered: by the ledger as the books stand, by the front no older than what was replied.

import Contract
import EdgeAgent
import ShopModel

extension PlainShop {
    /// Looks at the ledger's answer to a question.
    func judgeQuestion(_ message: DeviceMessage, answered bytes: [UInt8]) -> String? {
        guard case .ask(_, let verb) = message.topic, let reply = try? JSONReader.read(bytes),
            let question = try? JSONReader.read(message.payload)
        else { return nil }
        let allowed = ["clerk", "till"].contains(surroundings.roles[message.device.value] ?? "")
        var expectation = PlainExpectation()
        switch verb {
        case "reservation.get":
            let code = question["reservation"]?.text ?? ""
            guard let reservation = books.reservations[code] else {
                expectation = .refused("reservation.unknown")
                break
            }
            expectation.fields = [("state", .string(reservation.word))]
        case "pickup.get":
            guard let pickup = books.pickups[question["order"]?.text ?? ""] else {
                expectation = .refused("pickup.unknown")
                break
            }
            expectation.fields = [("state", .string(pickup.word(at: now))), ("revision", .count(pickup.revision))]
        default: return nil
        }
        if !allowed { expectation = .refused("device.notAllowed") }
        return expectation.complaint(about: reply).map { "\(verb): \($0)" }
    }
}

extension ShopChecks {
    /// Looks at the front's answer: whoever saw a reply sees its commit in every later answer, on every device.
    func answered(_ message: DeviceMessage, _ reply: DeviceReply, view: CommittedView, on box: ShopBox) {
        guard world.failure == nil, let json = try? JSONReader.read(reply.payload), json["outcome"] == "done",
            let result = json["result"]
        else { return }
        if let sku = result["sku"]?.text, let here = result["availability"]?.elements?.first {
            let line = shop.books.lines[sku] ?? PlainLine()
            let free = max(0, line.mine - line.holds - shop.surroundings.safety(sku))
            if here["value"] != .count(free) || here["kind"] != "here" {
                world.fail(
                    "\(message.device) is told that \(here["value"]?.integer ?? -1) of \(sku) are available, "
                        + "after replies by which it is \(free)")
            }
        }
        if result["kind"] == "reservation", let code = result["reservation"]?.text {
            let known = shop.books.reservations[code]
            // The front counts time on from the last commit: a hold may have ended since.
            if known?.word != result["state"]?.text, result["state"] != "expired" {
                world.fail(
                    "\(message.device) is told that \(code) is \(result["state"]?.text ?? ""), "
                        + "after replies by which it is \(known?.word ?? "unknown")")
            }
        }
    }
}
