// Whether the certificate that devices see says this box's present names and addresses: it does not once they change.

import Contract
import Glibc
import ShopModel

/// The names in the box's own certificate.
struct BoxNames {
    private let context: CheckContext
    private let words: Words

    init(_ context: CheckContext) {
        self.context = context
        words = context.words
    }

    /// What is wrong with the names of the box's certificate; `nil` when every one of the box's is in it.
    func problem(_ facts: CertificateFacts) -> Verdict? {
        let missing = ServerNames.missing(wanted, in: facts)
        guard !missing.isEmpty else { return nil }
        let lacking = missing.map(Self.plain)
        // A device checks the name or address by which it was told to reach the box.
        let told = devices.filter { lacking.contains($0.address) }.map(\.device)
        let list = lacking.joined(separator: ", ")
        let seen =
            told.isEmpty
            ? words.say("the box's certificate does not say \(list)", "le certificat du boîtier ne dit pas \(list)")
            : words.say(
                "the box's certificate does not say \(list), where devices look for it: \(Self.short(told))",
                "le certificat du boîtier ne dit pas \(list), où le cherchent des appareils : \(Self.short(told))")
        let cause = words.say(
            "the box's address or name changed since it was made; a device that is told the new one turns away",
            "l'adresse ou le nom du boîtier a changé depuis ; un appareil qui reçoit le nouveau s'en détourne")
        let mend = "sudo edgectl certificate renew"
        let fact = JSON.Member("missing", .array(lacking.map { .string($0) }))
        let addresses = wanted.filter { $0.hasPrefix("IP:") && $0 != "IP:127.0.0.1" }
        let hasNone = !addresses.isEmpty && addresses.allSatisfy(missing.contains)
        guard told.isEmpty, !hasNone else {
            return .fault("certificate.namesMissing", seen, cause: cause, mend: mend, fact)
        }
        return .warning("certificate.namesMissing", seen, cause: cause, mend: mend, fact)
    }

    /// The box's full name, its addresses, and what somebody chose. Its short names, and an address that it gave itself
    /// since nobody gave it one, are a convenience that a renewal adds.
    private var wanted: [String] {
        let all = try? ServerNames.wanted(
            chosenFile: context.machine("/etc/edged/broker/names"), addressFile: nil, words)
        let host = ServerNames.hostName()
        let short = host.split(separator: ".").first.map(String.init) ?? host
        let spare = Set([short, short + ".local"]).subtracting([host])
        return (all ?? []).filter { !spare.contains(Self.plain($0)) && !$0.hasPrefix("IP:169.254.") }
    }

    private static func plain(_ name: String) -> String {
        String(name[name.index(after: name.firstIndex(of: ":") ?? name.startIndex)...])
    }

    private static func short(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", … (\(names.count))" : "")
    }

    /// Devices that were told where the box is.
    private var devices: [(device: String, address: String)] {
        ((try? context.ask("device.list").get())?["devices"]?.list ?? []).compactMap { device in
            guard let address = device["boxAddress"]?.text, device["state"]?.text != "revoked" else { return nil }
            return (device.plain("device"), address.lowercased())
        }
    }
}
