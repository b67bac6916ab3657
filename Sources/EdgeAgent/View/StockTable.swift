// The stock of every SKU in dense arrays, found by hash: open addressing with linear probing.

import ShopModel

/// Figures by SKU.
struct StockTable {
    private var hashes: [UInt64] = []
    private var free: [Int32] = []
    private var onHand: [Int32] = []
    /// Index into the arrays plus one; zero is an empty slot. Its length is a power of two.
    private var slots: [UInt32] = [UInt32](repeating: 0, count: 64)

    /// How many SKUs it has.
    var count: Int { hashes.count }

    mutating func reserve(_ count: Int) {
        hashes.reserveCapacity(count)
        free.reserveCapacity(count)
        onHand.reserveCapacity(count)
        grow(for: count)
    }

    mutating func set(_ figures: StockFigures) {
        let hash = Self.hash(figures.sku)
        if let row = row(of: hash) {
            free[row] = Int32(clamping: figures.free)
            onHand[row] = Int32(clamping: figures.onHand)
            return
        }
        grow(for: hashes.count + 1)
        hashes.append(hash)
        free.append(Int32(clamping: figures.free))
        onHand.append(Int32(clamping: figures.onHand))
        place(hash, row: hashes.count - 1)
    }

    func figures(of sku: SKU) -> (free: Int, onHand: Int)? {
        row(of: Self.hash(sku)).map { (Int(free[$0]), Int(onHand[$0])) }
    }

    /// How many SKUs have promises or sales that no right stands behind.
    var shortCount: Int { free.reduce(0) { $1 < 0 ? $0 + 1 : $0 } }

    private func row(of hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let row = Int(slots[slot]) - 1
            if hashes[row] == hash { return row }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func place(_ hash: UInt64, row: Int) {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(row + 1)
    }

    /// Keeps at least a quarter of the slots empty, so that a search ends soon.
    private mutating func grow(for count: Int) {
        var wanted = slots.count
        while count * 4 > wanted * 3 { wanted *= 2 }
        guard wanted > slots.count else { return }
        slots = [UInt32](repeating: 0, count: wanted)
        for row in hashes.indices { place(hashes[row], row: row) }
    }

    /// FNV-1a, 64 bits (Fowler, Noll, Vo), mixed once more, since its low bits alone choose the slot.
    private static func hash(_ sku: SKU) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sku.value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash ^ (hash >> 32)
    }
}
