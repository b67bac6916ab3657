// `edge-hq serve`: headquarters on its broker, until it is told to stop.

import ArgumentParser
import Contract
import ControlSocket
import Headquarters
import MQTT
import ShopModel

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run headquarters until SIGTERM or SIGINT.",
        discussion: "A configuration, with all there is:\n\n\(ServeConfiguration.example)")

    @Option(help: "The configuration file.")
    var config: String

    @Flag(help: "Only say what is wrong with the configuration; 78 if something is.")
    var check = false

    @Flag(
        help: """
            headquarters.db comes from a backup. Headquarters begins a new epoch: the shops send again what it lost, and \
            take nothing new for something that they heard before. Say it once, at the first start after the restore.
            """)
    var restored = false

    func run() throws {
        do {
            let read: ServeConfiguration
            do throws(Refusal) {
                read = try ServeConfiguration(try fileBytes())
            } catch {
                let place = error.field.map { " at \($0)" } ?? ""
                throw Problem(
                    "\(config)\(place): \(error.sentence(in: .english)) (\(error.code.name))\n"
                        + "`edge-hq serve --help` shows a whole configuration.", exitCode: 78)
            }
            if check { return write("\(config): fine, \(read.policy.shops.count) shops\n") }
            try Server(read, isRestored: restored).run()
        } catch let problem as Problem {
            say("edge-hq: \(problem.description)")
            throw ExitCode(problem.exitCode)
        } catch let error as MQTTError {
            say("edge-hq: \(error.description)")
            throw ExitCode(78)
        } catch let error as ControlServerError {
            say("edge-hq: \(error.description)")
            throw ExitCode(78)
        } catch {
            // Nothing of the turn that failed was acknowledged or published: the next start takes it in again.
            say("edge-hq: storage failed, start again once it is mended: \(error)")
            throw ExitCode(70)
        }
    }

    private func fileBytes() throws(Refusal) -> [UInt8] {
        do throws(Problem) {
            return try bytes(ofFile: config)
        } catch {
            throw Refusal(.configurationUnreadable, [.text("cause", error.description)])
        }
    }
}

extension Refusal.Code {
    /// The configuration's file cannot be read.
    static let configurationUnreadable = Refusal.Code(
        "configuration.unreadable", retry: .never, en: "{cause}", fr: "{cause}")
}
