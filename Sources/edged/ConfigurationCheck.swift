// `edged --check-config`: what would keep the agent from starting, and what cannot be known from where it is asked.

import Contract
import CustomerVault
import EdgeAgent
import Glibc
import MQTT
import SQLiteStorage
import ShopModel

/// A look at a configuration on this machine, now, without opening or connecting anything.
struct ConfigurationCheck {
    /// What would keep the agent from starting; `nil` when nothing that could be looked at would.
    private(set) var problem: String?
    /// What could not be looked at, and from where it can.
    private(set) var notes: [String] = []

    /// Where the package keeps the secrets that its unit loads (`LoadCredential=`).
    private static let secretsFolder = "/etc/edged/secrets"

    /// - Parameter language: of problem and notes.
    init(_ configuration: Configuration, in language: Language) {
        do {
            _ = try ShopProfile(configuration)
            guard Self.mayLook(configuration) else {
                notes.append(
                    say(
                        """
                        the secrets, certificates and state directory were not looked at, since they are the agent's own.
                        With sudo they are: sudo edgectl config check
                        """,
                        """
                        les secrets, les certificats et le dossier d'état n'ont pas été regardés : ils sont à l'agent.
                        Avec sudo, ils le sont : sudo edgectl config check
                        """, in: language))
                return
            }
            Self.takeTheUnitsCredentials()
            try look(in: language) { _ = try OpenShop.masterKey(configuration) }
            try look(in: language) { try Sessions(configuration, will: nil).check() }
            // Root alone reads the secrets; the folder is for whom it belongs to, as the service runs.
            try StateOwner.become(configuration.stateDirectory)
            _ = try StateDirectory(configuration.stateDirectory)
        } catch let found as StartProblem {
            problem = found.description(in: language)
        } catch let error as StorageError {
            problem = error.sentence(in: language)
        } catch {
            problem = "\(error)"
        }
    }

    /// Does a part of the check. A credential that only systemd gives is nothing that a look from outside of the service
    /// can miss; a start misses it.
    private mutating func look(in language: Language, _ part: () throws -> Void) throws {
        do {
            try part()
        } catch let found as StartProblem where found.lacksCredential && !Secrets.hasCredentials {
            notes.append(
                say(
                    "not known here, since systemd gives it to the service alone: ",
                    "inconnu d'ici, car systemd ne le donne qu'au service : ", in: language)
                    + found.description(in: language))
        }
    }

    /// Whether this process sees what the agent sees: as root, or as whom the state belongs to.
    private static func mayLook(_ configuration: Configuration) -> Bool {
        if geteuid() == 0 { return true }
        var status = stat()
        guard stat(configuration.stateDirectory, &status) == 0 else { return errno != EACCES }
        return status.st_uid == geteuid()
    }

    /// By hand, the secrets lie where the unit takes them from.
    private static func takeTheUnitsCredentials() {
        guard !Secrets.hasCredentials, access(secretsFolder, R_OK | X_OK) == 0 else { return }
        setenv(Secrets.folderVariable, secretsFolder, 1)
    }
}
