// What a client asks of its broker: messages to deliver, topics to follow.

import CMosquitto

extension MQTTClient {
    /// Hands over a message; it leaves at the next ``flush()``.
    ///
    /// - Parameters:
    ///   - topic: without wildcards.
    ///   - payload: up to what the broker takes; a larger one is refused.
    ///   - quality: how it is delivered. A message `atLeastOnce` is sent again after a reconnection until it is
    ///     acknowledged, or the process ends.
    ///   - isRetained: whether the broker keeps it for later subscribers.
    ///   - responseTopic: MQTT 5 only, left out with 3.1.1.
    ///   - correlationData: up to 65,535 bytes; MQTT 5 only, left out with 3.1.1.
    /// - Returns: whether it was taken. It is not without a connection, since it would wait in memory unbounded, nor when
    ///   topic or size cannot be sent; the latter also gives the next turn a `publishRefused`.
    @discardableResult
    public func publish(
        topic: String, payload: [UInt8], quality: QualityOfService = .atLeastOnce, isRetained: Bool = false,
        responseTopic: String? = nil, correlationData: [UInt8]? = nil
    ) -> Bool {
        guard isConnected else { return false }
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if options.version == .v5 {
            guard add(responseTopic, correlationData, to: &properties) else {
                inbox.events.append(
                    .publishRefused(topic: topic, reason: "the response topic or the correlation data cannot be sent"))
                return false
            }
        }
        var id: Int32 = 0
        let status = payload.withUnsafeBytes { bytes in
            mosquitto_publish_v5(
                handle, &id, topic, Int32(clamping: bytes.count), bytes.baseAddress, quality.rawValue, isRetained,
                properties)
        }
        guard status == 0 else {
            inbox.events.append(.publishRefused(topic: topic, reason: String(cString: mosquitto_strerror(status))))
            return false
        }
        if quality == .atMostOnce {
            inbox.unwrittenCount += 1
        } else {
            inbox.unacknowledged[id] = Inbox.Outgoing(topic: topic, bytes: payload.count)
            inbox.unacknowledgedBytes += payload.count
        }
        return true
    }

    /// Follows topics, from now on and after every reconnection. The request leaves at the next ``flush()``; the
    /// broker's answers come as `subscribed`, one a filter.
    ///
    /// The broker sends what it retains under a filter each time that it is asked. A filter already followed gets the
    /// new quality.
    public func subscribe(_ filters: [(filter: String, quality: QualityOfService)]) {
        for wanted in filters {
            subscriptions.removeAll { $0.filter == wanted.filter }
            subscriptions.append(wanted)
            inbox.grantedFilters.remove(wanted.filter)
            if isConnected { request(wanted) }
        }
    }

    func request(_ subscription: (filter: String, quality: QualityOfService)) {
        var id: Int32 = 0
        let keepsRetainFlag = options.version == .v5 ? Int32(MQTT_SUB_OPT_RETAIN_AS_PUBLISHED.rawValue) : 0
        let status = mosquitto_subscribe_v5(
            handle, &id, subscription.filter, subscription.quality.rawValue, keepsRetainFlag, nil)
        guard status == 0 else {
            let reason = String(cString: mosquitto_strerror(status))
            inbox.events.append(.subscribed(filter: subscription.filter, granted: nil, reason: reason))
            return
        }
        inbox.subscribing[id] = subscription.filter
    }

    private func add(_ responseTopic: String?, _ correlationData: [UInt8]?, to properties: inout OpaquePointer?) -> Bool
    {
        if let responseTopic {
            let property = Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue)
            guard mosquitto_property_add_string(&properties, property, responseTopic) == 0 else { return false }
        }
        if let correlationData {
            guard let count = UInt16(exactly: correlationData.count) else { return false }
            let property = Int32(MQTT_PROP_CORRELATION_DATA.rawValue)
            let status = correlationData.withUnsafeBytes {
                mosquitto_property_add_binary(&properties, property, $0.baseAddress, count)
            }
            guard status == 0 else { return false }
        }
        return true
    }
}
