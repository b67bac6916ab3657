// A broker that says what no mosquitto can be brought to say.

import Foundation
import Glibc
import Testing

/// Takes one connection, waits for its first bytes and answers with prepared ones.
final class ScriptedBroker {
    let port: Int
    private let listener: Int32

    init(answer: [UInt8]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = TestBroker.freePort()
        var address = TestBroker.loopback(port)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0 && listen(listener, 4) == 0)
        self.listener = listener
        let server = Thread {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var buffer = [UInt8](repeating: 0, count: 1_024)
            if read(connection, &buffer, buffer.count) > 0 { _ = write(connection, answer, answer.count) }
            // Until the client closes.
            _ = read(connection, &buffer, buffer.count)
            close(connection)
        }
        server.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}
