// What the people at headquarters do in a simulated day: goods, rights, orders, second thoughts.

import Contract
import EdgeAgent
import Headquarters
import ScanCodes
import ShopModel

/// The people at headquarters.
final class OfficeDay {
    private let world: World
    private let office: HeadOffice
    private let assortment: Assortment
    private let shop: ShopID
    private var random: SeededRandom
    /// Orders that headquarters said are placed.
    private(set) var placed: [String] = []
    private var orders = 0
    private let isDone: () -> Bool
    private let isNight: () -> Bool
    /// The life of the shop's ledger.
    private let incarnation: () -> Incarnation?

    init?(
        _ world: World, _ office: HeadOffice, _ assortment: Assortment, incarnation: @escaping () -> Incarnation?,
        isDone: @escaping () -> Bool, isNight: @escaping () -> Bool
    ) {
        guard let shop = ShopID(ShopBox.shop) else { return nil }
        self.world = world
        self.office = office
        self.assortment = assortment
        self.shop = shop
        self.incarnation = incarnation
        self.isDone = isDone
        self.isNight = isNight
        random = world.random.stream("office")
    }

    /// Everything that a shop has to be told before it can open; then the day goes on.
    func open() {
        var commands: [HeadquartersCommand] = []
        for product in assortment.products {
            let name = LocalizedText(french: "Article \(product.sku)", english: "Item \(product.sku)")
            let record = ProductRecord(
                sku: product.sku, gtins: [product.gtin], name: name, price: nil, safety: product.safety)
            commands.append(.feedSet(.shop(shop), .catalogue, record.entry))
            commands.append(
                .stockDelta(
                    shop, product.sku, units: product.opening, cause: "opening", share: product.opening * 2 / 3))
        }
        for clerk in assortment.clerks {
            guard let id = ClerkID(clerk.id) else { continue }
            let roles = clerk.isManager ? ["clerk", "manager"] : ["clerk"]
            let record = ClerkRecord(
                clerk: id, badge: clerk.badge, name: clerk.id, roles: roles, pin: SimulatedPINs.derive(clerk.pin))
            commands.append(.feedSet(.shop(shop), .clerks, record.entry))
        }
        carryOut(commands[...])
        world.queue.schedule(after: 20_000) { [weak self] in self?.act() }
    }

    /// One after the other; what headquarters cannot do now, since it is down, is tried again.
    private func carryOut(_ commands: ArraySlice<HeadquartersCommand>) {
        guard let first = commands.first else { return }
        let isDone = office.perform(first) != nil
        world.queue.schedule(after: isDone ? 20 : 3_000) { [weak self] in
            self?.carryOut(isDone ? commands.dropFirst() : commands)
        }
    }

    private func act() {
        guard !isDone(), world.failure == nil else { return }
        let product = assortment.product(&random)
        switch random.below(20) {
        case 0..<9: place()
        case 9..<11: cancel()
        case 11..<13:
            office.perform(.stockDelta(shop, product.sku, units: 1 + random.below(8), cause: "delivery", share: nil))
        case 13:
            office.perform(.stockDelta(shop, product.sku, units: -1 - random.below(2), cause: "recall", share: nil))
        case 14..<16: office.perform(.rightsGrant(shop, product.sku, units: 1 + random.below(3)))
        case 16..<18: office.perform(.rightsWant(shop, product.sku, level: 1 + random.below(5)))
        default: restate(product.sku)
        }
        // Whoever shops on the web does so at night too, but seldom.
        let pause = isNight() ? random.within(600_000...7_200_000) : random.within(5_000...240_000)
        world.queue.schedule(after: pause) { [weak self] in self?.act() }
    }

    private func place() {
        orders += 1
        let bits = random.next() >> 24
        guard let order = OrderID("order-\(orders)") else { return }
        var lines: [HeadquartersCommand.OrderRequest.Line] = []
        for _ in 0..<(1 + random.below(3)) {
            guard let quantity = Quantity(1 + random.below(2)) else { continue }
            lines.append(.init(sku: assortment.product(&random).sku, quantity: quantity))
        }
        let isByParcel = random.chance(0.1)
        let customer =
            random.chance(0.7)
            ? PlacedOrder.Customer(name: "Marie Dupont", phoneLast4: random.chance(0.5) ? "4711" : nil)
            : nil
        let collectBy = random.chance(0.6) ? world.trueTime + random.within(60_000...7_200_000) : nil
        let request = HeadquartersCommand.OrderRequest(
            order: order, code: OwnCode.mint(kind: .pickup, from: bits).text,
            source: isByParcel ? .fromParcel(sscc: "376000000000000013") : .fromStock, lines: lines, customer: customer,
            collectBy: collectBy)
        if case .success? = office.perform(.orderPlace(shop, request)) { placed.append(order.value) }
    }

    private func cancel() {
        guard let order = random.pick(placed).flatMap(OrderID.init) else { return }
        office.perform(.orderCancel(order, reason: "changed mind"))
    }

    /// Headquarters states what the shop has, as of what it last heard: the same figure, or one that a count found.
    private func restate(_ sku: SKU) {
        guard let incarnation = incarnation(), let stock = try? office.memory.stock(sku, in: shop),
            let sequence = try? office.memory.lastSequence("sku/\(sku)", incarnation, of: shop), sequence > 0
        else { return }
        let onHand = max(0, stock.onHand + random.below(3) - 1)
        office.perform(
            .stockAbsolute(shop, sku, onHand: onHand, asOf: .init(incarnation: incarnation, sequence: sequence)))
    }
}
