// The threads beside the ledger's: the front, headquarters' link, and what the control socket asks of the ledger.

import CLinux
import Contract
import DeviceBus
import EdgeAgent
import Glibc
import HeadquartersLink
import Logging
import MQTT
import SQLiteStorage
import ShopModel
import Synchronization

/// The front's thread owns all that it works with.
enum FrontThread {
    static func run(_ room: SharedRoom) {
        do {
            let directory = try StateDirectory(room.configuration.stateDirectory)
            let front = Front(
                profile: room.profile, catalogue: try SQLiteCatalogueReader(in: directory), view: room.view,
                clock: KernelClock())
            let loop = try FrontLoop(
                options: room.sessions.front, front: front, wakeUp: room.frontWakeUp,
                toLedger: room.inbox, simulations: room.simulations, watch: room.devices,
                changes: room.frontChanges, vitals: room.vitals.front, report: room.reporter(),
                restMillisecondsMax: room.restMilliseconds)
            try loop.run { room.stop.isRequested }
        } catch {
            room.failed("front", error)
        }
    }
}

/// The link's thread owns the connection to headquarters and writes the assortment.
enum LinkThread {
    static func run(_ room: SharedRoom, incarnation: Incarnation) {
        do {
            let directory = try StateDirectory(room.configuration.stateDirectory)
            let session = HeadquartersSession(
                shop: room.profile.shop, incarnation: incarnation,
                instance: Identity.instance(of: directory.file("ledger.db")),
                groups: room.configuration.headquarters.groups,
                catalogue: try SQLiteCatalogue(in: directory), digest: PlainDigest(), board: room.board)
            let log = room.log
            let inbox = room.inbox
            let loop = try HeadquartersLoop(
                options: room.sessions.headquarters, session: session, wakeUp: room.linkWakeUp,
                mail: room.toLink, errands: room.linkErrands, board: room.board,
                toLedger: { message in
                    // Nobody would say again that the line is up or down.
                    if case .link = message { return inbox.send(message, always: true) }
                    return inbox.send(message)
                },
                sessions: room.linkSessions, vitals: room.vitals.headquarters,
                report: {
                    log.log($0.isProblem ? .warning : .info, $0.event, $0.facts)
                    if $0.event.hasSuffix("connected") { StopSignal.tellNews() }
                })
            try loop.run { room.stop.isRequested }
        } catch {
            room.failed("headquarters", error)
        }
    }
}

/// A thread of the kernel's with a name.
struct Thread {
    private let handle: pthread_t

    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread.
    ///
    /// - Returns: `nil` when the machine has no thread to give; the process cannot go on then.
    @discardableResult
    static func start(_ name: String, _ run: @escaping @Sendable () -> Void) -> Thread? {
        var handle = pthread_t()
        let body = Unmanaged.passRetained(Body(name, run))
        let result = pthread_create(
            &handle, nil,
            { raw in
                guard let raw else { return nil }
                let body = Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
                linux_name_thread(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            return nil
        }
        return Thread(handle: handle)
    }

    /// Waits for its end, for so long.
    ///
    /// - Returns: whether it has ended. One that has not runs on, and may be waited for again.
    func join(milliseconds: Int32) -> Bool { linux_join(handle, milliseconds) == 0 }
}
