// Who collects a pickup is on no disk in clear, and nowhere at all once its key is gone.

import EdgeAgent
import Glibc
import ShopCore
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("The contact of a pickup")
struct ContactTests {
    private let name = "Zébulon Quetzalcoatl"
    private let order = OrderID.named("O-1")

    private func pickup(_ state: Pickup.State = .ready(since: LedgerConformance.at(1))) -> Pickup {
        Pickup(
            order: order, code: "P-1", source: .fromStock, lines: [.init(sku: LedgerConformance.sku("A"), quantity: 1)],
            state: state, recipient: .init(customer: CustomerID("C-1"), name: name, phoneLast4: "4471", gift: true),
            receivedAt: LedgerConformance.at(0))
    }

    private func store(_ pickup: Pickup, in ledger: SQLiteLedger) throws {
        try ledger.begin()
        try ledger.put(pickup)
        try ledger.commit()
    }

    private func forgotten() -> Pickup {
        var pickup = pickup(.handedOver(at: LedgerConformance.at(2)))
        pickup.forgetRecipient()
        return pickup
    }

    @Test("is in no byte of the state, and is there again at the next start")
    func atRest() throws {
        let state = try TestState()
        do {
            let ledger = try state.ledger()
            try store(pickup(), in: ledger)
            #expect(try ledger.pickup(order) == pickup())
            #expect(state.folder.files(with: "Quetzalcoatl") == [] && state.folder.files(with: "4471") == [])
        }
        #expect(state.folder.files(with: "Quetzalcoatl") == [] && state.folder.files(with: "4471") == [])
        #expect(try state.ledger().pickup(order) == pickup())
    }

    @Test("ends with its key: what a backup has of it can be read by nobody")
    func forgottenInBackups() throws {
        let state = try TestState()
        do {
            let ledger = try state.ledger()
            try store(pickup(), in: ledger)
            try ledger.beginBackup(to: state.directory.file("backup.db"))
            while try !ledger.stepBackup(pages: 64).isDone {}
            ledger.endBackup()
            try store(forgotten(), in: ledger)
            #expect(try ledger.pickup(order) == forgotten())
        }
        #expect(try state.vault.keys.wrappedKey(of: .pickup(order)) == nil)
        #expect(rename(state.folder.file("backup.db"), state.folder.file("ledger.db")) == 0)
        let found = try #require(try state.ledger().pickup(order))
        #expect(found.recipient.name == nil && found.recipient.phoneLast4 == nil)
        #expect(found.recipient.isContactUnreadable && found.recipient.customer == CustomerID("C-1"))
    }

    @Test("whose key is on another box stays as it is through changes, and is read there")
    func otherBox() throws {
        let (state, elsewhere) = (try TestState(), try TestVault())
        do { try store(pickup(), in: try state.ledger()) }
        do {
            let ledger = try SQLiteLedger(in: state.directory, contacts: elsewhere.contacts)
            var found = try #require(try ledger.pickup(order))
            #expect(found.recipient.isContactUnreadable && !found.recipient.hasContact && found.recipient.gift)
            found.apply(.arrived(.counter))
            try store(found, in: ledger)
        }
        do {
            let back = try #require(try state.ledger().pickup(order))
            #expect(back.recipient == pickup().recipient && back.arrived == .counter)
        }
        let ledger = try SQLiteLedger(in: state.directory, contacts: elsewhere.contacts)
        var found = try #require(try ledger.pickup(order))
        // Headquarters sends the order again: sealed anew, under a key of this box.
        let isNews = found.learn(.init(name: "Zoé", phoneLast4: nil))
        #expect(isNews)
        try store(found, in: ledger)
        #expect(try ledger.pickup(order) == found)
    }

    @Test("is not another pickup's, even by hand")
    func moved() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try store(pickup(), in: ledger)
        try store(
            Pickup(
                order: OrderID.named("O-2"), code: "P-2", source: .fromStock, lines: [],
                recipient: .init(name: "Jean"), receivedAt: LedgerConformance.at(0)), in: ledger)
        try ledger.database.execute(
            "UPDATE pickup SET contact = (SELECT contact FROM pickup WHERE orderID = 'O-1') WHERE orderID = 'O-2'")
        #expect(try ledger.pickup(OrderID.named("O-2"))?.recipient == .init(isContactUnreadable: true))
    }

    @Test("is kept when what would have forgotten it is taken back")
    func takenBack() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try store(pickup(), in: ledger)
        try ledger.begin()
        try ledger.savepoint()
        try ledger.put(forgotten())
        #expect(try ledger.pickup(order) == forgotten())
        try ledger.rollbackToSavepoint()
        try ledger.commit()
        #expect(try ledger.pickup(order) == pickup())
        try ledger.begin()
        try ledger.put(forgotten())
        ledger.rollback()
        #expect(try ledger.pickup(order) == pickup())
        try ledger.begin()
        try ledger.savepoint()
        try ledger.put(forgotten())
        try ledger.releaseSavepoint()
        try ledger.commit()
        #expect(try ledger.pickup(order) == forgotten())
        #expect(try state.vault.keys.wrappedKey(of: .pickup(order)) == nil)
    }

    @Test("has its key on the disk before itself, and loses it before itself, whatever happens to the commit")
    func keysFirst() throws {
        let state = try TestState()
        do {
            let ledger = try state.ledger()
            let restore = failSyncs(of: ledger.database, with: EIO)
            defer { restore() }
            #expect(throws: StorageFailure.self) { try store(pickup(), in: ledger) }
        }
        #expect(try state.vault.keys.wrappedKey(of: .pickup(order)) != nil)
        do { try store(pickup(), in: try state.ledger()) }
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            try ledger.put(forgotten())
            let restore = failSyncs(of: ledger.database, with: EIO)
            defer { restore() }
            #expect(throws: StorageFailure.self) { try ledger.commit() }
            ledger.rollback()
        }
        #expect(try state.vault.keys.wrappedKey(of: .pickup(order)) == nil)
        // What nobody can read is still found when its days are over, and cleared.
        let ledger = try state.ledger()
        var found = try #require(try ledger.pickup(order))
        #expect(!found.recipient.hasContact)
        found.apply(.handedOver([], .code, at: LedgerConformance.at(2)))
        found.forgetRecipient()
        try store(found, in: ledger)
        #expect(try ledger.pickupsWithContact(overBefore: LedgerConformance.at(9), limit: 9) == [])
    }

    @Test("costs pickups without one no key and no sync of the keys' file")
    func withoutContact() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        let before = state.vault.folder.bytes("keys.db-wal").count
        for state: Pickup.State in [.received, .accepted, .rejected(.damaged)] {
            try store(LedgerConformance.pickup("O-9", state), in: ledger)
        }
        #expect(state.vault.folder.bytes("keys.db-wal").count == before)
    }
}
