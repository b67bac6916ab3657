// Customers' keys are durable when stored and nowhere when destroyed.

import EdgeAgent
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("The file of customers' keys")
struct KeysTests {
    private let customer = KeyOwner.customer(.named("k-1"))

    @Test("has a key as it was stored last, in a later process too")
    func stores() throws {
        let state = try TestState()
        let key = WrappedCustomerKey(version: 2, bytes: [1, 2, 3])
        do {
            let keys = try SQLiteKeys(in: state.directory)
            #expect(try keys.wrappedKey(of: customer) == nil)
            try keys.change([KeyChange(of: customer, key: WrappedCustomerKey(version: 1, bytes: [9]))])
            try keys.change([KeyChange(of: customer, key: key)])
            state.folder.copyImage(of: "keys.db", to: "image.db")
        }
        #expect(try SQLiteKeys(in: state.directory).wrappedKey(of: customer) == key)
        let image = try Database(path: state.folder.file("image.db"), mode: .exclusiveFull)
        #expect(try image.first("SELECT version FROM customerKey") { try $0.int(0) } == 2)
    }

    @Test("has nothing of a destroyed key in any of its bytes")
    func destroys() throws {
        let state = try TestState()
        let keys = try SQLiteKeys(in: state.directory)
        let secret = Array("0123456789-wrapped-key-bytes-xyz".utf8)
        try keys.change([KeyChange(of: customer, key: WrappedCustomerKey(version: 1, bytes: secret))])
        try keys.change([
            KeyChange(of: .customer(.named("k-2")), key: WrappedCustomerKey(version: 1, bytes: [1]))
        ])
        #expect(contains(state, secret))
        try keys.change([KeyChange(of: customer, key: nil)])
        #expect(!contains(state, secret))
        #expect(try keys.wrappedKey(of: customer) == nil)
        #expect(try keys.wrappedKey(of: .customer(.named("k-2"))) != nil)
        try keys.change([KeyChange(of: customer, key: nil)])
    }

    @Test("makes and destroys many keys of pickups in one step, and has nothing of the destroyed ones any more")
    func changes() throws {
        let state = try TestState()
        let keys = try SQLiteKeys(in: state.directory)
        func secret(_ number: Int) -> [UInt8] { Array("wrapped-key-number-\(10_000 + number)-of-a-pickup".utf8) }
        let orders = (0..<400).map { OrderID.named("W-\($0 * 7_919 % 10_007)") }
        try keys.change(
            orders.enumerated().map {
                KeyChange(of: .pickup($0.element), key: WrappedCustomerKey(version: 1, bytes: secret($0.offset)))
            })
        // A customer of the same name as an order is somebody else.
        let namesake = KeyOwner.customer(.named(orders[0].value))
        #expect(try keys.wrappedKey(of: namesake) == nil)
        try keys.change([KeyChange(of: namesake, key: WrappedCustomerKey(version: 1, bytes: [7]))])
        try keys.change(orders.prefix(300).map { KeyChange(of: .pickup($0), key: nil) })
        for number in 0..<400 {
            #expect(contains(state, secret(number)) == (number >= 300), "\(number)")
            #expect((try keys.wrappedKey(of: .pickup(orders[number])) != nil) == (number >= 300))
        }
        #expect(try keys.wrappedKey(of: namesake)?.bytes == [7])
    }

    private func contains(_ state: TestState, _ secret: [UInt8]) -> Bool {
        state.folder.names.contains { name in
            let bytes = state.folder.bytes(name)
            guard bytes.count >= secret.count else { return false }
            return (0...bytes.count - secret.count).contains { start in
                bytes[start] == secret[0] && bytes[start..<start + secret.count].elementsEqual(secret)
            }
        }
    }
}
