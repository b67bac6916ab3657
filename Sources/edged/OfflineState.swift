// What edged does with a state that no agent has open: looks through it, and puts a backup in the ledger's place.

import Contract
import CustomerVault
import EdgeAgent
import Glibc
import SQLiteStorage
import ShopCore
import ShopModel

/// The modes of edged that work on a state while no agent runs. Each prints one JSON object, for `edgectl`, and ends; what the
/// storage says stands in it in the language of the environment.
enum OfflineState {
    // MARK: - Looking

    /// `--check-state`.
    ///
    /// - Returns: 0 when it could be looked at, whatever was found; 75 while an agent runs; 70 otherwise.
    static func check(_ configuration: Configuration) -> Int32 {
        do throws(StorageError) {
            try StateOwner.become(configuration.stateDirectory)
            let check = try StateCheck(of: configuration.stateDirectory)
            var members: [JSON.Member] = [.init("stateDirectory", .string(configuration.stateDirectory))]
            if let ledger = check.files.first {
                members += [
                    .init("schema", ledger.schema.map { .count($0) } ?? .null),
                    .init("known", .count(ledger.schemaKnown)),
                ]
            }
            for file in check.files {
                members.append(.init(String(file.name.prefix { $0 != "." }), json(file)))
            }
            say(.object(members))
            return 0
        } catch {
            say(["problem": ["code": .string(error.code), "detail": .string(error.sentence(in: .ofEnvironment))]])
            if case .busy = error { return ExitCode.inUse }
            return ExitCode.storage
        }
    }

    private static func json(_ file: StateCheck.File) -> JSON {
        guard let bytes = file.bytes else { return ["integrity": "absent"] }
        var members: [JSON.Member] = [
            .init("bytes", .count(bytes)), .init("walBytes", .count(file.logBytes)),
            .init("integrity", .string(file.problem == nil ? "ok" : file.detail ?? "")),
        ]
        if let problem = file.problem { members.append(.init("code", .string(problem))) }
        if let schema = file.schema { members.append(.init("schema", .count(schema))) }
        members.append(.init("known", .count(file.schemaKnown)))
        return .object(members)
    }

    // MARK: - Restoring

    /// `--restore BACKUP`; with `--dry-run` it only says what it would do.
    ///
    /// - Returns: 0 when done; 75 while an agent runs; 65 when the backup cannot be used; 70 otherwise.
    static func restore(_ backup: String, isDryRun: Bool, _ configuration: Configuration) -> Int32 {
        do throws(Refusal) {
            // Opened first: only root may read a technician's stick.
            let file = try open(backup)
            defer { close(file) }
            let directory = try stateDirectory(configuration)
            let restoration = try Restoration(
                of: directory, from: file, named: backup, shop: configuration.shop.id, language: .ofEnvironment)
            var answer: [JSON.Member] = [
                .init("backup", .string(backup)), .init("shop", .string(restoration.label.shop)),
                .init("madeAt", .string(restoration.label.madeAt.description)),
                .init("release", .string(restoration.label.release)),
                .init("now", .string(KernelClock().read().wall.description)),
                .init("hasLedger", .bool(restoration.hasLedger)),
                .init("loss", restoration.loss.map(json) ?? .null),
            ]
            if let readable = restoration.readable { answer.append(.init("readable", json(readable))) }
            if isDryRun {
                restoration.giveUp()
            } else {
                let aside = try restoration.putInPlace(now: KernelClock().read().wall)
                answer.append(.init("aside", aside.map { .string($0) } ?? .null))
            }
            say(["outcome": "done", "result": .object(answer)])
            return 0
        } catch {
            say([
                "outcome": "refused",
                "problem": [
                    "code": .string(error.code.name), "detail": .string(error.sentence(in: .english)),
                    "sentences": [
                        "en": .string(error.sentence(in: .english)), "fr": .string(error.sentence(in: .french)),
                    ],
                ],
            ])
            return switch error.code {
            case .restoreAgentRuns: ExitCode.inUse
            case .restoreFailed: ExitCode.storage
            default: ExitCode.data
            }
        }
    }

    private static func json(_ loss: RestoreLoss) -> JSON {
        [
            "isNothing": .bool(loss.isNothing), "commands": .count(loss.commands),
            "stockChanges": .count(loss.stockChanges),
            "reservations": .count(loss.reservations), "pickups": .count(loss.pickups),
            "unreceipted": .count(loss.unreceipted),
            "until": loss.until.map { .string($0.description) } ?? .null,
        ]
    }

    private static func json(_ readable: ReadableOutbox) -> JSON {
        [
            "unreceipted": .count(readable.unreceipted), "isWhole": .bool(readable.isWhole),
            "promises": .array(readable.promises.map { .string($0) }),
        ]
    }

    /// Opens a backup, and compares it with the digest beside it when there is one.
    private static func open(_ backup: String) throws(Refusal) -> Int32 {
        let file = Glibc.open(backup, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw Refusal(
                .restoreFailed, [.text("reason", "\(backup): \(String(cString: strerror(errno)))")])
        }
        if case .success(let bytes) = ConfigurationFile.bytes(of: BackupFolder.digestFile(of: backup), limit: 4_096) {
            let wanted = String(decoding: bytes.prefix { $0 != 0x20 && $0 != 0x0A }, as: UTF8.self)
            guard (try? SHA256Digest.hexadecimal(ofFile: file)) == wanted else {
                close(file)
                throw Refusal(
                    .restoreDamaged,
                    [.text("file", backup), .text("reason", "SHA-256 differs from the file's beside it")])
            }
        }
        return file
    }

    private static func stateDirectory(_ configuration: Configuration) throws(Refusal) -> StateDirectory {
        do throws(StorageError) {
            try StateOwner.become(configuration.stateDirectory)
            return try StateDirectory(configuration.stateDirectory)
        } catch {
            throw Refusal(.restoreFailed, [.text("reason", error.sentence(in: .ofEnvironment))])
        }
    }

    private static func say(_ answer: JSON) {
        print(String(decoding: answer.encodedPretty(), as: UTF8.self))
    }
}
