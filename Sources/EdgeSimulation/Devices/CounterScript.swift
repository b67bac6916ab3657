// What clerks do with paid orders, and cashiers with tickets.

import Contract

extension DeviceScript {
    /// The next step of an order; mostly the one that makes sense, now and then any other.
    mutating func onPickup(_ floor: ShopFloor) -> DeviceRequest {
        let orders = floor.shop.books.pickups.keys.sorted()
        let open = orders.filter { floor.shop.books.pickups[$0]?.isOver == false }
        let chosen = random.pick(random.chance(0.85) && !open.isEmpty ? open : orders)
        guard let order = chosen, let pickup = floor.shop.books.pickups[order] else {
            return command("pickup.accept", [.init("order", "order-none")])
        }
        var fields: [JSON.Member] = [.init("order", .string(order))] + byName
        if random.chance(0.3) {
            fields.append(
                .init("ifRevision", .count(pickup.revision - (random.chance(0.1) && pickup.revision > 1 ? 1 : 0))))
        }
        let verb = random.chance(0.88) ? sensible(pickup) : any()
        fields += details(verb, order, pickup)
        return command("pickup." + verb, fields)
    }

    private mutating func sensible(_ pickup: PlainPickup) -> String {
        if pickup.cancelAsked, random.chance(0.6) { return random.chance(0.7) ? "confirmCancel" : "refuseCancel" }
        if clerk != nil, pickup.claimedBy == nil, random.chance(0.3) { return "claim" }
        switch pickup.state {
        case "received": return random.chance(0.9) ? "accept" : "reject"
        case "accepted", "picking": return random.chance(0.85) ? "pick" : random.chance(0.7) ? "short" : "unpick"
        case "picked": return random.chance(0.9) ? "stage" : "unpick"
        case "staged": return random.chance(0.9) ? "ready" : "unpick"
        case "ready": return random.chance(0.8) ? "handOver" : random.chance(0.5) ? "refuse" : "arrive"
        case "overdue": return random.chance(0.6) ? "putBack" : "handOver"
        case "handedOver": return random.chance(0.4) ? "correct" : "handOver"
        default: return any()
        }
    }

    private mutating func any() -> String {
        random.pick([
            "claim", "accept", "reject", "pick", "unpick", "short", "stage", "ready", "arrive", "handOver", "refuse",
            "putBack", "correct", "confirmCancel", "refuseCancel",
        ]) ?? "accept"
    }

    private mutating func details(_ verb: String, _ order: String, _ pickup: PlainPickup) -> [JSON.Member] {
        func sku(_ open: (PlainPickup.Line) -> Int) -> (JSON.Member, Int) {
            let line = random.pick(pickup.lines.filter { open($0) > 0 }) ?? random.pick(pickup.lines)
            let units = line.map { max(1, 1 + random.below(max(1, open($0)))) } ?? 1
            let wrong = random.chance(0.05)
            return (wrong ? item() : .init("sku", .string(line?.sku ?? "SKU-1")), units)
        }
        switch verb {
        case "claim": return random.chance(0.4) ? [.init("takeover", true)] : []
        case "reject": return [reason()]
        case "pick", "unpick":
            let (item, units) = sku { verb == "pick" ? $0.toPick : $0.picked }
            return [item, .init("quantity", .count(units))]
        case "short":
            let (item, units) = sku { $0.toPick }
            return [item, .init("quantity", .count(units)), reason()]
        case "stage": return [.init("place", .string("A\(random.below(9))"))]
        case "arrive": return [.init("where", random.chance(0.5) ? "counter" : "kerb")]
        case "handOver":
            let proof: JSON =
                random.chance(0.7)
                ? ["code": .string(random.chance(0.95) ? pickup.code : "P-00000000-0")]
                : ["method": "identityShown", "facts": ["name", "orderLast4"]]
            var fields = [JSON.Member("proof", proof)]
            if random.chance(0.25) {
                let (item, units) = sku { $0.outstanding }
                fields.append(.init("lines", .array([.object([item, .init("quantity", .count(units))])])))
            }
            return fields
        case "refuse":
            let (item, units) = sku { $0.outstanding }
            return [
                .init("lines", .array([.object([item, .init("quantity", .count(units))])])),
                .init("reason", "too small"),
            ]
        case "correct", "refuseCancel": return [.init("reason", "a mistake")]
        default: return []
        }
    }

    private mutating func reason() -> JSON.Member {
        .init("reason", .string(random.pick(["notInStock", "damaged", "mismatch", "notSellable"]) ?? "mismatch"))
    }

    // MARK: The till

    mutating func sale(_ floor: ShopFloor) -> DeviceRequest {
        var lines: [JSON] = []
        if !floor.tickets.isEmpty, random.chance(0.12) {
            // An end-of-day file, or a till that lost its memory: known lines again, under a new id.
            for _ in 0..<(1 + random.below(3)) { if let line = random.pick(floor.tickets) { lines.append(line) } }
        }
        if lines.isEmpty || random.chance(0.5) {
            ticket += 1
            for number in 1...(1 + random.below(3)) {
                let line = saleLine(number, floor)
                lines.append(line)
                floor.tickets.append(line)
            }
        }
        return command("sale.record", [.init("lines", .array(lines))])
    }

    private mutating func saleLine(_ number: Int, _ floor: ShopFloor) -> JSON {
        var fields: [JSON.Member] = [
            .init("till", .string(device)), .init("ticket", .string("T\(ticket)")), .init("line", .count(number)),
        ]
        let original = random.pick(floor.tickets.suffix(20)).map { line in
            JSON.object(["till", "ticket", "line"].compactMap { name in line[name].map { JSON.Member(name, $0) } })
        }
        switch random.below(20) {
        case 0, 1:
            guard let original else { fallthrough }
            fields += [.init("kind", "void"), .init("original", original)]
        case 2, 3:
            fields += [.init("kind", "return"), item(), .init("quantity", 1)]
            if let original, random.chance(0.5) { fields.append(.init("original", original)) }
        case 4:
            fields += [.init("kind", "exchange"), item(), .init("quantity", 1), .init("returned", line(1))]
        case 5:
            let order = random.pick(floor.shop.books.pickups.keys.sorted())
            fields += [.init("kind", "sale"), item(), .init("quantity", 1)]
            if let order { fields.append(.init("order", .string(order))) }
        case 6..<14:
            // The customer comes from the fitting room with what was collected.
            let waiting = floor.codes.suffix(30).filter {
                if case .awaiting = floor.shop.books.reservations[$0]?.phase { true } else { false }
            }
            guard let code = random.pick(waiting),
                let line = floor.shop.books.reservations[code]?.lines.first(where: { $0.locked > 0 })
            else { fallthrough }
            fields += [
                .init("kind", "sale"), .init("sku", .string(line.sku)), .init("quantity", .count(line.locked)),
            ]
            if random.chance(0.5) { fields.append(.init("reservation", .string(code))) }
        default: fields += [.init("kind", "sale"), item(), .init("quantity", .count(1 + random.below(2)))]
        }
        return .object(fields)
    }
}
