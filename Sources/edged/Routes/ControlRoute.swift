// The commands of the control socket, each with whoever answers it. A noun has a file of its own beside this one.

import Contract
import EdgeAgent
import ShopModel

/// How a command of the control socket is answered.
///
/// ```swift
/// enum LogRoutes {
///     static let table: [String: ControlRoute] = [
///         "log.level": .change(journalling: .init(target: "level")) { request, _, room throws(Refusal) in
///             var fields = request.fields
///             let level = try fields.choice("level", as: Level.self)
///             try fields.refuseUnknown()
///             ...
///             return .done([:])
///         }
///     ]
/// }
/// ```
struct ControlRoute: Sendable {
    /// Answers a request, on a thread of its own: questions run beside each other, changes one after the other. Whatever
    /// it waits for must be bounded. A refusal that it throws is told in the request's language.
    typealias Handler =
        @Sendable (_ request: ControlRequest, _ asker: ControlAsker, _ room: SharedRoom) throws(Refusal) ->
        ControlAnswer

    /// Which fields of a request the journal of acts keeps.
    struct JournalFields: Sendable {
        /// The field that names what is changed.
        var target: String
        /// The field with the reason, if the command takes one.
        var reason: String?
    }

    /// Who journals a change.
    enum Journal: Sendable {
        /// Nobody: nothing is changed.
        case none
        /// The ledger, in the transaction of the change.
        case ledger
        /// The counter, once the change is done: it lies outside of the ledger.
        case fields(JournalFields)
    }

    let journal: Journal
    let answer: Handler

    /// Whether it changes anything; then only technicians may use it.
    var changes: Bool { if case .none = journal { false } else { true } }

    /// A command that only reads.
    static func question(_ answer: @escaping Handler) -> ControlRoute { ControlRoute(journal: .none, answer: answer) }

    /// A command that changes something outside of the ledger.
    static func change(journalling fields: JournalFields, _ answer: @escaping Handler) -> ControlRoute {
        ControlRoute(journal: .fields(fields), answer: answer)
    }

    /// What a request is about, for the log; `nil` where the journal names it, since what was typed may be a person's
    /// card.
    func target(of request: ControlRequest) -> String? {
        guard case .fields(let names) = journal else { return nil }
        var fields = request.fields
        return fields.value(names.target)?.text.map { String($0.prefix(160)) }
    }
}

/// All commands of the control socket.
enum ControlRoutes {
    /// By name. A noun adds its table here.
    static let table: [String: ControlRoute] = [
        // Before the ledger's, which only does the ledger's part of an enrolment or a status.
        DeviceRoutes.table, StatusRoutes.table, SimulateRoutes.table, LedgerRoutes.table, HealthRoutes.table,
        LogRoutes.table,
        HeadquartersRoutes.table, ConfigurationRoutes.table, BackupRoutes.table,
    ].reduce(into: [:]) { all, table in all.merge(table) { first, _ in first } }
}
