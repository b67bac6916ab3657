// What a person does with a device, next: mostly sensible, sometimes not, always by the seed.

import Contract
import EdgeAgent
import ShopModel

/// The script of a device.
struct DeviceScript {
    let device: String
    let role: DeviceRole
    let assortment: Assortment
    var random: SeededRandom
    var ticket = 0
    var delivery = 0
    /// The clerk who is signed in, as the device believes.
    var clerk: String?

    init(device: String, role: DeviceRole, assortment: Assortment, random: SeededRandom) {
        self.device = device
        self.role = role
        self.assortment = assortment
        self.random = random
    }

    /// The next message.
    mutating func next(_ floor: ShopFloor, now: Instant) -> DeviceRequest {
        if random.chance(0.12) || role == .scan { return question(floor) }
        switch role {
        case .scan: return question(floor)
        case .customer:
            switch random.below(20) {
            case 0: return command("count.record", [.init("sku", "SKU-1"), .init("counted", 1)])
            case 1, 2: return command("moment.record", [.init("kind", "interest")])
            default: return place(now)
            }
        case .till:
            switch random.below(20) {
            case 0..<13: return sale(floor)
            case 13..<16: return onReservation(floor, now)
            case 16: return receive()
            case 17: return place(now)
            default: return onPickup(floor)
            }
        case .clerk: return byClerk(floor, now)
        }
    }

    private mutating func byClerk(_ floor: ShopFloor, _ now: Instant) -> DeviceRequest {
        if clerk == nil, random.chance(0.5) { return signIn() }
        switch random.below(40) {
        case 0..<9: return place(now)
        case 9..<18: return onReservation(floor, now)
        case 18..<33: return onPickup(floor)
        case 33, 34: return count(floor)
        case 35: return command("count.approve", [item()] + byName)
        case 36, 37: return receive()
        case 38: return signIn()
        default: return random.chance(0.3) ? command("clerk.signOut", []) : receive()
        }
    }

    // MARK: Messages

    mutating func command(_ verb: String, _ fields: [JSON.Member]) -> DeviceRequest {
        let id = freshID()
        let payload = JSON.object([.init("id", .string(id))] + fields).encoded()
        return DeviceRequest(id: id, topic: "shop/v1/\(device)/do/\(verb)", payload: payload)
    }

    /// Another message under the id of one that was answered: another body, or the same on another device's topic.
    mutating func misuse(_ request: DeviceRequest) -> DeviceRequest {
        let payload = JSON.object([.init("id", .string(request.id)), .init("kind", "trial")]).encoded()
        let topic = role == .scan ? request.topic : "shop/v1/\(device)/do/moment.record"
        return DeviceRequest(id: request.id, topic: topic, payload: payload, isMisuse: true)
    }

    /// A UUID of version 4, from the seed.
    private mutating func freshID() -> String {
        var bytes = random.bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text
    }

    var byName: [JSON.Member] { clerk.map { [.init("clerk", .string($0))] } ?? [] }

    mutating func item() -> JSON.Member {
        if random.chance(0.01) { return .init("sku", "SKU-UNKNOWN") }
        let product = assortment.product(&random)
        return random.chance(0.2)
            ? .init("gtin", .string(product.gtin.description)) : .init("sku", .string(product.sku.value))
    }

    mutating func line(_ most: Int = 2) -> JSON {
        .object([item(), .init("quantity", .count(1 + random.below(most)))])
    }

    mutating func lines(_ most: Int) -> JSON { .array((0..<(1 + random.below(most))).map { _ in line() }) }

    private mutating func place(_ now: Instant) -> DeviceRequest {
        var fields: [JSON.Member] = [.init("lines", lines(3))]
        if let term = term(now) { fields.append(.init("term", term)) }
        if random.chance(0.4) { fields.append(.init("partial", true)) }
        if random.chance(0.3), let customer = random.pick(assortment.customers) {
            fields.append(.init("customer", .string(customer)))
        }
        if random.chance(0.3) { fields.append(.init("channel", "phone")) }
        return command("reservation.place", fields)
    }

    /// Mostly minutes, so that many holds end within the day.
    mutating func term(_ now: Instant) -> JSON? {
        switch random.below(20) {
        case 0..<11: ["minutes": .count(1 + random.below(40))]
        case 11..<14: ["minutes": .count(60 + random.below(600))]
        case 14..<17: ["until": .string((now + random.within(-60_000...7_200_000)).description)]
        case 17: ["minutes": 5_000]
        default: nil
        }
    }

    private mutating func onReservation(_ floor: ShopFloor, _ now: Instant) -> DeviceRequest {
        guard let code = code(floor) else { return place(now) }
        let reservation = JSON.Member("reservation", .string(code))
        var fields = [reservation]
        let open = floor.shop.books.reservations[code]?.lines.filter { $0.locked > 0 } ?? []
        if random.chance(0.3), let line = random.pick(open) {
            let units = random.chance(0.9) ? 1 + random.below(line.locked) : line.locked + 1
            fields.append(.init("lines", .array([["sku": .string(line.sku), "quantity": .count(units)]])))
        }
        switch random.below(10) {
        case 0, 1: return command("reservation.extend", [reservation, .init("term", term(now) ?? ["minutes": 30])])
        case 2, 3: return command("reservation.cancel", fields)
        default: return command("reservation.collect", fields)
        }
    }

    /// Mostly a code that is still open, sometimes an old one, rarely one that never was.
    private mutating func code(_ floor: ShopFloor) -> String? {
        if random.chance(0.02) { return "R-00000000-E" }
        let recent = floor.codes.suffix(30)
        let open = recent.filter { floor.shop.books.reservations[$0]?.isOpen == true }
        return random.pick(random.chance(0.85) && !open.isEmpty ? open : Array(recent))
    }

    private mutating func receive() -> DeviceRequest {
        if delivery == 0 || random.chance(0.85) { delivery += 1 }
        return command(
            "delivery.receive",
            [.init("delivery", .string("\(device)-\(delivery)")), .init("lines", .array([line(4)]))])
    }

    private mutating func count(_ floor: ShopFloor) -> DeviceRequest {
        let product = assortment.product(&random)
        let onHand = floor.shop.books.lines[product.sku.value]?.onHand ?? 0
        var fields: [JSON.Member] = [
            .init("sku", .string(product.sku.value)), .init("counted", .count(max(0, onHand + random.below(4) - 2))),
        ]
        if random.chance(0.4), let position = random.pick(floor.positions.suffix(4)) {
            fields.append(.init("asOf", .count(position)))
        }
        return command("count.record", fields + byName)
    }

    private mutating func signIn() -> DeviceRequest {
        let clerk = random.pick(assortment.clerks)
        let pin = random.chance(0.1) ? "0000" : clerk?.pin ?? ""
        return command("clerk.signIn", [.init("badge", .string(clerk?.badge ?? "")), .init("pin", .string(pin))])
    }

    private mutating func question(_ floor: ShopFloor) -> DeviceRequest {
        let id = freshID()
        let product = assortment.product(&random)
        var verb = "availability.get"
        var fields: [JSON.Member] = [.init("sku", .string(product.sku.value))]
        switch random.below(role == .scan ? 4 : 8) {
        case 0: (verb, fields) = ("product.get", fields)
        case 1: (verb, fields) = ("scan", [.init("code", .string(product.gtin.description))])
        case 2:
            if let code = random.pick(floor.codes.suffix(6)) {
                (verb, fields) = ("scan", [.init("code", .string(code))])
            }
        case 3: break
        case 4:
            if let order = random.pick(floor.shop.books.pickups.keys.sorted().suffix(6)) {
                (verb, fields) = ("pickup.get", [.init("order", .string(order))])
            }
        case 5: (verb, fields) = ("pickup.list", [])
        case 6: (verb, fields) = ("reservation.list", [.init("limit", 20)])
        default:
            if let code = random.pick(floor.codes.suffix(10)) {
                (verb, fields) = ("reservation.get", [.init("reservation", .string(code))])
            }
        }
        // A scanner that can publish to one topic only names its verb in the message.
        let isSingle = role == .scan && random.chance(0.5)
        let members = [JSON.Member("id", .string(id))] + (isSingle ? [.init("verb", .string(verb))] : []) + fields
        return DeviceRequest(
            id: id, topic: isSingle ? "shop/v1/\(device)" : "shop/v1/\(device)/ask/\(verb)",
            payload: JSON.object(members).encoded())
    }

    // MARK: Learning

    /// What the person learns from an answer.
    mutating func learn(_ request: DeviceRequest, _ reply: JSON, _ floor: ShopFloor) {
        let code = reply["problem"]?["code"]?.text
        if code == "clerk.sessionRequired" || code == "clerk.replaced" { clerk = nil }
        guard reply["outcome"] == "done", let result = reply["result"] else { return }
        switch reply["verb"]?.text {
        case "reservation.place": if let code = result["reservation"]?.text { floor.codes.append(code) }
        case "clerk.signIn": clerk = result["clerk"]?.text
        case "clerk.signOut": clerk = nil
        case "count.record": if let position = result["position"]?.integer { floor.positions.append(position) }
        default: break
        }
    }
}
