// The agent's metrics: what they are called, what they mean, and where they come from.

import Contract
import EdgeAgent
import Glibc
import SQLiteStorage
import ShopCore
import ShopModel

/// All metrics at one moment. Names follow Prometheus' conventions: a prefix, base units, `_total` for what only grows.
struct Metrics {
    private let room: SharedRoom
    private let reading: ClockReading
    private var text = MetricsText()

    /// The metrics of an agent that runs.
    static func text(_ room: SharedRoom) -> String {
        var metrics = Metrics(room)
        metrics.text.gauge("edged_up", "Whether the agent runs; 0 once it stopped as asked.", true)
        metrics.agent()
        metrics.loops()
        metrics.brokers()
        if let figures = room.standing.figures { metrics.ledger(figures) }
        metrics.feeds()
        metrics.messages()
        metrics.disk()
        return metrics.text.text
    }

    /// What is left behind by an agent that stopped as asked: old numbers would look like those of one that hangs.
    static var afterStop: String {
        var text = MetricsText()
        text.gauge("edged_up", "Whether the agent runs; 0 once it stopped as asked.", false)
        return text.text
    }

    private init(_ room: SharedRoom) {
        self.room = room
        reading = KernelClock().read()
    }

    private static func seconds(_ instant: Instant) -> Double { Double(instant.milliseconds) / 1_000 }

    private mutating func agent() {
        text.family("edged_build_info", .gauge, "The release that runs, its contract with devices, and its shop.")
        text.sample(
            1,
            [
                ("version", Version.text), ("contract", "v1"), ("schema", "\(SQLiteLedger.schemaVersion)"),
                ("shop", room.profile.shop.value),
            ])
        text.gauge(
            "edged_start_time_seconds", "When the agent started, in seconds since 1970.", Self.seconds(room.startedAt))
        let loaded = room.standing.loaded
        text.gauge(
            "edged_configuration_load_time_seconds", "When the configuration in force was read, in seconds since 1970.",
            Self.seconds(loaded.at))
        text.gauge(
            "edged_configuration_pending_restart",
            "Keys of the configuration file that have other values since, which only a restart brings.",
            loaded.pendingRestart.count)
        text.gauge(
            "edged_configuration_refused", "Whether the configuration file was refused when it was last read.",
            loaded.refusal != nil)
        text.gauge(
            "edged_unclean_stops", "Runs of the last 30 days that ended without being asked.",
            room.standing.run?.uncleanCount(now: reading.wall) ?? 0)
        text.counter(
            "edged_log_suppressed_total", "Happenings that were not logged since they came too often.",
            room.log.suppressedCount)
        if let bytes = ProcessSize.residentBytes {
            text.gauge("edged_resident_memory_bytes", "Memory of the agent that is resident.", bytes)
        }
        var time = timespec()
        if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
            text.family("edged_cpu_seconds_total", .counter, "Processor time that the agent took.")
            text.sample(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
        }
    }

    private mutating func loops() {
        text.family("edged_loop_age_seconds", .gauge, "Time since the loop's last turn began.")
        for loop in room.vitals.all {
            text.sample(Double(loop.ageMilliseconds) / 1_000, [("loop", loop.loop.rawValue)])
        }
        text.family("edged_loop_stuck", .gauge, "Whether the loop neither rests nor makes progress.")
        for loop in room.vitals.all { text.sample(loop.isStuck, [("loop", loop.loop.rawValue)]) }
    }

    private mutating func brokers() {
        let links = [
            ("commands", room.vitals.ledger.connection), ("questions", room.vitals.front.connection),
            ("headquarters", room.vitals.headquarters.connection),
        ]
        text.family(
            "edged_broker_connected", .gauge,
            "Whether the agent's session is connected: commands and questions at the shop's broker, headquarters at its own."
        )
        for (link, connection) in links { text.sample(connection.isUp, [("link", link)]) }
        text.family("edged_broker_connections_total", .counter, "Connections made since the start.")
        for (link, connection) in links { text.sample(connection.connectionsTotal, [("link", link)]) }
        if let receipt = room.vitals.headquarters.connection.lastReceiptAt {
            text.gauge(
                "edged_headquarters_receipt_time_seconds",
                "When headquarters last receipted an event, in seconds since 1970.", Self.seconds(receipt))
        }
    }

    private mutating func ledger(_ figures: LedgerFigures) {
        text.gauge(
            "edged_figures_age_seconds", "How old the ledger's own figures below are.",
            Double(max(0, reading.wall - figures.takenAt)) / 1_000)
        text.family("edged_outbox_events", .gauge, "Events for headquarters that it has not receipted, or refused.")
        for lane in figures.lanes {
            text.sample(lane.pending, [("lane", lane.lane.name), ("state", "pending")])
            text.sample(lane.parked, [("lane", lane.lane.name), ("state", "parked")])
        }
        text.family(
            "edged_outbox_oldest_event_age_seconds", .gauge,
            "Age of the oldest event without a receipt; 0 when there is none.")
        for lane in figures.lanes {
            let age = lane.oldest.map { max(0, figures.now - $0) } ?? 0
            text.sample(Double(age) / 1_000, [("lane", lane.lane.name)])
        }
        text.gauge(
            "edged_outbox_in_flight_events", "Events that were sent and not receipted yet.", figures.inFlightCount)
        text.gauge("edged_stock_lines", "Articles that the shop has or had stock of.", figures.stockLineCount)
        text.gauge(
            "edged_stock_short_lines", "Articles with promises that no right stands behind.", figures.shortLineCount)
        text.gauge("edged_reservations_held", "Holds that stand.", figures.reservationsHeldCount)
        text.gauge("edged_pickups_open", "Click-and-collect orders that are not over.", figures.pickupsOpenCount)
        text.gauge(
            "edged_rights_low_lines", "Articles of which more was asked for than may be promised here.",
            figures.rightsLowCount)
        text.family("edged_clock_trust", .gauge, "How far the shop's time can be trusted: 1 for the state it is in.")
        for trust in ClockTrust.allCases { text.sample(trust == figures.trust, [("state", trust.rawValue)]) }
        text.counter(
            "edged_clock_steps_total", "Steps of the box's clock by over a minute, seen since the start.",
            figures.stepsSeen)
        text.gauge(
            "edged_clock_synchronised", "Whether the kernel says that its clock is synchronised.", reading.synchronised)
    }

    private mutating func feeds() {
        let link = room.board.now
        let cursors = (room.standing.figures?.cursors ?? []) + (link.catalogueCursors ?? [])
        let parked = (room.standing.figures?.parkedEntries ?? []) + link.catalogueParked
        guard !cursors.isEmpty else { return }
        func labels(_ cursor: FeedCursor) -> [(String, String)] { [("feed", cursor.feed), ("scope", cursor.scope)] }
        text.family("edged_feed_sequence", .gauge, "The last entry of headquarters' feed that was taken in.")
        for cursor in cursors { text.sample(Int(cursor.sequence), labels(cursor)) }
        text.family(
            "edged_feed_taken_time_seconds", .gauge,
            "When something of the feed was last taken in, in seconds since 1970; absent when that is not known."
        )
        for cursor in cursors {
            guard let at = cursor.takenAt else { continue }
            text.sample(Self.seconds(at), labels(cursor))
        }
        text.family(
            "edged_feed_parked_entries", .gauge, "Entries of the feed that could not be read and are set aside.")
        for cursor in cursors {
            let count = parked.first { $0.scope == cursor.scope && $0.feed == cursor.feed }?.count ?? 0
            text.sample(count, labels(cursor))
        }
    }

    private mutating func messages() {
        let counted = room.messages.reading
        text.family("edged_messages_total", .counter, "Messages of devices that were answered, by what came of them.")
        for (kind, outcomes) in counted.outcomes {
            for (outcome, count) in outcomes { text.sample(count, [("kind", kind), ("outcome", outcome)]) }
        }
        text.counter(
            "edged_replays_total", "Commands that were sent again and got the reply that they had.", counted.replays)
        text.family("edged_refusals_total", .counter, "Messages of devices that were refused, by the problem's code.")
        for (code, count) in counted.codes { text.sample(count, [("code", code)]) }
        text.histogram(
            "edged_scan_duration_seconds", "From the arrival of a scan to the departure of its card.", counted.scans)
    }

    private mutating func disk() {
        text.histogram(
            "edged_commit_duration_seconds", "How long the disk took to hold a commit of the ledger.",
            room.commits.reading.spread)
        let files = StorageFiles(room.configuration.stateDirectory)
        text.family("edged_storage_bytes", .gauge, "Size of the agent's files.")
        if let bytes = files.ledgerBytes { text.sample(bytes, [("file", "ledger")]) }
        text.sample(files.walBytes, [("file", "wal")])
        if let bytes = files.catalogueBytes { text.sample(bytes, [("file", "catalogue")]) }
        if let bytes = files.freeBytes {
            text.gauge("edged_storage_free_bytes", "What the agent may still write to its disk.", bytes)
        }
        text.gauge(
            "edged_storage_ballast", "Whether the space that is kept for a full disk is there.", files.hasBallast)
    }
}

/// How large this process is.
enum ProcessSize {
    /// Resident bytes (proc(5), statm); `nil` when the kernel does not say.
    static var residentBytes: Int? {
        guard let bytes = try? ConfigurationFile.bytes(of: "/proc/self/statm", limit: 256).get() else { return nil }
        let pages = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return pages.count > 1 ? Int(pages[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }
}
