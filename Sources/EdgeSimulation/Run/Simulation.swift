// One seed: a shop's days with everything that goes wrong in them, then healing, then the reckoning.

import Contract
import EdgeAgent
import ShopCore
import ShopModel

/// What came of a seed.
public struct SeedOutcome: Sendable {
    /// The seed.
    public let seed: UInt64
    /// The first thing that was found wrong; `nil` when all is well.
    public let failure: String?
    /// The hash of everything that happened: the same for the same seed, in every process.
    public let traceHash: String
    /// The last lines of the trace, when they were kept.
    public let lastLines: [String]
    /// The faults that happened.
    public let faults: FaultCounts
    /// Commands that the shop decided.
    public let commandsDecided: Int
    /// How long the simulated days were, in milliseconds.
    public let milliseconds: Int64
}

extension SeedOutcome {
    /// A seed whose world could not be made.
    init(neverBegan seed: UInt64) {
        self.init(
            seed: seed, failure: "the world could not be made", traceHash: "", lastLines: [], faults: FaultCounts(),
            commandsDecided: 0, milliseconds: 0)
    }
}

/// A simulated shop with its headquarters, from a seed.
public final class Simulation {
    private let world: World
    private let assortment: Assortment
    private let shopBroker: SimulatedBroker
    private let headquartersBroker: SimulatedBroker
    private let office: HeadOffice
    private let box: ShopBox
    private let checks: ShopChecks
    private let floor: ShopFloor
    private let devices: [ShopDevice]
    private let weather: Weather
    private let commands: Int

    /// A world that is about to begin.
    ///
    /// - Parameters:
    ///   - commands: how many commands the devices send between them.
    ///   - traceLines: how many of the last lines of the trace are kept to be read.
    /// - Returns: `nil` only if the name of the simulated shop were no name.
    public init?(seed: UInt64, commands: Int = 500, plant: PlantedFault? = nil, traceLines: Int = 0) {
        guard let shopID = ShopID(ShopBox.shop) else { return nil }
        let world = World(seed: seed, plant: plant, traceLines: traceLines)
        let random = world.random
        let assortment = Assortment(random.stream("assortment"))
        self.world = world
        self.commands = commands
        self.assortment = assortment
        shopBroker = SimulatedBroker(
            "shop", queue: world.queue, random: random.stream("shop broker"), trace: world.trace)
        headquartersBroker = SimulatedBroker(
            "hq", queue: world.queue, random: random.stream("hq broker"), trace: world.trace)
        let disk = SimulatedLedger(random: random.stream("disk"))
        let catalogue = SimulatedCatalogue(random: random.stream("catalogue"))

        var surroundings = PlainSurroundings()
        surroundings.clerks = assortment.clerks
        surroundings.skus = Dictionary(
            uniqueKeysWithValues: assortment.products.map { ($0.gtin.description, $0.sku.value) })
        surroundings.roles = Dictionary(uniqueKeysWithValues: assortment.devices.map { ($0.id, $0.role.rawValue) })
        func product(_ sku: String) -> CatalogueProduct? { SKU(sku).flatMap { try? catalogue.product($0) } ?? nil }
        surroundings.isInAssortment = { product($0) != nil }
        surroundings.safety = { product($0)?.safety ?? 0 }
        surroundings.knowsClerk = { (try? disk.fed("clerks", scope: "shop", key: $0)) ?? nil != nil }
        surroundings.home = { disk.home.value }
        let shop = PlainShop(surroundings)
        checks = ShopChecks(world, shop, assortment.products.map(\.sku))
        floor = ShopFloor(shop)

        var fleet: [DeviceID: Fleet.Device] = [:]
        for device in assortment.devices {
            if let id = DeviceID(device.id) { fleet[id] = Fleet.Device(role: device.role) }
        }
        let profile = ShopProfile(
            shop: shopID, language: .english, zone: .utc, fleet: Fleet(fleet))
        box = ShopBox(
            world: world, shopBroker: shopBroker, headquartersBroker: headquartersBroker, profile: profile,
            checks: checks, disk: disk, catalogue: catalogue)
        office = HeadOffice(world, broker: headquartersBroker)

        let senders = assortment.devices.filter { $0.role != .scan }.count
        let floor = floor
        let broker = shopBroker
        devices = assortment.devices.map { device in
            ShopDevice(
                device.id, device.role, commands: device.role == .scan ? 0 : commands * 52 / 50 / senders + 1,
                world: world, broker: broker, floor: floor, assortment: assortment)
        }
        weather = Weather(world, box, shopBroker, headquartersBroker, floor)
    }

    /// The longest a day may take before somebody has evidently been forgotten: 40 days.
    private static let millisecondsMax: Int64 = 40 * 86_400_000
    /// How much may happen for each command: far more than the worst day needs.
    private static let happenedPerCommandMax = 2_000
    /// The longest until all sides agree once everything works again: 6 hours.
    private static let healingMillisecondsMax: Int64 = 6 * 3_600_000

    /// Runs the seed to its end, or to the first thing found wrong.
    public func run() -> SeedOutcome {
        let disk = box.disk
        let isBusy = { [devices] in devices.contains { !$0.isDone } }
        let day = OfficeDay(
            world, office, assortment,
            incarnation: { (try? disk.value("incarnation"))?.flatMap(Incarnation.init) }, isDone: { !isBusy() },
            isNight: { [world, floor] in world.queue.now < floor.nightEnds })
        office.committed = { [world, office, checks] in
            guard let shop = ShopID(ShopBox.shop) else { return }
            world.fail(if: RightsCheck.complaint(office.memory, checks.shop, shop))
        }
        office.start()
        box.start()
        day?.open()
        for device in devices { device.start() }
        weather.start()
        let happenedMax = Self.happenedPerCommandMax * max(100, commands)
        while isBusy(), world.failure == nil, world.queue.now < Self.millisecondsMax {
            world.queue.runNext()
            if world.queue.happened > happenedMax { world.fail("everybody is busy and nothing gets done") }
        }
        if world.failure == nil, isBusy() {
            let waiting = devices.filter { !$0.isDone }
            world.fail("\(waiting.map { "\($0.id) waits for \($0.openIDs)" }) after 40 days")
        }
        if world.failure == nil { heal(day) }
        let outcome = SeedOutcome(
            seed: world.seed, failure: world.failure, traceHash: world.trace.hexadecimalHash,
            lastLines: world.trace.lastLines, faults: weather.finalCounts(),
            commandsDecided: checks.shop.decidedIDs.count, milliseconds: world.queue.now)
        world.queue.removeAll()
        return outcome
    }

    /// Nothing goes wrong any more: in bounded time everything is told, and all sides agree.
    private func heal(_ day: OfficeDay?) {
        weather.calm()
        let deadline = world.queue.now + Self.healingMillisecondsMax
        // What is under way settles first.
        world.queue.run(until: world.queue.now + 120_000)
        let reckoning = FinalReckoning(box, office, checks, floor)
        var disagreement: String? = "the box is down"
        while world.failure == nil, world.queue.now < deadline {
            disagreement = reckoning.disagreement()
            if disagreement == nil { break }
            world.queue.run(until: world.queue.now + 15_000)
        }
        if let disagreement { world.fail("six hours after everything worked again: \(disagreement)") }
        world.fail(if: reckoning.complaint(placed: day?.placed ?? []))
    }
}
