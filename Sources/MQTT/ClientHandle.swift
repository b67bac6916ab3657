// From options to a configured libmosquitto client, with every mistake in them named.

import CMosquitto
import Glibc

/// Makes the library's client objects.
enum ClientHandle {
    /// The library's global state, made once whichever loop comes first: `mosquitto_lib_init` is not thread-safe.
    private static let libraryStatus: Int32 = {
        // A write to a connection that broke is an error of that connection, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        return mosquitto_lib_init()
    }()

    /// Makes a client that knows nothing but its name, of options that could be right. It must not be connected.
    static func makeBare(_ options: MQTTOptions) throws(MQTTError) -> OpaquePointer {
        guard libraryStatus == 0 else { throw problem("libmosquitto does not start", libraryStatus) }
        try check(options)
        guard let handle = mosquitto_new(options.clientID, options.startsClean, nil) else {
            throw .configuration("no client could be made: \(String(cString: strerror(errno)))")
        }
        return handle
    }

    /// Makes a client that is configured and not connected.
    static func make(_ options: MQTTOptions) throws(MQTTError) -> OpaquePointer {
        let handle = try makeBare(options)
        do {
            try configure(handle, options)
        } catch {
            mosquitto_destroy(handle)
            throw error
        }
        return handle
    }

    private static func check(_ options: MQTTOptions) throws(MQTTError) {
        guard !options.clientID.isEmpty else { throw .configuration("the client id is empty") }
        guard !options.host.isEmpty else { throw .configuration("the broker's host is empty") }
        guard (1...65_535).contains(options.port) else {
            throw .configuration("the broker's port must be 1 to 65535, not \(options.port)")
        }
        guard (5...65_535).contains(options.keepAliveSeconds) else {
            throw .configuration("the keep-alive must be 5 to 65535 s, not \(options.keepAliveSeconds)")
        }
        guard options.receiveMaximum > 0 else { throw .configuration("the receive maximum must not be 0") }
        guard options.connectSecondsMax > 0, options.reconnectMillisecondsFirst > 0 else {
            throw .configuration("the times of connecting must be above 0")
        }
        if let tls = options.tls, (tls.certificateFile == nil) != (tls.keyFile == nil) {
            throw .configuration("a client certificate needs its key, and a key its certificate")
        }
        guard options.username != nil || (options.password == nil && options.passwordFile == nil) else {
            throw .configuration("a password needs a user name")
        }
    }

    private static func configure(_ handle: OpaquePointer, _ options: MQTTOptions) throws(MQTTError) {
        // With threads the library only queues what it is asked to send: the acknowledgement of a message then leaves
        // at our own write, after the commit. Without, it would leave before the callback returns.
        try require(mosquitto_threaded_set(handle, true), "threads")
        let version = options.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try require(mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version), "the protocol version")
        let receiveMaximum = Int32(options.receiveMaximum)
        try require(mosquitto_int_option(handle, MOSQ_OPT_RECEIVE_MAXIMUM, receiveMaximum), "the receive maximum")
        // An answer is small and awaited: it must not wait for the acknowledgement of what went before.
        try require(mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1), "immediate sending")
        try setCredentials(handle, options)
        if let tls = options.tls { try setTLS(handle, tls) }
        if let will = options.will {
            let status = will.payload.withUnsafeBytes { payload in
                mosquitto_will_set(
                    handle, will.topic, Int32(payload.count), payload.baseAddress, will.quality.rawValue,
                    will.isRetained)
            }
            try require(status, "the will")
        }
        try setConnectProperties(handle, options)
    }

    private static func setCredentials(_ handle: OpaquePointer, _ options: MQTTOptions) throws(MQTTError) {
        guard let username = options.username else { return }
        let status: Int32
        if let password = try options.readPassword() {
            guard !password.contains(0) else { throw .configuration("the password holds a zero byte") }
            status = (password + [0]).withUnsafeBytes { bytes in
                mosquitto_username_pw_set(
                    handle, username, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
            }
        } else {
            status = mosquitto_username_pw_set(handle, username, nil)
        }
        try require(status, "the user name")
    }

    private static func setTLS(_ handle: OpaquePointer, _ tls: MQTTOptions.TLS) throws(MQTTError) {
        // The library only says that something is invalid; a technician needs to know which file, and why.
        try requireReadable(tls.authorityFile, "authority file")
        try requireReadable(tls.authorityDirectory, "authority directory")
        try requireReadable(tls.certificateFile, "certificate file")
        try requireReadable(tls.keyFile, "key file")
        if tls.authorityFile == nil, tls.authorityDirectory == nil {
            try require(mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1), "the system's authorities")
        }
        let status = mosquitto_tls_set(
            handle, tls.authorityFile, tls.authorityDirectory, tls.certificateFile, tls.keyFile,
            // A key with a pass phrase must fail: OpenSSL's own callback would ask at a terminal that is not there.
            { _, _, _, _ in 0 })
        try require(status, "TLS")
        let verifiesPeer: Int32 = 1
        try require(mosquitto_tls_opts_set(handle, verifiesPeer, "tlsv1.2", nil), "TLS 1.2 or later")
        try require(mosquitto_tls_insecure_set(handle, false), "the check of the broker's name")
    }

    private static func setConnectProperties(_ handle: OpaquePointer, _ options: MQTTOptions) throws(MQTTError) {
        guard options.version == .v5 else { return }
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        let expiry = Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue)
        let seconds = options.startsClean ? 0 : options.sessionExpirySeconds
        try require(mosquitto_property_add_int32(&properties, expiry, seconds), "the session's expiry")
        // The only call that keeps properties for later connections also connects, and waits for it. Without a host it
        // keeps them and stops there; the connections themselves are then made without waiting.
        let status = mosquitto_connect_bind_v5(
            handle, nil, Int32(options.port), Int32(options.keepAliveSeconds), nil, properties)
        guard status == MOSQ_ERR_INVAL.rawValue else { throw problem("the session's expiry cannot be set", status) }
    }

    private static func requireReadable(_ path: String?, _ what: String) throws(MQTTError) {
        guard let path else { return }
        guard access(path, R_OK) == 0 else {
            throw .configuration("the \(what) \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    private static func require(_ status: Int32, _ what: String) throws(MQTTError) {
        guard status == 0 else { throw problem("\(what) cannot be set", status) }
    }

    private static func problem(_ sentence: String, _ status: Int32) -> MQTTError {
        .configuration("\(sentence): \(String(cString: mosquitto_strerror(status)))")
    }
}
