// What every command of the tool is: some work at a bench, with an exit status.

import ArgumentParser

/// A command of `edgectl`. One that only asks the agent once is better a `Question`.
protocol Job: ParsableCommand {
    /// Where and how to ask, and how to print.
    var options: AgentOptions { get }
    /// Does the work. What it cannot do, it throws: the failure is printed in the format that was asked for.
    func perform(_ bench: Bench) throws(Failure) -> ExitStatus
}
