// The agent's secrets: systemd's credentials, or files that nobody else may read.

import Contract
import Glibc
import ShopModel

/// Where secrets lie, and whether they are kept well enough.
enum Secrets {
    /// The names of systemd's credentials (`LoadCredential=`), which serve where the configuration names no file.
    enum Credential: String {
        case vaultKey = "vault-key"
        case devicesPassword = "devices-password"
        case headquartersPassword = "headquarters-password"
        case headquartersKey = "headquarters-key"
    }

    /// The file of a secret: the one that is configured, else systemd's credential when there is one.
    ///
    /// An empty one, or an empty line, stands for none: systemd 252 cannot load a file that need not be there, and a
    /// unit gives it that instead (`SetCredential=`).
    static func file(_ configured: String?, else credential: Credential) -> String? {
        if let configured { return configured }
        guard let path = credentialsDirectory.map({ $0 + "/" + credential.rawValue }) else { return nil }
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 1 ? path : nil
    }

    /// Refuses a secret that others may read (`SecretKeeping`). What systemd hands over is kept by systemd.
    ///
    /// - Throws: with cause and mend. A file that is not there or cannot be read is not judged here.
    static func check(_ path: String, _ what: String) throws(StartProblem) {
        if let folder = credentialsDirectory, path.hasPrefix(folder + "/") { return }
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let keeping = SecretKeeping(
            isFile: status.st_mode & S_IFMT == S_IFREG, mode: status.st_mode & 0o7777, owner: status.st_uid,
            group: status.st_gid, keeper: SecretKeeping.Keeper(user: geteuid(), groups: groups))
        switch keeping {
        case .well: return
        case .notAFile:
            throw problem(
                "\(what) \(path) is not a file.", "Put the secret into a file, mode 0600.",
                "\(path) n'est pas un fichier.", "Mettez le secret dans un fichier, mode 0600.")
        case .foreign(let owner):
            throw problem(
                "\(what) \(path) belongs to user \(owner), who may read and change it.",
                "chown root \(path); chmod 0600 \(path)",
                "\(path) est à l'utilisateur \(owner), qui peut le lire et le changer.",
                "chown root \(path); chmod 0600 \(path)")
        case .open(let mode):
            throw problem(
                "\(what) \(path) may be read by others (mode \(String(mode, radix: 8))).",
                "chmod 0600 \(path)  and, since others may have read it, replace the secret.",
                "d'autres peuvent lire \(path) (mode \(String(mode, radix: 8))).",
                "chmod 0600 \(path)  et, comme d'autres ont pu le lire, remplacez le secret.")
        }
    }

    private static func problem(
        _ cause: String, _ mend: String, _ causeInFrench: String, _ mendInFrench: String
    ) -> StartProblem {
        StartProblem(
            exitCode: ExitCode.configuration, description: "\(cause)\n\(mend)",
            french: "\(causeInFrench)\n\(mendInFrench)")
    }

    /// The variable by which systemd tells a service where its credentials lie.
    static let folderVariable = "CREDENTIALS_DIRECTORY"

    /// Whether this process was told where credentials lie.
    static var hasCredentials: Bool { credentialsDirectory != nil }

    private static var credentialsDirectory: String? { getenv(folderVariable).map { String(cString: $0) } }

    private static var groups: Set<gid_t> {
        var groups = [gid_t](repeating: 0, count: 256)
        let count = getgroups(Int32(groups.count), &groups)
        return Set(groups.prefix(max(0, Int(count)))).union([getegid()])
    }
}
