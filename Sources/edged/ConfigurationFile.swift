// The configuration as a file: found, read, and refused with a sentence that says what to do.

import Contract
import Glibc
import ShopModel

/// Why a configuration cannot be used.
struct ConfigurationProblem: Error, CustomStringConvertible {
    let description: String
}

/// Reads configurations and other small files.
enum ConfigurationFile {
    /// - Parameter language: of what is said when it cannot be used.
    static func read(_ path: String, in language: Language = .english) -> Result<Configuration, ConfigurationProblem> {
        switch bytes(of: path, limit: 1 << 20, in: language) {
        case .failure(let problem): return .failure(problem)
        case .success(let bytes):
            do throws(Refusal) {
                return .success(try Configuration(bytes))
            } catch {
                let place = error.field.map { say(" at \($0)", " à \($0)", in: language) } ?? ""
                return .failure(
                    ConfigurationProblem(
                        description: """
                            edged: \(path)\(place): \(error.sentence(in: language)) (\(error.code.name))
                            \(Configuration.mend(for: error, in: language))
                            """))
            }
        }
    }

    /// The configuration, or the end of this process with a sentence that says what is wrong with it.
    static func readOrEnd(_ path: String) -> Configuration {
        switch read(path) {
        case .success(let configuration): return configuration
        case .failure(let problem):
            say(problem.description)
            exit(ExitCode.configuration)
        }
    }

    /// The bytes of a small file.
    static func bytes(
        of path: String, limit: Int, in language: Language = .english
    ) -> Result<[UInt8], ConfigurationProblem> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            return .failure(
                ConfigurationProblem(
                    description: say(
                        """
                        edged: \(path) cannot be read: \(String(cString: strerror(errno))).
                        Check the path and who may read it.
                        """,
                        """
                        edged: \(path) ne peut être lu : \(String(cString: strerror(errno))).
                        Vérifiez le chemin et qui a le droit de le lire.
                        """, in: language)))
        }
        defer { close(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while content.count <= limit {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                return .failure(
                    ConfigurationProblem(
                        description: "edged: \(path) cannot be read: \(String(cString: strerror(errno)))."))
            }
            if count == 0 { return .success(content) }
            content += chunk[..<count]
        }
        return .failure(ConfigurationProblem(description: "edged: \(path) is larger than \(limit) bytes."))
    }
}
