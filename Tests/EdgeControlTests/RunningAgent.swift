// An agent that answers on a real control socket in a folder of its own, and the tool that asks it.

import ControlSocket
import EdgeAgent
import Glibc
import ShopModel

@testable import EdgeControl

/// The shop for the server's thread. Only one thread has it at a time: the test waits while the server answers.
private final class ShopHolder: @unchecked Sendable {
    let shop: ControlShop
    var lineIsUp = true
    var asker = ControlShop.technician

    init(_ shop: ControlShop) { self.shop = shop }
}

/// Runs `body` beside a shop whose agent can be asked; `ask` runs the tool with its arguments.
func withAgent(
    language: String = "en_US.UTF-8", lineIsUp: Bool = true, asker: ControlAsker = ControlShop.technician,
    _ body: (_ shop: ControlShop, _ ask: ([String]) -> EdgeControl.Outcome) throws -> Void
) throws {
    try withFolder { folder in
        try withAgentIn(folder, language: language, lineIsUp: lineIsUp, asker: asker) { shop, ask in
            try body(shop) { ask($0, nil) }
        }
    }
}

/// The same in a folder that is there, with somebody at the terminal who types those lines.
func withAgentIn(
    _ folder: String, language: String = "en_US.UTF-8", lineIsUp: Bool = true,
    asker: ControlAsker = ControlShop.technician,
    _ body: (_ shop: ControlShop, _ ask: @escaping ([String], [String]?) -> EdgeControl.Outcome) throws -> Void
) throws {
    let holder = ShopHolder(try ControlShop())
    holder.lineIsUp = lineIsUp
    holder.asker = asker
    let server = try ControlServer(path: folder + "/control.sock") { line, _ in
        let answer = try? holder.shop.answer(line, by: holder.asker, lineIsUp: holder.lineIsUp)
        return answer ?? Array("the ledger is broken".utf8)
    }
    defer { server.stop() }
    try body(holder.shop) { arguments, typed in
        EdgeControl.run(
            arguments, environment: ["EDGED_SOCKET": folder + "/control.sock", "LANG": language], typed: typed)
    }
}

/// Runs `body` with a folder that is removed after it.
func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/edgectl.XXXXXX".utf8CString)
    let folder = template.withUnsafeMutableBufferPointer { room in
        room.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    let path = wanted(folder)
    defer {
        unlink(path + "/control.sock")
        rmdir(path)
    }
    try body(path)
}
