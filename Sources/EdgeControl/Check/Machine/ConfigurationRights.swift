// Whether the agent itself may read the configuration that this tool, as root, can always read.

import Contract
import Glibc

/// The rights of the configuration's file.
enum ConfigurationRights {
    /// The agent may read it. Who the agent is, the disk with its state has to tell.
    static let rung = Rung("configuration.rights", needs: ["configuration.file", "disk.answers"]) { context in
        context.withConfiguration { configuration in
            problem(configuration, context)
                ?? .fine(context.words.say("the agent may read it", "l'agent a le droit de la lire"))
        }
    }

    /// What keeps the agent from reading it, as far as owner, group and mode say; `nil` when it may.
    ///
    /// The agent is who owns its state. While it runs, it works on with what it read: only its next start fails.
    static func problem(_ configuration: Configuration, _ context: CheckContext) -> Verdict? {
        let path = context.configurationPath
        var (file, state) = (stat(), stat())
        guard stat(path, &file) == 0, stat(configuration.stateDirectory, &state) == 0, state.st_uid != 0,
            !mayRead(file, user: state.st_uid, group: state.st_gid)
        else { return nil }
        let words = context.words
        let group = getgrgid(state.st_gid).map { String(cString: $0.pointee.gr_name) } ?? String(state.st_gid)
        let seen = words.say("the agent may not read \(path)", "l'agent n'a pas le droit de lire \(path)")
        let cause = words.say(
            "its mode is \(octal(file.st_mode)), and it does not belong to the agent",
            "son mode est \(octal(file.st_mode)), et il n'appartient pas à l'agent")
        let change = "sudo chgrp \(group) \(path) && sudo chmod 640 \(path)"
        guard context.isAgentAlive else {
            return .fault(
                "configuration.closed", seen, cause: cause,
                mend: words.say(
                    "\(change); then: sudo systemctl restart edged", "\(change) ; puis : sudo systemctl restart edged"))
        }
        return .warning(
            "configuration.closed",
            seen + words.say(": it works with what it read before", " : il travaille avec ce qu'il a lu avant"),
            cause: cause, mend: change)
    }

    /// Whether a user with that group of its own may read a file, by its mode alone.
    static func mayRead(_ file: stat, user: uid_t, group: gid_t) -> Bool {
        if file.st_uid == user { return file.st_mode & 0o400 != 0 }
        if file.st_gid == group { return file.st_mode & 0o040 != 0 }
        return file.st_mode & 0o004 != 0
    }

    private static func octal(_ mode: mode_t) -> String {
        let digits = String(mode & 0o777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
