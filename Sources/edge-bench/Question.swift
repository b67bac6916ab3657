// What the devices of a load ask for.

import ArgumentParser

/// The messages of a load, by what they ask for.
enum Question: String, CaseIterable, ExpressibleByArgument {
    /// A bare code, as a scanner sends it.
    case scan
    /// A hold on one unit of one product.
    case reservation
    /// A till's file of many lines, each a sale of one unit.
    case sale

    /// Below the device's own branch.
    var topic: String {
        switch self {
        case .scan: "ask/scan"
        case .reservation: "do/reservation.place"
        case .sale: "do/sale.record"
        }
    }

    /// The bytes of a message.
    ///
    /// - Parameters:
    ///   - serial: 0 for the load's first message; products rotate with it.
    ///   - run: what makes the ids of two loads differ.
    func payload(serial: Int, run: Int, device: String, assortment: Assortment, lines: Int) -> [UInt8] {
        // A step that shares no factor with a round number of products visits all of them, far apart from each other.
        let product = (serial &* 7_919 &+ run &* 104_729) % assortment.count
        switch self {
        case .scan: return Array(Assortment.code(product).utf8)
        case .reservation:
            return Array(
                #"{"id":"\#(id(serial, run))","lines":[{"sku":"\#(Assortment.sku(product))"}],"term":{"minutes":60}}"#
                    .utf8)
        case .sale:
            var text = #"{"id":"\#(id(serial, run))","lines":["#
            for line in 0..<lines {
                if line > 0 { text += "," }
                let sku = Assortment.sku((product + line) % assortment.count)
                text += #"{"till":"\#(device)","ticket":"\#(run)-\#(serial)","line":\#(line + 1),"kind":"sale","#
                text += #""sku":"\#(sku)","quantity":1}"#
            }
            return Array((text + "]}").utf8)
        }
    }

    /// A UUID that names the run and the message.
    private func id(_ serial: Int, _ run: Int) -> String {
        let (high, low) = (String(run, radix: 16), String(serial, radix: 16))
        func zeros(_ text: String, _ width: Int) -> String {
            String(repeating: "0", count: width - text.utf8.count) + text
        }
        return "\(zeros(high, 8))-0000-4000-8000-\(zeros(low, 12))"
    }
}
