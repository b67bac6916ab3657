// The technician's tool and the agent, over a real socket.

import Glibc
import Synchronization
import Testing

@testable import ControlSocket

@Suite("The control socket answers")
struct ControlAnswerTests {
    @Test("a question with the handler's line, and tells it who asked")
    func answers() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, peer in
                line + Array(" from \(peer.user) \(peer.group) \(peer.process)".utf8)
            }
            defer { server.stop() }
            #expect(try ask(path, #"{"a":1}"#) == "{\"a\":1} from \(getuid()) \(getgid()) \(getpid())")
            #expect(try ask(path, "{}\n").hasPrefix("{} from"))
        }
    }

    @Test("whoever asks as a member of the groups that the asking process was in")
    func groups() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { _, peer in
                Array(peer.groups.sorted().map(String.init).joined(separator: " ").utf8)
            }
            defer { server.stop() }
            var groups = [gid_t](repeating: 0, count: 65_536)
            let count = getgroups(Int32(groups.count), &groups)
            try #require(count >= 0)
            let own = groups.prefix(Int(count)).sorted().map(String.init).joined(separator: " ")
            #expect(try ask(path, "groups") == own)
        }
        let peer = Peer(user: 1_000, group: 100, groups: [7, 27], process: 1)
        #expect([100, 7, 27].allSatisfy(peer.isIn))
        #expect(!peer.isIn(1_000) && !peer.isIn(0))
    }

    @Test("with many lines, with none, and with a line of 256 KiB, all told from a cut answer")
    func shapes() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in
                switch text(line) {
                case "many": Array((0..<50_000).map { "line \($0)\n" }.joined().utf8)
                case "none": []
                case "blank": Array("\n\na\n\n\nb\n\n".utf8)
                case "long line": [UInt8](repeating: 0x61, count: ControlLimits.lineByteCountMax)
                case "too long line": [UInt8](repeating: 0x61, count: ControlLimits.lineByteCountMax + 1)
                case "too long": [UInt8](repeating: 0x0A, count: ControlLimits.answerByteCountMax + 1)
                default: line
                }
            }
            defer { server.stop() }
            let many = try ask(path, "many").split(separator: "\n")
            #expect(many.count == 50_000 && many.last == "line 49999")
            #expect(try ask(path, "none") == "")
            #expect(try ask(path, "blank") == "a\nb")
            #expect(try ask(path, "long line").utf8.count == ControlLimits.lineByteCountMax)
            #expect(try ask(path, "too long line").contains("control.answerTooLong"))
            #expect(try ask(path, "too long").contains("control.answerTooLong"))
            let longest = String(repeating: "q", count: ControlLimits.lineByteCountMax)
            #expect(try ask(path, longest) == longest)
        }
    }

    @Test("several questions on one connection in order, in whatever pieces they arrive")
    func pipelined() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in line }
            defer { server.stop() }
            let client = try RawClient(path)
            defer { client.end() }
            for piece in ["{\"n\"", ":1}", "\n{\"n\":2}\n\n\n{\"n\":", "3}"] {
                client.send(piece)
                usleep(20_000)
            }
            // The last one has no end of line; closing our side ends it, as a pipe into socat does.
            client.endSending()
            #expect(client.receiveAll() == "{\"n\":1}\n\n{\"n\":2}\n\n{\"n\":3}\n\n")
        }
    }

    @Test("a client that asks much and reads nothing without hoarding, and everybody else meanwhile")
    func slowReader() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let handled = Atomic(0)
            let server = try ControlServer(path: path) { line, _ in
                handled.add(1, ordering: .relaxed)
                return line.first == UInt8(ascii: "b") ? [UInt8](repeating: 0x61, count: 200_000) : line
            }
            defer { server.stop() }
            let sleeper = try RawClient(path)
            defer { sleeper.end() }
            sleeper.send(String(repeating: "b\n", count: 150))
            for number in 0..<50 { #expect(try ask(path, "n\(number)") == "n\(number)") }
            #expect(handled.load(ordering: .relaxed) < 100)
            // When it reads at last, nothing is missing.
            sleeper.endSending()
            #expect(sleeper.receive(Int.max).count == 150 * 200_002)
        }
    }

    @Test("a line that never ends with a problem, and hangs up")
    func endlessLine() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in line }
            defer { server.stop() }
            let client = try RawClient(path)
            defer { client.end() }
            let sent = client.send([UInt8](repeating: 0x61, count: 4_000_000))
            #expect(sent < 4_000_000)
            #expect(client.receiveAll().contains("control.lineTooLong"))
            #expect(try ask(path, "{}") == "{}")
        }
    }

    @Test("sixteen clients at once; the seventeenth takes the place of the one that was silent longest")
    func manyClients() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in line }
            defer { server.stop() }
            var clients: [RawClient] = []
            defer { for client in clients { client.end() } }
            for number in 0..<ControlLimits.connectionsMax {
                clients.append(try RawClient(path))
                clients[number].send("{}\n")
                #expect(text(clients[number].receive(4)) == "{}\n\n")
            }
            // The first one asks again: the second has been silent longest now.
            usleep(20_000)
            clients[0].send("{}\n")
            #expect(text(clients[0].receive(4)) == "{}\n\n")
            #expect(try ask(path, "{}") == "{}")
            #expect(clients[1].isHungUp())
            for client in [clients[0], clients[2], clients[15]] {
                client.send("{}\n")
                #expect(text(client.receive(4)) == "{}\n\n")
            }
        }
    }

    @Test("nothing to a client that is silent too long: it hangs up, and on nobody else")
    func idle() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path, idleMillisecondsMax: 1_000) { line, _ in line }
            defer { server.stop() }
            let sleeper = try RawClient(path)
            defer { sleeper.end() }
            let busy = try RawClient(path)
            defer { busy.end() }
            for _ in 0..<15 {
                usleep(100_000)
                busy.send("{}\n")
                #expect(text(busy.receive(4)) == "{}\n\n")
            }
            #expect(sleeper.isHungUp())
        }
    }

    @Test("clients that hang up in the middle of anything without harm")
    func rudeClients() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in
                line.count == 1 ? [UInt8](repeating: 0x61, count: 250_000) : line
            }
            defer { server.stop() }
            for round in 0..<60 {
                let client = try RawClient(path)
                if round % 3 > 0 { client.send(round % 3 == 1 ? "{\"half" : "b\nb\nb\n") }
                client.end()
            }
            #expect(eventually { (try? ask(path, "{}")) == "{}" })
        }
    }

    @Test("threads that ask at the same time, each with its own answer")
    func concurrent() async throws {
        var template = Array("/tmp/store-edge-control-XXXXXX".utf8CString)
        try #require(template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false })
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(directory) }
        let path = directory + "/control"
        let server = try ControlServer(path: path) { line, _ in line }
        defer { server.stop() }
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<4 {
                group.addTask {
                    (0..<100).count { (try? ask(path, "\(task).\($0)")) != "\(task).\($0)" }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}

@Suite("The control socket's file")
struct ControlSocketFileTests {
    @Test("has mode 0660 whatever the umask, and is gone after a stop")
    func modeAndEnd() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in line }
            var facts = stat()
            try #require(lstat(path, &facts) == 0)
            #expect(facts.st_mode & S_IFMT == S_IFSOCK && facts.st_mode & 0o7777 == 0o660)
            server.stop()
            server.stop()
            #expect(lstat(path, &facts) != 0 && errno == ENOENT)
            #expect(failure(path) == .noSocket(path: path))
        }
    }

    @Test("left by a process that was killed is replaced at the next start")
    func stale() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            // What a killed process leaves: a bound name that nobody listens to any more.
            let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let address = try #require(UnixAddress(path))
            try #require(address.withPointer { bind(dead, $0, $1) } == 0)
            try #require(listen(dead, 1) == 0)
            close(dead)
            #expect(failure(path) == .notRunning(path: path))
            let server = try ControlServer(path: path) { line, _ in line }
            defer { server.stop() }
            #expect(try ask(path, "{}") == "{}")
        }
    }

    @Test("at which another process answers is left to it, and the refusal names that process")
    func living() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let first = try ControlServer(path: path) { line, _ in line }
            defer { first.stop() }
            #expect(startFailure(path) == .anotherAnswers(path: path, process: getpid()))
            #expect(startFailure(path)?.description.contains("\(getpid())") == true)
            #expect(try ask(path, "{}") == "{}")
        }
    }

    @Test("whose owner is too busy to accept is left alone too")
    func busy() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let owner = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(owner) }
            let address = try #require(UnixAddress(path))
            try #require(address.withPointer { bind(owner, $0, $1) } == 0)
            try #require(listen(owner, 0) == 0)
            let waiting = try RawClient(path)
            defer { waiting.end() }
            #expect(startFailure(path) == .anotherAnswers(path: path, process: nil))
            #expect(failure(path, timeoutMilliseconds: 100) == .timedOut(path: path, timeoutMilliseconds: 100))
        }
    }

    @Test("is never made over a file of another kind")
    func otherKinds() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let file = open(path, O_WRONLY | O_CREAT, 0o600)
            close(file)
            #expect(startFailure(path) == .notASocket(path: path))
            #expect(failure(path) == .noSocket(path: path))
            unlink(path)
            try #require(symlink(directory + "/other", path) == 0)
            #expect(startFailure(path) == .notASocket(path: path))
        }
    }

    @Test("needs a directory, and a path that a socket can have")
    func paths() throws {
        try inDirectory { directory in
            let absent = directory + "/absent/control"
            #expect(startFailure(absent) == .directoryMissing(path: absent))
            #expect(failure(absent) == .noSocket(path: absent))
            let longest = directory + "/" + String(repeating: "p", count: 106 - directory.utf8.count)
            #expect(startFailure(longest) == nil)
            let tooLong = longest + "p"
            #expect(startFailure(tooLong) == .pathTooLong(path: tooLong, byteCount: 108))
            #expect(failure(tooLong) == .pathTooLong(path: tooLong, byteCount: 108))
            #expect(startFailure(tooLong)?.description.contains("107") == true)
            #expect(startFailure("") == .pathTooLong(path: "", byteCount: 0))
        }
    }

    @Test("that was replaced by another's meanwhile is not removed at the stop")
    func replaced() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let first = try ControlServer(path: path) { line, _ in line }
            try #require(rename(path, directory + "/other") == 0)
            let second = try ControlServer(path: path) { _, _ in Array("second".utf8) }
            defer { second.stop() }
            first.stop()
            #expect(try ask(path, "{}") == "second")
        }
    }
}

@Suite("A technician who asks in vain")
struct ControlErrorTests {
    @Test("is told after the time they gave, and not much later, that no answer came")
    func timeout() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let released = Atomic(false)
            let server = try ControlServer(path: path) { line, _ in
                _ = eventually { released.load(ordering: .acquiring) }
                return line
            }
            defer { server.stop() }
            let start = monotonicMilliseconds()
            #expect(failure(path, timeoutMilliseconds: 150) == .timedOut(path: path, timeoutMilliseconds: 150))
            #expect((150..<3_000).contains(monotonicMilliseconds() - start))
            released.store(true, ordering: .releasing)
        }
    }

    @Test("learns that the agent stopped in the middle of the answer, and is not given half of it")
    func cut() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let owner = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(owner) }
            let address = try #require(UnixAddress(path))
            try #require(address.withPointer { bind(owner, $0, $1) } == 0)
            try #require(listen(owner, 4) == 0)
            var thread = pthread_t()
            let context = UnsafeMutableRawPointer(bitPattern: Int(owner))
            pthread_create(
                &thread, nil,
                { context in
                    for answer in ["", "{\"half\":", "{\"whole\":1}\n"] {
                        let client = accept(Int32(Int(bitPattern: context)), nil, nil)
                        _ = answer.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                        close(client)
                    }
                    return nil
                }, context)
            for _ in 0..<3 { #expect(failure(path) == .closedEarly(path: path)) }
            pthread_join(thread, nil)
        }
    }

    @Test("gets the answer to the question at hand when the server stops meanwhile")
    func stopWhileAnswering() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let entered = Atomic(false)
            let server = try ControlServer(path: path) { line, _ in
                entered.store(true, ordering: .releasing)
                usleep(200_000)
                return line
            }
            let client = try RawClient(path)
            defer { client.end() }
            client.send("last\nnever\n")
            #expect(eventually { entered.load(ordering: .acquiring) })
            server.stop()
            #expect(client.receiveAll() == "last\n\n")
            #expect(failure(path) == .noSocket(path: path))
        }
    }

    @Test("may not send two lines, none, or more than 256 KiB as one question")
    func badRequests() throws {
        for line in ["", "\n", "a\nb", "a\n\n", String(repeating: "a", count: ControlLimits.lineByteCountMax + 1)] {
            #expect(throws: ControlError.badRequest) { try ask("/nowhere", line) }
        }
    }

    @Test(
        "without the right to the socket is told which group has it",
        .enabled(if: geteuid() == 0, "only root can give a file to a group and then be nobody"))
    func permission() throws {
        try inDirectory { directory in
            let path = directory + "/control"
            let server = try ControlServer(path: path) { line, _ in line }
            defer { server.stop() }
            try #require(chmod(directory, 0o755) == 0)
            // Group 1 is "daemon" on every Debian.
            try #require(chown(path, 0, 1) == 0)
            #expect(try asNobody { failure(path) } == .permissionDenied(path: path, group: "daemon"))
            // With the directory closed, the file's own group is hidden and the directory's is named.
            try #require(chown(directory, 0, 2) == 0 && chmod(directory, 0o750) == 0)
            #expect(try asNobody { failure(path) } == .permissionDenied(path: path, group: "bin"))
            #expect(
                ControlError.permissionDenied(path: path, group: "daemon").description.contains("usermod -aG daemon"))
            // Others than the group's name may own a number only.
            try #require(chmod(directory, 0o755) == 0 && chown(path, 0, 54_321) == 0)
            #expect(try asNobody { failure(path) } == .permissionDenied(path: path, group: "54321"))
        }
    }

    /// Runs `body` with the file rights of nobody, on this thread alone: other tests run beside.
    private func asNobody<Result>(_ body: () throws -> Result) throws -> Result {
        let nobody: UInt32 = 65_534
        setFileGroup(nobody)
        setFileUser(nobody)
        defer {
            setFileUser(0)
            setFileGroup(0)
        }
        return try body()
    }
}

/// setfsuid(2) and setfsgid(2), which the Glibc module leaves out, change the rights of the calling thread only.
@_silgen_name("setfsuid") @discardableResult private func setFileUser(_ user: UInt32) -> Int32
@_silgen_name("setfsgid") @discardableResult private func setFileGroup(_ group: UInt32) -> Int32
