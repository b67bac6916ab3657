// The real vault with keys of one test's own, beside the state that is under test.

import CustomerVault
import EdgeAgent
import SQLiteStorage
import ShopModel

/// A master key, a file of keys, and what seals contacts with them.
final class TestVault {
    let folder = TemporaryFolder()
    let master: MasterKey
    let keys: SQLiteKeys
    let contacts: SealedContacts

    init() throws {
        master = try MasterKey.loadOrCreate(folder.file("vault-key"), createIfAbsent: true)
        keys = try SQLiteKeys(in: StateDirectory(folder.path))
        contacts = SealedContacts(master: master, keys: WaitingKeys(keys))
    }
}

/// A vault that does something before each contact it seals: fails, or has the power cut.
final class InterruptedContacts: ContactSealing {
    private let vault: any ContactSealing
    private let before: (Int) throws(StorageFailure) -> Void
    private var count = 0

    init(_ vault: any ContactSealing, before: @escaping (Int) throws(StorageFailure) -> Void) {
        self.vault = vault
        self.before = before
    }

    func seal(_ contact: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8] {
        count += 1
        try before(count)
        return try vault.seal(contact, of: order)
    }
    func open(_ sealed: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8]? {
        try vault.open(sealed, of: order)
    }
    func destroyKey(of order: OrderID) throws(StorageFailure) { try vault.destroyKey(of: order) }
    var waitingCount: Int { vault.waitingCount }
    func forgetWaiting(after count: Int) { vault.forgetWaiting(after: count) }
    func settle() throws(StorageFailure) { try vault.settle() }
}

extension TemporaryFolder {
    /// The files, in folders too, that have the text somewhere in their bytes.
    func files(with text: String) -> [String] { files(with: text, in: "") }

    private func files(with text: String, in prefix: String) -> [String] {
        let wanted = Array(text.utf8)
        return Self.names(in: path + "/" + prefix).flatMap { name -> [String] in
            let inside = files(with: text, in: prefix + name + "/")
            return inside + (Self.contains(bytes(prefix + name), wanted) ? [prefix + name] : [])
        }
    }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first, bytes.count >= wanted.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            (0...bytes.count - wanted.count).contains { start in
                bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted)
            }
        }
    }
}
