// The simulated catalogue, keys, seal, note and PINs.

import EdgeAgent
import EdgeSimulation
import ShopModel
import Testing

@Suite("The simulated catalogue")
struct DiskCatalogueTests {
    let catalogue = SimulatedCatalogue(random: SeededRandom(seed: 1))
    let coat = sure(SKU("COAT"))
    let gtin = sure(GTIN("4006381333931"))

    private func document(_ gtins: String, safety: Int) -> [UInt8] {
        Array("{\"sku\":\"COAT\",\"gtins\":[\(gtins)],\"safety\":\(safety)}".utf8)
    }

    @Test("finds a product by SKU and by any GTIN, the shop's own record first")
    func lookups() throws {
        try catalogue.begin()
        try catalogue.setFed("catalogue", scope: "group/a", key: "COAT", document("\"4006381333931\"", safety: 1))
        #expect(try catalogue.product(gtin)?.safety == 1)
        try catalogue.setFed(
            "catalogue", scope: "shop", key: "COAT", document("\"96385074\",\"4006381333931\"", safety: 2))
        try catalogue.setFed("network", scope: "shop", key: "COAT", [9])
        try catalogue.commit()
        #expect(try catalogue.product(coat)?.safety == 2)
        #expect(try catalogue.product(gtin)?.gtin == GTIN("96385074"))
        #expect(try catalogue.network(coat) == [9])
        try catalogue.begin()
        try catalogue.setFed("catalogue", scope: "shop", key: "COAT", nil)
        #expect(try catalogue.product(gtin)?.safety == 1)
        catalogue.rollback()
        #expect(try catalogue.product(gtin)?.safety == 2)
    }

    @Test("switches to a snapshot at once: what is absent in it is gone")
    func snapshots() throws {
        try catalogue.begin()
        try catalogue.setFed("catalogue", scope: "shop", key: "COAT", document("\"4006381333931\"", safety: 1))
        try catalogue.beginSnapshot(
            FeedSnapshot(scope: "shop", feed: "catalogue", epoch: "e", id: "s", sequence: 1, count: 1, hash: []))
        try catalogue.stage(scope: "shop", feed: "catalogue", key: "HAT", document("", safety: 4))
        #expect(try catalogue.product(coat) != nil)
        try catalogue.adoptSnapshot(scope: "shop", feed: "catalogue")
        #expect(try catalogue.product(coat) == nil && catalogue.product(gtin) == nil)
        #expect(try catalogue.product(sure(SKU("HAT")))?.safety == 4)
        #expect(try catalogue.snapshot(scope: "shop", feed: "catalogue") == nil)
        #expect(try catalogue.staged(scope: "shop", feed: "catalogue").isEmpty)
    }

    @Test("loses its latest commits with the power, each as a whole, but none before a checkpoint")
    func losesLatest() throws {
        var vanished = 0
        for seed in 0..<30 as Range<UInt64> {
            let catalogue = SimulatedCatalogue(random: SeededRandom(seed: seed))
            for number in 1...10 as ClosedRange<Int64> {
                try catalogue.begin()
                try catalogue.setCursor(FeedCursor(scope: "shop", feed: "catalogue", epoch: "e", sequence: number))
                try catalogue.setFed("catalogue", scope: "shop", key: "COAT", document("", safety: Int(number)))
                try catalogue.commit()
                if number == 4 { try catalogue.checkpoint() }
            }
            catalogue.crash(.process)
            #expect(try catalogue.product(coat)?.safety == 10)
            for number in 11...15 as ClosedRange<Int64> {
                try catalogue.begin()
                try catalogue.setCursor(FeedCursor(scope: "shop", feed: "catalogue", epoch: "e", sequence: number))
                try catalogue.setFed("catalogue", scope: "shop", key: "COAT", document("", safety: Int(number)))
                try catalogue.commit()
            }
            catalogue.crash(.power)
            let safety = try #require(try catalogue.product(coat)?.safety)
            #expect((10...15).contains(safety))
            #expect(try catalogue.cursors().map(\.sequence) == [Int64(safety)])
            vanished += catalogue.vanishedCommits
        }
        #expect(vanished > 20)
        catalogue.lose()
        #expect(try catalogue.cursors().isEmpty && catalogue.losses == 1)
    }
}

@Suite("The simulated box")
struct DiskBoxTests {
    let customer = sure(CustomerID("customer-1"))

    @Test("opens what it sealed, also after a restart, and never once the key is destroyed")
    func seals() throws {
        let keys = SimulatedKeys()
        let vault = SimulatedSealing(keys, random: SeededRandom(seed: 1))
        let plain = Array("likes blue".utf8)
        let sealed = try vault.seal(plain, for: customer)
        #expect(sealed != plain && !sealed.contains(plain))
        let after = SimulatedSealing(keys, random: SeededRandom(seed: 2))
        #expect(try after.open(sealed, of: customer) == plain)
        #expect(
            after.cardDigest("123") == vault.cardDigest("123") && after.cardDigest("124") != vault.cardDigest("123"))
        var damaged = sealed
        damaged[damaged.count - 1] ^= 1
        #expect(try after.open(damaged, of: customer) == nil)
        #expect(try after.open(sealed, of: sure(CustomerID("customer-2"))) == nil)
        keys.failNextWrite(.full)
        #expect(throws: StorageFailure.full) { try after.destroyKey(of: customer) }
        try after.destroyKey(of: customer)
        #expect(try after.open(sealed, of: customer) == nil && keys.destroyed == 1)
        let anew = try after.seal(plain, for: customer)
        #expect(try after.open(anew, of: customer) == plain && after.open(sealed, of: customer) == nil)
    }

    @Test("remembers what was being decided when the process died, and not when the power failed")
    func notes() {
        let note = SimulatedNote()
        note.begin([1])
        note.crash(.process)
        #expect(note.found == [1])
        note.begin([2])
        note.end()
        note.crash(.process)
        #expect(note.found == nil)
        note.begin([3])
        note.crash(.power)
        #expect(note.found == nil)
    }

    @Test("knows a PIN by what was derived from it")
    func pins() {
        let pins = SimulatedPINs()
        #expect(pins.verify(pin: "1234", derived: SimulatedPINs.derive("1234")))
        #expect(!pins.verify(pin: "1235", derived: SimulatedPINs.derive("1234")))
        #expect(!pins.verify(pin: "1234", derived: "1234"))
    }
}
