// An agent that gives fixed answers on a real control socket, and a box in a folder, for what a rung makes of them.

import Contract
import ControlSocket
import Glibc
import ShopModel

@testable import EdgeControl

/// Runs `body` with the context of a check in a folder of its own.
///
/// - Parameters:
///   - answers: results by command, as JSON; every other command is refused.
///   - configuration: of the agent; `FOLDER` in it stands for the folder.
///   - files: what lies in the folder, by path, before the check looks.
func withCheck(
    _ answers: [String: String] = [:], configuration: String? = nil, files: [String: String] = [:],
    language: Language = .english, _ body: (_ context: CheckContext, _ folder: String) throws -> Void
) throws {
    var template = Array("/tmp/check.XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer {
        $0.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    let folder = wanted(made)
    defer { _ = ToolRun.run("rm", ["-rf", folder]) }
    var all = files
    all["edged.json"] = configuration ?? all["edged.json"]
    for (path, text) in all {
        let file = "\(folder)/\(path)"
        _ = ToolRun.run("mkdir", ["-p", String(file[..<wanted(file.lastIndex(of: "/"))])])
        guard SmallFile.write(Array(text.replacing("FOLDER", with: folder).utf8), to: file) else {
            throw Failure(code: "test.noFile", message: file, status: .fault)
        }
    }
    let server = try ControlServer(path: folder + "/control.sock") { line, _ in
        let command = (try? JSONReader.read(line))?["command"]?.text ?? ""
        let text =
            answers[command].map { #"{"outcome":"done","result":\#($0)}"# }
            ?? #"{"outcome":"refused","problem":{"code":"test.noAnswer","detail":"not in this test"}}"#
        return Array(text.utf8)
    }
    defer { server.stop() }
    try body(
        CheckContext(
            words: Words(language: language), configurationPath: folder + "/edged.json",
            socketPath: folder + "/control.sock", environment: [:], root: folder, brokerLog: folder + "/broker.log"),
        folder)
}

/// A configuration that names the folder as its state directory.
let plainConfiguration = """
    {"shop":{"id":"S1"},"stateDirectory":"FOLDER","devices":{"host":"127.0.0.1","port":1},
     "headquarters":{"host":"127.0.0.1","port":1}}
    """

/// A moment so many hours from now, as the agent writes it.
func hours(_ hours: Int64) -> String { (Instant.ofMachine + hours * 3_600_000).description }

/// What a rung of the ladder finds by itself.
func look(_ name: String, _ context: CheckContext) -> [Finding] {
    CheckRungs.all.first { $0.name == name }?.probe(context) ?? []
}
