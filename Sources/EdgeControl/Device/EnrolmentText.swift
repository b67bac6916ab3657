// What a device has to know to join the shop, as one line of text that fits a small QR code; see devices/README.

import Contract
import ShopModel

/// The box, the device, its secret and the shop's authority.
///
/// ```
/// STORE-EDGE://BOX.LAN:8883/SCANNER-7/CODE/7K3M…/9F86D0…
/// ```
/// All of it stands in the alphabet that QR codes write most densely: capitals, digits and `$%*+-./:`. Host and device
/// are read in lower case.
struct EnrolmentText: Equatable {
    /// The box's name or address.
    let host: String
    let port: Int
    let device: String
    /// What the device is given.
    let secret: String
    /// Whether the secret is a code that works once, for `device.pair`.
    let isCode: Bool
    /// SHA-256 of the shop's authority (DER), 64 hexadecimal digits; `nil` where the broker speaks plain TCP.
    let fingerprint: String?
    /// Whether the box's certificate says `host`: a device that checks it turns away otherwise.
    var isInCertificate = true

    /// The line.
    var text: String {
        let place = host.contains(":") ? "[\(host)]" : host
        var text = "STORE-EDGE://\(place):\(port)/\(device)/\(isCode ? "CODE" : "PASSWORD")/\(secret)"
        if let fingerprint { text += "/\(fingerprint)" }
        return text.uppercased()
    }

    /// The secret in groups, for whoever types it.
    var grouped: String {
        var text = ""
        for (index, character) in secret.enumerated() {
            if index > 0, index % 5 == 0 { text += " " }
            text.append(character)
        }
        return text
    }
}
