// What the shop's broker is configured to open and to read: as much of mosquitto.conf as says why it does not start.

import Glibc

/// The parts of a mosquitto.conf(5) that its start rests on.
struct BrokerConfiguration: Equatable, Sendable {
    /// A port that it opens.
    struct Listener: Equatable, Sendable {
        let port: Int
        /// The address that it is bound to; `nil` for every one.
        let address: SocketAddress?
    }

    /// Where the package puts it.
    static let place = "/etc/edged/broker/mosquitto.conf"

    private(set) var listeners: [Listener] = []
    /// Certificates, keys and authorities, each once.
    private(set) var files: [String] = []
    /// Who may do what, of the plugin dynamic-security.
    private(set) var accounts: String?

    /// Reads the lines of a configuration; what does not concern us is passed over.
    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            guard words.count >= 2, words[0].first != "#" else { continue }
            let rest = words.dropFirst().joined(separator: " ")
            switch words[0] {
            case "listener":
                guard let port = Int(words[1]), port > 0 else { continue }
                let address = words.count > 2 ? SocketAddress(words[2]) : nil
                listeners.append(Listener(port: port, address: address?.isUnspecified == true ? nil : address))
            case "certfile", "keyfile", "cafile": if !files.contains(rest) { files.append(rest) }
            case "plugin_opt_config_file": accounts = rest
            default: break
            }
        }
    }

    /// The box's own; `nil` when there is none, or it may not be read.
    static func read(_ context: CheckContext) -> BrokerConfiguration? {
        context.text(place, max: 1 << 20).map(BrokerConfiguration.init)
    }
}

extension BrokerConfiguration.Listener {
    /// Whether this listener cannot be opened while that socket is.
    func collides(with socket: ListeningSocket) -> Bool {
        guard socket.address.port == port else { return false }
        guard let address, !socket.address.isUnspecified else { return true }
        return address.bytes == socket.address.bytes
    }
}
