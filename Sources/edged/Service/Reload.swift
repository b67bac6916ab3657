// SIGHUP: the configuration is read again; what can change does, what cannot is said, and a broken one changes nothing.

import Contract
import DeviceBus
import EdgeAgent
import Logging
import MQTT
import SQLiteStorage
import ShopCore
import ShopModel
import SystemdNotifier

/// Takes a changed configuration over while the agent runs.
struct Reload: Sendable {
    private let room: SharedRoom
    private let notifier: SystemdNotifier

    init(_ room: SharedRoom, _ notifier: SystemdNotifier) {
        self.room = room
        self.notifier = notifier
    }

    /// Reads the file again, and does what it says.
    func perform() {
        let number = room.standing.beginReload()
        defer { room.standing.endReload(number) }
        try? notifier.reloading()
        switch ConfigurationFile.read(room.standing.configurationFile) {
        case .success(let fresh): take(fresh)
        case .failure(let problem): refuse(problem.description)
        }
        try? notifier.ready()
    }

    private func take(_ fresh: Configuration) {
        let now = room.standing.loaded.configuration
        let wanted = fresh.keepingWhatNeedsRestart(of: room.configuration)
        let profile: ShopProfile
        let sessions: Sessions
        do {
            // All of it is tried before any of it is taken.
            try checkStart(fresh)
            profile = try ShopProfile(wanted)
            sessions = try Sessions(wanted, will: StatusMessage(profile, since: room.startedAt).will)
            try sessions.checkChanges(since: room.standing.sessionMarks)
        } catch let problem as StartProblem {
            return refuse(problem.description)
        } catch let problem as StorageError {
            return refuse(problem.sentence(in: .english))
        } catch {
            return refuse("\(error)")
        }
        let isFleetTaken = configure(profile)
        let reconnected = reconnect(sessions)
        room.log.volume.configure(Logger.Level(wanted.logLevel))
        let pending = fresh.needingRestart(of: room.configuration)
        room.standing.setLoaded(
            Standing.Loaded(configuration: wanted, at: KernelClock().read().wall, pendingRestart: pending))
        room.log.logAlways(
            pending.isEmpty && isFleetTaken ? .notice : .warning, "configuration.reloaded",
            [
                ("changed", list(wanted.changes(from: now) + reconnected.map { "session of \($0)" })),
                ("pendingRestart", list(pending)),
            ] + (isFleetTaken ? [] : [("late", "the ledger takes fleet and limits when it is free")]))
    }

    /// Tries what only a restart brings, where it is other than at the start: whoever follows the advice to start anew must
    /// not find a shop that does not open.
    private func checkStart(_ fresh: Configuration) throws {
        let start = room.configuration
        if fresh.shop.timeZone != start.shop.timeZone { _ = try ShopProfile(fresh) }
        if fresh.vaultKeyFile != start.vaultKeyFile { _ = try OpenShop.masterKey(fresh) }
        guard fresh.stateDirectory != start.stateDirectory else { return }
        do throws(StorageError) {
            _ = try StateDirectory(fresh.stateDirectory)
        } catch .readOnly {
            // Of this run: the unit lets the next one write there, if it is told to (ReadWritePaths=).
        }
    }

    /// Has ledger and front judge devices by the fleet and limits of the configuration.
    ///
    /// - Returns: whether the ledger has done so; one that is busy does it with its next turn.
    private func configure(_ profile: ShopProfile) -> Bool {
        room.frontChanges.send(.profile(profile), always: true)
        do throws(Refusal) {
            try LedgerErrands.run(room) { ledger, _ throws(StorageFailure) in
                ledger.configure(profile)
                return (.success(()), nil)
            }
            return true
        } catch {
            return false
        }
    }

    /// Connects anew where broker, password, authority, certificate or key are others than before. Nothing is lost by
    /// that: what was not acknowledged comes again, and what was not receipted is sent again.
    ///
    /// - Returns: the blocks of the configuration whose sessions are made anew.
    private func reconnect(_ sessions: Sessions) -> [String] {
        let former = room.standing.sessionMarks
        let marks = sessions.marks
        if marks.devices != former.devices {
            room.ledgerSessions.send(sessions.ledger, always: true)
            room.frontChanges.send(.session(sessions.front), always: true)
        }
        if marks.headquarters != former.headquarters {
            room.linkSessions.send(sessions.headquarters, always: true)
        }
        room.standing.setSessionMarks(marks)
        return [
            ("devices", marks.devices != former.devices), ("headquarters", marks.headquarters != former.headquarters),
        ]
        .filter(\.1).map(\.0)
    }

    private func refuse(_ cause: String) {
        var loaded = room.standing.loaded
        loaded.refusal = cause
        room.standing.setLoaded(loaded)
        room.log.logAlways(
            .error, "configuration.refused",
            [
                ("cause", cause), ("inForce", "the one of \(loaded.at)"),
                ("mend", "correct the file, then systemctl reload edged"),
            ])
    }

    private func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
}

extension Configuration {
    /// The keys that only a restart brings, where this has other values than the configuration of the start.
    func needingRestart(of start: Configuration) -> [String] {
        let keys: [(String, Bool)] = [
            ("shop.id", shop.id != start.shop.id), ("shop.timeZone", shop.timeZone != start.shop.timeZone),
            ("stateDirectory", stateDirectory != start.stateDirectory),
            ("controlSocket", controlSocket != start.controlSocket),
            ("vault.keyFile", vaultKeyFile != start.vaultKeyFile),
            ("headquarters.groups", headquarters.groups != start.headquarters.groups),
        ]
        return keys.filter(\.1).map(\.0)
    }

    /// This, with what only a restart brings as it was at the start.
    func keepingWhatNeedsRestart(of start: Configuration) -> Configuration {
        Configuration(
            shop: Shop(id: start.shop.id, timeZone: start.shop.timeZone, languages: shop.languages),
            stateDirectory: start.stateDirectory, controlSocket: start.controlSocket, devices: devices,
            headquarters: Headquarters(headquarters.broker, groups: start.headquarters.groups),
            vaultKeyFile: start.vaultKeyFile, fleet: fleet, limits: limits, logLevel: logLevel,
            metricsFile: metricsFile)
    }

    /// The keys in which this differs from what was in force.
    func changes(from former: Configuration) -> [String] {
        let keys: [(String, Bool)] = [
            ("shop.languages", shop.languages != former.shop.languages), ("devices", devices != former.devices),
            ("headquarters", headquarters.broker != former.headquarters.broker), ("fleet", fleet != former.fleet),
            ("limits", limits != former.limits), ("log", logLevel != former.logLevel),
            ("metrics", metricsFile != former.metricsFile),
        ]
        return keys.filter(\.1).map(\.0)
    }
}
