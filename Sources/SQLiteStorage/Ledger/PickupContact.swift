// What of a pickup says who collects it, as it is sealed: the only column of the ledger that has a person's name.

import Contract
import EdgeAgent
import ShopCore

/// Name and last digits of a telephone, as JSON under the seal.
struct PickupContact {
    let name: String?
    let phoneLast4: String?

    /// The contact of a recipient; `nil` when there is none.
    init?(_ recipient: Pickup.Recipient) { self.init(name: recipient.name, phoneLast4: recipient.phoneLast4) }

    /// A contact; `nil` when nothing is known.
    init?(name: String?, phoneLast4: String?) {
        guard name != nil || phoneLast4 != nil else { return nil }
        self.name = name
        self.phoneLast4 = phoneLast4
    }

    /// Reads what `bytes` has; `nil` when it is no contact.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONReader.read(bytes) else { return nil }
        self.init(name: json["name"]?.text, phoneLast4: json["phoneLast4"]?.text)
    }

    /// The contact, to be sealed.
    var bytes: [UInt8] {
        let members = [("name", name), ("phoneLast4", phoneLast4)].compactMap { name, value in
            value.map { JSON.Member(name, .string($0)) }
        }
        return JSON.object(members).encoded()
    }
}
