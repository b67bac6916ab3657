// The samples of the contract, as they lie beside it for those who wire a device.

import Contract
import Foundation
import ShopModel
import Testing

/// One sample: a topic, and what is published on it.
struct Sample: CustomTestStringConvertible, Sendable {
    /// Its path below `devices/`.
    let path: String
    let topic: String
    let payload: JSON

    var testDescription: String { path }

    /// The payload's bytes: a text stands for itself, as a scanner sends it.
    var bytes: [UInt8] { payload.text.map { Array($0.utf8) } ?? payload.encoded() }

    /// All samples below `devices/`, by path.
    static let all: [Sample] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "devices")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.contains("samples/") && $0.hasSuffix(".json") }.sorted().map { path in
            let bytes = [UInt8](FileManager.default.contents(atPath: root.appending(path: path).path) ?? Data())
            // A sample that is no JSON has neither topic nor payload, and no test of it can pass.
            let json = (try? JSONReader.read(bytes, limits: .feed)) ?? .null
            return Sample(path: path, topic: json["topic"]?.text ?? "hq/unreadable", payload: json["payload"] ?? .null)
        }
    }()

    /// What devices ask, or ask to be done.
    static let requests = all.filter { (try? DeviceTopic($0.topic)) != nil }
    static let replies = all.filter { $0.topic.hasSuffix("/reply") }
    static let headquarters = all.filter { $0.topic.hasPrefix("hq/") }
}
