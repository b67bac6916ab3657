// Where the library's callbacks put what they are told. They decide nothing and call nothing back.

import CMosquitto
import Glibc

/// What the callbacks of one client collected since it was last looked at.
///
/// It is touched by the thread of its client's loop only: the library calls back from within the calls made there.
final class Inbox {
    /// The broker's answer to a connection.
    struct Answer {
        let code: Int32
        let isSessionPresent: Bool
        let reason: String?
    }

    /// A message handed to the library and not yet acknowledged.
    struct Outgoing {
        let topic: String
        let bytes: Int
    }

    var messages: [MQTTMessage] = []
    var events: [Turn.Event] = []
    var answer: Answer?
    var farewell: (code: Int32, reason: String?)?
    var lastComplaint: String?
    /// OpenSSL's verdict on the broker's certificate when the first complaint came; 0 for none.
    var verification = 0
    /// Grows with every callback, so that a read that delivered is told from one that did not.
    var callCount = 0

    var unacknowledged: [Int32: Outgoing] = [:]
    var unacknowledgedBytes = 0
    var unwrittenCount = 0
    /// Filters by the number of the request that named them.
    var subscribing: [Int32: String] = [:]
    /// Filters that the broker's session holds, as far as this process was told.
    var grantedFilters: Set<String> = []

    func forgetConnection() {
        answer = nil
        farewell = nil
        lastComplaint = nil
        verification = 0
        unwrittenCount = 0
        subscribing.removeAll(keepingCapacity: true)
    }
}

extension Inbox {
    /// The library's client is another one: what was handed to the former will not be acknowledged.
    func forgetUnacknowledged() {
        unacknowledged.removeAll(keepingCapacity: true)
        unacknowledgedBytes = 0
        unwrittenCount = 0
    }

    /// Registers the callbacks at `handle`, which must not outlive `self`.
    func attach(to handle: OpaquePointer) {
        // Unretained: the client that owns both destroys the handle first.
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        mosquitto_connect_v5_callback_set(handle) { _, context, code, flags, properties in
            Inbox.from(context)?.connected(code: code, flags: flags, properties: properties)
        }
        mosquitto_disconnect_v5_callback_set(handle) { _, context, code, properties in
            Inbox.from(context)?.disconnected(code: code, properties: properties)
        }
        mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
            guard let message else { return }
            Inbox.from(context)?.received(message.pointee, properties: properties)
        }
        mosquitto_publish_v5_callback_set(handle) { _, context, id, code, properties in
            Inbox.from(context)?.published(id: id, code: code, properties: properties)
        }
        mosquitto_subscribe_v5_callback_set(handle) { _, context, id, count, granted, properties in
            guard let granted, count > 0 else { return }
            Inbox.from(context)?.subscribed(id: id, granted: granted[0], properties: properties)
        }
    }

    /// Listens to the library's complaints, the only place where it tells why TLS failed. It formats a line for every
    /// packet while somebody listens, so this is for the time of connecting.
    static func listen(_ listens: Bool, at handle: OpaquePointer) {
        guard listens else { return mosquitto_log_callback_set(handle, nil) }
        mosquitto_log_callback_set(handle) { handle, context, level, line in
            guard level == MOSQ_LOG_ERR, let line, let inbox = Inbox.from(context) else { return }
            // Only now: before the complaint there is no verdict, after it the library lets the connection go.
            if inbox.verification == 0, let connection = mosquitto_ssl_get(handle) {
                inbox.verification = SSL_get_verify_result(OpaquePointer(connection))
            }
            inbox.complained(String(cString: line))
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Inbox? {
        context.map { Unmanaged<Inbox>.fromOpaque($0).takeUnretainedValue() }
    }

    private func connected(code: Int32, flags: Int32, properties: OpaquePointer?) {
        callCount += 1
        answer = Answer(code: code, isSessionPresent: flags & 1 != 0, reason: reasonString(properties))
    }

    private func disconnected(code: Int32, properties: OpaquePointer?) {
        callCount += 1
        // The library tells the end twice, first as the broker put it and then as its own loss.
        if farewell == nil { farewell = (code, reasonString(properties)) }
    }

    private func received(_ message: mosquitto_message, properties: OpaquePointer?) {
        callCount += 1
        guard let topic = message.topic else { return }
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
        messages.append(
            MQTTMessage(
                topic: String(cString: topic), payload: [UInt8](bytes),
                quality: message.qos == 0 ? .atMostOnce : .atLeastOnce, isRetained: message.retain,
                responseTopic: string(MQTT_PROP_RESPONSE_TOPIC, of: properties),
                correlationData: binary(MQTT_PROP_CORRELATION_DATA, of: properties)))
    }

    private func published(id: Int32, code: Int32, properties: OpaquePointer?) {
        callCount += 1
        guard let outgoing = unacknowledged.removeValue(forKey: id) else {
            if unwrittenCount > 0 { unwrittenCount -= 1 }
            return
        }
        unacknowledgedBytes -= outgoing.bytes
        if code >= 128 {
            let reason = reasonString(properties) ?? String(cString: mosquitto_reason_string(code))
            events.append(.publishRefused(topic: outgoing.topic, reason: reason))
        }
    }

    private func subscribed(id: Int32, granted: Int32, properties: OpaquePointer?) {
        callCount += 1
        guard let filter = subscribing.removeValue(forKey: id) else { return }
        let reason = reasonString(properties) ?? String(cString: mosquitto_reason_string(granted))
        let quality: QualityOfService? = granted >= 128 ? nil : granted == 0 ? .atMostOnce : .atLeastOnce
        if quality != nil { grantedFilters.insert(filter) }
        events.append(.subscribed(filter: filter, granted: quality, reason: reason))
    }

    /// Keeps the first complaint that says something: what follows it is OpenSSL unwinding.
    private func complained(_ line: String) {
        if let known = lastComplaint {
            if known.utf8.count < 400 { lastComplaint = known + "; " + line }
        } else {
            lastComplaint = line
        }
    }

    private func reasonString(_ properties: OpaquePointer?) -> String? {
        string(MQTT_PROP_REASON_STRING, of: properties)
    }

    private func string(_ property: mqtt5_property, of properties: OpaquePointer?) -> String? {
        guard properties != nil else { return nil }
        var value: UnsafeMutablePointer<CChar>?
        guard mosquitto_property_read_string(properties, Int32(property.rawValue), &value, false) != nil, let value
        else { return nil }
        defer { free(value) }
        return String(cString: value)
    }

    private func binary(_ property: mqtt5_property, of properties: OpaquePointer?) -> [UInt8]? {
        guard properties != nil else { return nil }
        var value: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        guard mosquitto_property_read_binary(properties, Int32(property.rawValue), &value, &count, false) != nil
        else { return nil }
        defer { free(value) }
        return [UInt8](UnsafeRawBufferPointer(start: value, count: Int(count)))
    }
}
