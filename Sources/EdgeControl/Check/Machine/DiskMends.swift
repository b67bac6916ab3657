// How room is made on the file system that is full: of another one, nothing that is removed helps.

/// Mends of a full disk.
enum DiskMends {
    /// Where Debian keeps its journal and its packages, which may shrink.
    private static let system = ["/", "/var"]

    /// What makes room for bytes on the file system that is mounted at `place`.
    static func room(at place: String, _ words: Words) -> String {
        let look = words.say(
            "see what is large there: sudo du -xh \(place) | sort -h | tail",
            "voir ce qui y est gros : sudo du -xh \(place) | sort -h | tail")
        guard system.contains(place) else {
            return words.say(
                "\(look); remove there what is not the agent's, or give \(place) a larger disk",
                "\(look) ; retirez-y ce qui n'est pas à l'agent, ou donnez un plus grand disque à \(place)")
        }
        return words.say(
            "\(look); then: sudo journalctl --vacuum-size=200M; sudo apt clean",
            "\(look) ; puis : sudo journalctl --vacuum-size=200M ; sudo apt clean")
    }

    /// What makes room for files.
    static func inodes(at place: String, _ words: Words) -> String {
        words.say(
            "find the folder with the most files: sudo du -x --inodes \(place) | sort -n | tail",
            "trouver le dossier qui a le plus de fichiers : sudo du -x --inodes \(place) | sort -n | tail")
    }
}
