// What a code means is told without the agent; what is no code is the agent's.

import Contract
import Foundation
import Testing

@testable import EdgeControl

@Suite("Codes that are explained")
struct CodeBookTests {
    private static let book = #"""
        {"codes":[
          {"code":"agent.loopStuck",
           "meaning":{"en":"a loop stands still; the watchdog ends it","fr":"une de ses boucles est arrêtée"},
           "mend":{"en":"wait half a minute; the disk","fr":"attendre une demi-minute ; le disque"}},
          {"code":"device.notPaired","retry":"later","seenBy":"device","en":"Pair first.","fr":"Appairez d'abord."}]}
        """#

    private func explained(_ code: String, _ language: String) throws -> EdgeControl.Outcome {
        let file = URL.temporaryDirectory.appending(path: "codes-\(UUID().uuidString).json")
        try Data(Self.book.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return EdgeControl.run(
            ["explain", code, "--codes", file.path, "--language", language, "--socket", "/nowhere/control.sock"],
            environment: [:])
    }

    @Test("are told in either language, alarms and refusals alike")
    func told() throws {
        let alarm = try explained("agent.loopStuck", "en")
        #expect(alarm.status == .fine && alarm.complaint.isEmpty)
        #expect(alarm.output.contains("the watchdog ends it") && alarm.output.contains("wait half a minute"))
        let alarme = try explained("agent.loopStuck", "fr").output
        #expect(alarme.contains("une de ses boucles est arrêtée") && alarme.contains("attendre une demi-minute"))
        #expect(!alarme.contains("the watchdog"))
        let refusal = try explained("device.notPaired", "fr")
        #expect(refusal.output.contains("Appairez d'abord.") && refusal.output.contains("aux appareils"))
        #expect(refusal.output.contains("plus tard, avec un nouvel id") && !refusal.output.contains("Pair first"))
        let raw = try explained("device.notPaired", "en").output
        #expect(raw.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("are asked of the agent when the list does not have them")
    func unknown() throws {
        for id in ["agent.unheardOf", "R-4F7K92QX-3", "delivery/D-1"] {
            let outcome = try explained(id, "en")
            #expect(outcome.status == .unreachable && outcome.complaint.hasPrefix("control.noSocket"))
        }
    }
}
