// What the shop's broker said in its log about its clients, line by line: who came, who was not let in, and why.

/// The story of a broker's clients, read from mosquitto's log (2.0).
///
/// mosquitto says why it ends a connection with the client's name only when it knows that name already, so that refused
/// passwords and failed TLS are told apart by the order of lines: what follows `New connection from A` is about `A`.
struct BrokerStory: Sendable {
    /// A connection that the broker did not let in.
    struct Refusal: Sendable, Equatable {
        enum Cause: Sendable, Equatable {
            /// Wrong password, unknown account or one that is switched off: mosquitto does not say which.
            case notAuthorised
            /// The device does not accept the broker's certificate, in TLS's words.
            case certificateRejected(String)
            /// The broker does not accept the device's own certificate, in TLS's words: another authority's, ended, or none.
            case certificateRefused(String)
            /// It speaks no TLS on a port that needs it, or another failure of TLS.
            case noPrivacy(String)
        }
        let cause: Cause
        /// Where it came from, without its port; absent when several connections were open.
        let address: String?
        let line: Int
    }

    /// What is known of the clients of one account.
    struct Account: Sendable, Equatable {
        /// Where it came from, without ports; the last one at the end.
        var addresses: [String] = []
        var connectionCount = 0
        /// The line of its last connection.
        var connectedLine = 0
        /// How often a second connection threw out the first.
        var takeOverCount = 0
        var timeOutCount = 0
        var timedOutLine = 0
        /// The line of the end of a connection, however it ended.
        var endedLine = 0
        var clientIDs: Set<String> = []
        /// The addresses between which the session went to and fro.
        var rivals: [String] = []
    }

    private(set) var refusals: [Refusal] = []
    private(set) var accounts: [String: Account] = [:]
    /// How many lines were read.
    private(set) var lineCount = 0
    /// Connections that have not said who they are, by address and port.
    private var open: [(endpoint: String, address: String)] = []
    /// The account of a client id.
    private var accountOfClient: [String: String] = [:]
    private var failure: Refusal.Cause?

    /// Reads lines, older first, with or without a time before them.
    init(lines: some Sequence<some StringProtocol>) {
        for line in lines { read(Self.withoutTime(String(line))) }
    }

    /// The accounts whose devices came from that address before, the latest last.
    func accounts(at address: String) -> [String] {
        accounts.filter { $0.value.addresses.contains(address) }
            .sorted { $0.value.connectedLine < $1.value.connectedLine }.map(\.key)
    }

    /// The account whose devices came from that address last.
    func account(at address: String) -> String? { accounts(at: address).last }

    /// Refusals since the account last came in, from an address that it had, or that nobody else had.
    func refusals(of account: String) -> [Refusal] {
        let since = accounts[account]?.connectedLine ?? 0
        return refusals.filter { refusal in
            refusal.line > since && refusal.address.map { self.account(at: $0) == account } == true
        }
    }

    /// mosquitto writes seconds since 1970, or what `log_timestamp_format` says, then a colon and a blank.
    private static func withoutTime(_ line: String) -> String {
        guard let first = line.first, first.isNumber, let end = line.firstRange(of: ": ") else { return line }
        return String(line[end.upperBound...])
    }

    private mutating func read(_ line: String) {
        lineCount += 1
        if line.hasPrefix("New connection from ") {
            let words = line.dropFirst("New connection from ".count).split(separator: " ")
            guard let endpoint = words.first.map(String.init) else { return }
            open.append((endpoint, Self.address(of: endpoint)))
            if open.count > 64 { open.removeFirst() }
        } else if line.hasPrefix("New client connected from ") {
            connected(line.dropFirst("New client connected from ".count))
        } else if line.hasPrefix("OpenSSL Error") {
            // The last part of the line is the reason; later lines of the same failure only unwind.
            if failure == nil { failure = Self.cause(of: line) }
        } else if line.hasPrefix("Client connection from "), let mark = line.firstRange(of: " failed: ") {
            // TLS that fails on the first bytes: the broker names the address, without a port.
            let address = String(line[..<mark.lowerBound].dropFirst("Client connection from ".count))
            failure = nil
            let cause = Self.cause(of: line.last == "." ? String(line.dropLast()) : line)
            refusals.append(Refusal(cause: cause, address: Self.plain(address), line: lineCount))
        } else if line.hasPrefix("Client ") {
            client(line.dropFirst("Client ".count))
        } else if line.hasPrefix("Socket error on client ") {
            let id = line.dropFirst("Socket error on client ".count).split(separator: ",").first.map(String.init) ?? ""
            let line = lineCount
            ended(id) { $0.endedLine = line }
        }
    }

    private static func address(of endpoint: String) -> String {
        guard let colon = endpoint.lastIndex(of: ":") else { return endpoint }
        return plain(String(endpoint[..<colon]))
    }

    /// An IPv4 address is the same when it is written as IPv6.
    private static func plain(_ address: String) -> String {
        address.hasPrefix("::ffff:") ? String(address.dropFirst(7)) : address
    }

    private static func cause(of line: String) -> Refusal.Cause {
        let reason = line.split(separator: ":").last.map(String.init) ?? line
        guard let alert = reason.firstRange(of: "alert ") else {
            // What the broker itself finds out is of what the device showed.
            return reason.contains("certificate") ? .certificateRefused(reason) : .noPrivacy(reason)
        }
        let text = String(reason[alert.upperBound...])
        let isAboutCertificate = text.contains("certificate") || text.contains("unknown ca")
        return isAboutCertificate ? .certificateRejected(text) : .noPrivacy(text)
    }

    /// `192.168.1.30:53122 as scanner-7 (p2, c1, k60, u'scanner-7').`
    private mutating func connected(_ rest: Substring) {
        guard let split = rest.firstRange(of: " as "), let facts = rest.lastIndex(of: "(") else { return }
        let endpoint = String(rest[..<split.lowerBound])
        guard split.upperBound < facts else { return }
        let id = String(rest[split.upperBound..<rest.index(before: facts)])
        let user = rest[facts...].firstRange(of: "u'").map { String(rest[$0.upperBound...].prefix { $0 != "'" }) }
        let account = user ?? id
        open.removeAll { $0.endpoint == endpoint }
        failure = nil
        accountOfClient[id] = account
        let address = Self.address(of: endpoint)
        var known = accounts[account] ?? Account()
        known.addresses.removeAll { $0 == address }
        known.addresses.append(address)
        known.connectionCount += 1
        known.connectedLine = lineCount
        known.clientIDs.insert(id)
        if known.takeOverCount > 0, !known.rivals.contains(address) { known.rivals.append(address) }
        accounts[account] = known
    }

    private mutating func client(_ rest: Substring) {
        if let mark = rest.firstRange(of: " already connected, closing old connection") {
            ended(String(rest[..<mark.lowerBound])) { account in
                account.takeOverCount += 1
                if let last = account.addresses.last, !account.rivals.contains(last) { account.rivals.append(last) }
            }
        } else if let mark = rest.firstRange(of: " has exceeded timeout") {
            let line = lineCount
            ended(String(rest[..<mark.lowerBound])) {
                $0.timeOutCount += 1
                $0.timedOutLine = line
            }
        } else if rest.contains("disconnected, not authorised") {
            refused(.notAuthorised)
        } else if rest.hasPrefix("<unknown> disconnected"), let failure {
            refused(failure)
        } else if let mark = rest.firstRange(of: " closed its connection") ?? rest.firstRange(of: " disconnected") {
            let line = lineCount
            ended(String(rest[..<mark.lowerBound])) { $0.endedLine = line }
        }
    }

    private mutating func ended(_ id: String, _ change: (inout Account) -> Void) {
        let account = accountOfClient[id] ?? id
        guard var known = accounts[account] else { return }
        change(&known)
        accounts[account] = known
    }

    private mutating func refused(_ cause: Refusal.Cause) {
        failure = nil
        // The oldest that has not said who it is; when several wait from different places, nobody can tell.
        let places = Set(open.map(\.address))
        let address = places.count == 1 ? places.first : nil
        if !open.isEmpty { open.removeFirst() }
        refusals.append(Refusal(cause: cause, address: address, line: lineCount))
    }
}
