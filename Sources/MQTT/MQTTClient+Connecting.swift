// How a connection comes about, why it ends, and when the next is tried.

import CMosquitto
import Glibc

/// Which addresses of a name an attempt uses.
enum AddressFamily {
    /// The first, in the system's order.
    case any
    case v4, v6

    var bindAddress: String? {
        switch self {
        case .any: nil
        case .v4: "0.0.0.0"
        case .v6: "::"
        }
    }

    var other: AddressFamily? {
        switch self {
        case .any: nil
        case .v4: .v6
        case .v6: .v4
        }
    }
}

extension MQTTClient {
    /// A connection that stood for so long, in milliseconds, ends the series of failures that lengthens the pauses. A
    /// broker that throws the client out at once is not asked more often than one that is away.
    private static let steadyMilliseconds: Int64 = 10_000

    func startAttemptIfDue() {
        guard case .pausing(let until) = phase, Self.now() >= until else { return }
        inbox.forgetConnection()
        do throws(MQTTError) {
            try prepare()
        } catch {
            return attemptEnded(error, wasConnectedSince: nil)
        }
        Inbox.listen(true, at: handle)
        var result = beginConnection()
        if result.status != 0, let other = addressFamily.other {
            // The name has no address of that family: what is wrong with its usual one is the reason worth telling.
            addressFamily = other
            result = beginConnection()
        }
        let deadline = Self.now() + Int64(options.connectSecondsMax) * 1_000
        phase = .connecting(deadline: deadline, isReached: false)
        if result.status != 0 || mosquitto_socket(handle) < 0 { connectionEnded(result.status, result.errorNumber) }
    }

    /// Asks the library for a connection and does not wait for it.
    private func beginConnection() -> (status: Int32, errorNumber: Int32) {
        // An address to bind to is the only way to choose among the addresses of a name while the certificate is still
        // checked for that name. Once set it can be changed, not removed: 2.0.11 would free it twice.
        let bindAddress = addressFamily.bindAddress
        if let bindAddress { _ = mosquitto_string_option(handle, MOSQ_OPT_BIND_ADDRESS, bindAddress) }
        errno = 0
        let status = mosquitto_connect_bind_async(
            handle, options.host, Int32(options.port), Int32(options.keepAliveSeconds), bindAddress)
        return (status, errno)
    }

    /// Carries an attempt on with what its socket is ready for. Nothing of the session can leave here: before the
    /// broker's answer only the request to connect is queued.
    func advanceAttempt(_ found: Int16) {
        guard case .connecting(let deadline, let isReached) = phase else { return }
        if found != 0, !isReached {
            var errorNumber: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(mosquitto_socket(handle), SOL_SOCKET, SO_ERROR, &errorNumber, &size)
            guard errorNumber == 0 else {
                chooseOtherFamily()
                abandonConnection()
                return connectionEnded(MOSQ_ERR_ERRNO.rawValue, errorNumber)
            }
            phase = .connecting(deadline: deadline, isReached: true)
        }
        if found != 0 {
            // Reading goes first: with TLS it is what carries the handshake.
            readWhatCame()
            guard case .connecting = phase else { return }
            if mosquitto_want_write(handle) {
                errno = 0
                let status = mosquitto_loop_write(handle, 1)
                let errorNumber = errno
                if status != 0 || mosquitto_socket(handle) < 0 { return connectionEnded(status, errorNumber) }
            }
        }
        if Self.now() >= deadline {
            if !isReached { chooseOtherFamily() }
            abandonConnection()
            inbox.forgetConnection()
            attemptEnded(.unanswered(seconds: options.connectSecondsMax), wasConnectedSince: nil)
        }
    }

    func becomeConnected() {
        guard case .connecting = phase, let answer = inbox.answer else { return }
        inbox.answer = nil
        Inbox.listen(false, at: handle)
        phase = .connected(since: Self.now())
        inbox.events.append(.connected(isSessionPresent: answer.isSessionPresent))
        // A kept session keeps its subscriptions, yet this process may want others than the one that made them.
        // So ask for what was not granted to it.
        if !answer.isSessionPresent { inbox.grantedFilters.removeAll() }
        for subscription in subscriptions where !inbox.grantedFilters.contains(subscription.filter) {
            request(subscription)
        }
    }

    /// Finds out why the library gave the connection up, and plans the next one.
    func connectionEnded(_ status: Int32, _ errorNumber: Int32) {
        if mosquitto_socket(handle) >= 0 { abandonConnection() }
        switch phase {
        case .idle, .pausing: return
        case .leaving:
            phase = .idle
            nothingMoreWaits()
            inbox.forgetConnection()
            inbox.events.append(.disconnected(.closedHere, retryMilliseconds: nil))
        case .connecting:
            attemptEnded(reason(status, errorNumber), wasConnectedSince: nil)
        case .connected(let since):
            attemptEnded(reason(status, errorNumber), wasConnectedSince: since)
        }
    }

    private func attemptEnded(_ reason: MQTTError, wasConnectedSince since: Int64?) {
        if let since, Self.now() - since >= Self.steadyMilliseconds { failedAttemptCount = 0 }
        let doublings = min(failedAttemptCount, 16)
        let pause = min(options.reconnectMillisecondsFirst << doublings, options.reconnectMillisecondsMax)
        let kept = max(0, options.jitter(pause))
        failedAttemptCount += 1
        phase = .pausing(until: Self.now() + Int64(kept))
        nothingMoreWaits()
        inbox.forgetConnection()
        inbox.events.append(
            since == nil
                ? .attemptFailed(reason, retryMilliseconds: kept) : .disconnected(reason, retryMilliseconds: kept))
    }

    private func reason(_ status: Int32, _ errorNumber: Int32) -> MQTTError {
        if let answer = inbox.answer, answer.code != 0 {
            let usual =
                options.version == .v5
                ? String(cString: mosquitto_reason_string(answer.code))
                : String(cString: mosquitto_connack_string(answer.code))
            return .refused(reasonCode: answer.code, reason: answer.reason ?? usual)
        }
        // Below 128 the library tells its own errors through the same door.
        if let farewell = inbox.farewell, farewell.code >= 128 {
            let text = farewell.reason ?? String(cString: mosquitto_reason_string(farewell.code))
            return .closedByBroker(reasonCode: farewell.code, reason: text)
        }
        if let complaint = inbox.lastComplaint { return tls(complaint) }
        switch mosq_err_t(rawValue: status) {
        case MOSQ_ERR_EAI:
            return .nameNotResolved(host: options.host, reason: String(cString: gai_strerror(errorNumber)))
        case MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE:
            return tls(String(cString: mosquitto_strerror(status)))
        case MOSQ_ERR_KEEPALIVE:
            return .silent(seconds: options.keepAliveSeconds)
        case MOSQ_ERR_ERRNO where errorNumber == EPROTO && options.tls != nil:
            return tls("the private connection broke")
        case MOSQ_ERR_ERRNO:
            let text = String(cString: strerror(errorNumber))
            if case .connecting(_, isReached: false) = phase {
                return .unreachable(errorNumber: errorNumber, reason: text)
            }
            return .lost(reason: text)
        case MOSQ_ERR_PROTOCOL, MOSQ_ERR_MALFORMED_PACKET, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_DUPLICATE_PROPERTY,
            MOSQ_ERR_OVERSIZE_PACKET:
            return .protocolBroken(reason: String(cString: mosquitto_strerror(status)))
        case MOSQ_ERR_SUCCESS, MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN:
            return .closedWithoutAWord
        default:
            return .lost(reason: String(cString: mosquitto_strerror(status)))
        }
    }

    private func tls(_ reason: String) -> MQTTError {
        let cause = TLSCause(
            complaint: reason, verification: inbox.verification,
            hasCertificate: options.tls?.certificateFile != nil)
        return .tls(cause, reason: reason)
    }

    /// Closes the socket without a word: the library has no call for that, but gives up what it cannot read from.
    func abandonConnection() {
        for _ in 0..<3 {
            let socket = mosquitto_socket(handle)
            guard socket >= 0 else { return }
            shutdown(socket, Int32(SHUT_RDWR))
            _ = mosquitto_loop_read(handle, 1)
        }
    }

    /// After an address did not take the connection: the library tries only the first one of a name, which often is an
    /// IPv6 address at which no broker listens.
    private func chooseOtherFamily() {
        switch addressFamily {
        case .any: if isSocketIPv6 { addressFamily = .v4 }
        case .v4: addressFamily = .v6
        case .v6: addressFamily = .v4
        }
    }

    private var isSocketIPv6: Bool {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let socket = mosquitto_socket(handle)
        let status = withUnsafeMutablePointer(to: &address) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        return status == 0 && Int32(address.ss_family) == AF_INET6
    }
}
