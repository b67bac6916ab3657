// Clients that keep the control socket waiting, and answers that take their time, keep nobody else from theirs.

import Glibc
import Synchronization
import Testing

@testable import ControlSocket

/// A door that a test opens: fetches wait behind it, ten seconds at most.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)
    private let waiting = Atomic(0)

    var waitingCount: Int { waiting.load(ordering: .acquiring) }

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        waiting.add(1, ordering: .acquiringAndReleasing)
        for _ in 0..<1_000 where !isOpen.load(ordering: .acquiring) { usleep(10_000) }
        waiting.subtract(1, ordering: .acquiringAndReleasing)
    }
}

/// What was done, in order.
private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func note(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A server where `look…` hangs behind the gate, `change…` hangs behind it in turn and is written down, and everything
/// else is answered on the spot.
private func hangingServer(
    _ path: String, _ gate: Gate, _ diary: Diary = Diary(), idleMillisecondsMax: Int = 60_000
) throws -> ControlServer {
    try ControlServer(
        path: path, idleMillisecondsMax: idleMillisecondsMax,
        reception: { line, _ in
            let asked = text(line)
            if asked.hasPrefix("look") {
                return .beside {
                    gate.wait()
                    return line
                }
            }
            guard asked.hasPrefix("change") else { return .answered(line) }
            return .inTurn {
                gate.wait()
                diary.note(asked)
                return line
            }
        })
}

@Suite("An answer that takes its time")
struct SlowAnswerTests {
    @Test("keeps nobody else from theirs, and comes when it is there")
    func besides() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            let server = try hangingServer(path, gate)
            defer { server.stop() }
            let slow = try RawClient(path)
            defer { slow.end() }
            slow.send("look\nafterwards\n")
            #expect(eventually { gate.waitingCount == 1 })
            for number in 0..<20 { #expect(try ask(path, "status \(number)") == "status \(number)") }
            #expect(gate.waitingCount == 1)
            gate.open()
            #expect(text(slow.receive(18)) == "look\n\nafterwards\n\n")
        }
    }

    @Test("of a change makes other changes wait their turn, and no question")
    func inTurn() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            let diary = Diary()
            let server = try hangingServer(path, gate, diary)
            defer { server.stop() }
            var clients: [RawClient] = []
            defer { for client in clients { client.end() } }
            for number in 0..<5 {
                clients.append(try RawClient(path))
                clients[number].send("change \(number)\n")
                #expect(eventually { gate.waitingCount == 1 })
                // The order of two clients' lines is only known when the one has been taken before the other.
                #expect(try ask(path, "status") == "status")
            }
            #expect(gate.waitingCount == 1)
            gate.open()
            for (number, client) in clients.enumerated() {
                #expect(text(client.receive(10)) == "change \(number)\n\n")
            }
            #expect(diary.all == (0..<5).map { "change \($0)" })
        }
    }

    @Test("of a change that waits its turn is not made when whoever asked for it has gone")
    func gone() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            let diary = Diary()
            let server = try hangingServer(path, gate, diary)
            defer { server.stop() }
            let first = try RawClient(path)
            defer { first.end() }
            first.send("change first\n")
            #expect(eventually { gate.waitingCount == 1 })
            let second = try RawClient(path)
            second.send("change second\n")
            #expect(try ask(path, "status") == "status")
            second.end()
            #expect(try ask(path, "status") == "status")
            let third = try RawClient(path)
            defer { third.end() }
            third.send("change third\n")
            #expect(try ask(path, "status") == "status")
            gate.open()
            #expect(text(third.receive(14)) == "change third\n\n")
            #expect(diary.all == ["change first", "change third"])
        }
    }

    @Test("is one of sixteen at most: one request more is told to try again, though those who asked have gone")
    func bounded() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            let server = try hangingServer(path, gate)
            defer { server.stop() }
            for number in 0..<ControlLimits.connectionsMax {
                let client = try RawClient(path)
                defer { client.end() }
                client.send("look\n")
                #expect(eventually { gate.waitingCount == number + 1 })
            }
            #expect(try ask(path, "status").contains("control.busy"))
            gate.open()
            #expect(eventually { (try? ask(path, "status")) == "status" })
        }
    }

    @Test("holds a stop up for a second, not for longer")
    func stop() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            defer { gate.open() }
            let diary = Diary()
            let server = try hangingServer(path, gate, diary)
            let client = try RawClient(path)
            defer { client.end() }
            client.send("change first\n")
            #expect(eventually { gate.waitingCount == 1 })
            let waiting = try RawClient(path)
            defer { waiting.end() }
            waiting.send("change second\n")
            let start = monotonicMilliseconds()
            server.stop()
            // The gate would hold it for ten.
            #expect(monotonicMilliseconds() - start < 5_000)
            #expect(client.receiveAll() == "" && waiting.receiveAll() == "")
            gate.open()
            #expect(eventually { gate.waitingCount == 0 })
            #expect(diary.all.allSatisfy { $0 == "change first" })
        }
    }
}

@Suite("Clients that keep the control socket waiting")
struct SilentClientTests {
    @Test("do not take the place of a patient one by coming and going")
    func passersBy() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let isHeld = Atomic(true)
            let server = try ControlServer(path: path) { line, _ in
                while line.first == UInt8(ascii: "w"), isHeld.load(ordering: .relaxed) { usleep(1_000) }
                return line
            }
            defer { server.stop() }
            let patient = try RawClient(path)
            defer { patient.end() }
            let waiting = try RawClient(path)
            defer { waiting.end() }
            waiting.send("w\n")
            usleep(50_000)
            // All of them arrive in one turn of the server's, and have gone by then.
            for _ in 0..<40 { try RawClient(path).end() }
            isHeld.store(false, ordering: .relaxed)
            #expect(text(waiting.receive(3)) == "w\n\n")
            #expect(try ask(path, "now") == "now")
            patient.send("here\n")
            #expect(text(patient.receive(6)) == "here\n\n")
        }
    }

    @Test("sixty-four silent ones shut nobody out: the one that was silent longest makes room")
    func silent() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            let server = try hangingServer(path, gate)
            defer { server.stop() }
            let slow = try RawClient(path)
            defer { slow.end() }
            slow.send("look\n")
            #expect(eventually { gate.waitingCount == 1 })
            var clients: [RawClient] = []
            defer { for client in clients { client.end() } }
            for number in 0..<64 {
                clients.append(try RawClient(path))
                // Some have begun to ask.
                if number % 2 == 0 { clients[number].send("{\"half") }
            }
            for number in 0..<50 { #expect(try ask(path, "status \(number)") == "status \(number)") }
            #expect(clients[1].isHungUp())
            // Whoever is being answered is not the one to go.
            gate.open()
            #expect(text(slow.receive(6)) == "look\n\n")
        }
    }

    @Test("a byte now and then is no request: it is hung up on like silence")
    func trickling() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try hangingServer(path, Gate(), idleMillisecondsMax: 500)
            defer { server.stop() }
            let client = try RawClient(path)
            defer { client.end() }
            var sent = 0
            // Half a minute at most.
            while sent < 600, client.send("x") == 1 {
                sent += 1
                usleep(50_000)
            }
            #expect(sent < 600)
        }
    }

    @Test("an answer that is not taken is given up, and a long one that is being fetched is not")
    func notTaking() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let gate = Gate()
            let server = try ControlServer(
                path: path, idleMillisecondsMax: 500,
                reception: { line, _ in
                    if text(line) == "much" {
                        return .answered(
                            Array(repeating: Array(repeating: 0x61, count: 999) + [0x0A], count: 5_000).flatMap { $0 })
                    }
                    return .beside {
                        gate.wait()
                        return line
                    }
                })
            defer { server.stop() }
            let patient = try RawClient(path)
            defer { patient.end() }
            patient.send("look\n")
            let sleeper = try RawClient(path)
            defer { sleeper.end() }
            sleeper.send("much\n")
            usleep(1_500_000)
            let received = sleeper.receive(Int.max)
            #expect(!received.isEmpty && received.count < 5_000_000)
            gate.open()
            #expect(text(patient.receive(6)) == "look\n\n")
        }
    }
}
