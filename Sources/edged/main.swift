// edged: the store-edge agent. Reads its arguments, opens the shop, runs its three loops until it is told to stop.

import Contract
import Glibc
import ShopModel

let arguments: Arguments
do throws(UsageError) {
    arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
} catch {
    say(error.description(in: .ofEnvironment))
    exit(ExitCode.usage)
}

switch arguments.action {
case .help:
    print(Help.text(in: .ofEnvironment))
case .version:
    print("edged \(Version.text)")
case .watchClock(let file):
    exit(ClockWitness.run(file: file))
case .noteEnd(let file):
    exit(EndWord.note(file: file))
case .checkConfiguration(let path):
    let language = Language.ofEnvironment
    switch ConfigurationFile.read(path, in: language) {
    case .success(let configuration):
        let check = ConfigurationCheck(configuration, in: language)
        for note in check.notes { say("edged: \(path): \(note)") }
        if let problem = check.problem {
            say("edged: \(path): \(problem)")
            exit(ExitCode.configuration)
        }
        print("\(path): \(say("fine, shop", "tout va bien, magasin", in: language)) \(configuration.shop.id)")
    case .failure(let problem):
        say(problem.description)
        exit(ExitCode.configuration)
    }
case .checkState(let path):
    exit(OfflineState.check(ConfigurationFile.readOrEnd(path)))
case .restore(let backup, let path, let isDryRun):
    exit(OfflineState.restore(backup, isDryRun: isDryRun, ConfigurationFile.readOrEnd(path)))
case .run(let path):
    exit(Daemon.run(ConfigurationFile.readOrEnd(path), file: path))
}
