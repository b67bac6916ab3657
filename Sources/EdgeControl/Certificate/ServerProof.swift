// Proves a certificate of this box by serving it and connecting to it, before and after it is put in use.

import Glibc
import ShopModel

/// What a server shows to those who connect.
struct ServerProof {
    /// The authority that has to vouch for it.
    let authority: String
    let words: Words

    /// How long a server may take to show a certificate, in milliseconds.
    private static let patience = 10_000

    /// Serves a pair as the broker will, and connects to it as a device does.
    ///
    /// - Parameter name: a name of the certificate, with its `DNS:`.
    /// - Throws: `certificate.notProved` with what the client saw.
    func serve(_ store: CertificateStore, name: String) throws(Failure) {
        let port = Self.freePort()
        let configuration = store.pending + "/proof.conf"
        let user = currentUser
        unlink(configuration)
        let text = """
            listener \(port) 127.0.0.1
            allow_anonymous false
            certfile \(store.pendingCertificate)
            keyfile \(store.pendingKey)
            user \(user)
            log_dest none

            """
        guard SmallFile.write(Array(text.utf8), to: configuration), chmod(configuration, 0o644) == 0 else {
            throw .certificateFile(configuration, errno, words)
        }
        defer { unlink(configuration) }
        guard let server = start(store, configuration, port) else {
            throw notProved(words.say("no server could be started", "aucun serveur n'a pu être démarré"))
        }
        // Ends it: a deadline that is over.
        defer { _ = server.converse(giving: [], bytesMax: 0, end: 0) }
        let deadline = Deadline(milliseconds: Self.patience)
        var seen = ""
        while !deadline.isOver {
            let run = ToolRun.run(
                "openssl",
                [
                    "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", authority, "-no-CApath",
                    "-verify_return_error", "-verify_hostname", String(name.dropFirst(4)), "-brief",
                ], seconds: 5)
            if run.succeeded { return }
            seen = run.complaintLine
            // Until it listens. Whatever else it shows, it will show again.
            if !seen.contains("connect") && !seen.isEmpty && !seen.contains("Connection refused") { break }
            usleep(50_000)
        }
        throw notProved(seen)
    }

    /// The broker itself where it is installed, as the user that it will be; else openssl.
    private func start(_ store: CertificateStore, _ configuration: String, _ port: Int) -> ChildProcess? {
        let openssl = [
            "openssl", "s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert", store.pendingCertificate, "-key",
            store.pendingKey,
        ]
        let broker = ["/usr/sbin/mosquitto", "-c", configuration]
        guard access(broker[0], X_OK) == 0 else {
            return try? ChildProcess.start(openssl, environment: variables).get()
        }
        var facts = stat()
        guard Self.maySetUser, let account = getpwnam("mosquitto"), stat(store.pendingKey, &facts) == 0,
            facts.st_gid == account.pointee.pw_gid
        else { return try? ChildProcess.start(broker, environment: variables).get() }
        let become = ["setpriv", "--reuid=mosquitto", "--regid=mosquitto", "--clear-groups", "--"]
        return try? ChildProcess.start(become + broker, environment: variables).get()
    }

    /// Whether this process may become another user; a service of ours may not, even as root.
    private static var maySetUser: Bool {
        let status = String(decoding: SmallFile.bytes("/proc/self/status", max: 65_536) ?? [], as: UTF8.self)
        let effective = status.split(whereSeparator: \.isNewline).first { $0.hasPrefix("CapEff:") }
        let bits = effective.flatMap { UInt64($0.dropFirst(7).filter(\.isHexDigit), radix: 16) } ?? 0
        return bits & (1 << 7) != 0
    }

    private var variables: [String] { ChildEnvironment.variables([:]) }
    private var currentUser: String { getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "root" }

    /// The ports of this box on which a certificate is shown now.
    func ports(_ ports: [Int], showing certificate: String) -> [Int] {
        guard let wanted = Self.firstBlock(certificate) else { return [] }
        return ports.filter { Self.shown(on: $0) == wanted }
    }

    /// Waits until a port shows a certificate.
    ///
    /// - Throws: `certificate.notTaken`.
    func wait(for port: Int, toShow certificate: String) throws(Failure) {
        let wanted = Self.firstBlock(certificate)
        let deadline = Deadline(milliseconds: Self.patience)
        while !deadline.isOver {
            if wanted != nil, Self.shown(on: port) == wanted { return }
            usleep(100_000)
        }
        throw notTaken(on: port)
    }

    private func notTaken(on port: Int) -> Failure {
        Failure(
            code: "certificate.notTaken",
            message: words.say(
                "Port \(port) does not show the new certificate after its reload.",
                "Le port \(port) ne présente pas le nouveau certificat après rechargement."),
            mend: words.say(
                "see why: journalctl -u edged-broker -u nginx", "voir : journalctl -u edged-broker -u nginx"),
            status: .fault)
    }

    /// Waits until no port shows another certificate of the shop's own authority than this one.
    ///
    /// What nobody listens on, or shows somebody else's certificate, is not waited for.
    ///
    /// - Returns: the ports that show it.
    /// - Throws: `certificate.notTaken`, naming the first port that goes on showing another.
    func wait(forAllOf ports: [Int], toShow certificate: String) throws(Failure) -> [Int] {
        guard let wanted = Self.firstBlock(certificate) else { throw .certificateFile(certificate, ENOENT, words) }
        let deadline = Deadline(milliseconds: Self.patience)
        while true {
            let shown = ports.map { (port: $0, block: Self.shown(on: $0)) }
            let other = shown.first { $0.block != nil && $0.block != wanted && isOwn($0.block ?? "") }
            guard let other else { return shown.filter { $0.block == wanted }.map(\.port) }
            if deadline.isOver { throw notTaken(on: other.port) }
            usleep(100_000)
        }
    }

    /// Whether the shop's own authority signed a certificate, whenever.
    private func isOwn(_ block: String) -> Bool {
        ToolRun.run(
            "openssl", ["verify", "-CAfile", authority, "-no-CApath", "-no_check_time"], reading: Array(block.utf8),
            seconds: 5
        ).succeeded
    }

    private static func shown(on port: Int) -> String? {
        CertificateFacts.blocks(
            of: ToolRun.run("openssl", ["s_client", "-connect", "127.0.0.1:\(port)"], seconds: 5).text
        ).first
    }

    private static func firstBlock(_ file: String) -> String? {
        SmallFile.bytes(file, max: 1 << 20).flatMap {
            CertificateFacts.blocks(of: String(decoding: $0, as: UTF8.self)).first
        }
    }

    /// A port of loopback that nobody has at this moment.
    private static func freePort() -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        guard let any = SocketAddress("127.0.0.1") else { return 0 }
        _ = any.withRaw { bind(socket, $0, $1) }
        var raw = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        return status == 0 ? Int(UInt16(bigEndian: raw.sin_port)) : 0
    }

    private func notProved(_ cause: String) -> Failure {
        Failure(
            code: "certificate.notProved",
            message: words.say(
                "The new certificate could not be proved by connecting, and is not used.",
                "Le nouveau certificat n'a pas pu être prouvé par une connexion ; il n'est pas utilisé."),
            cause: cause.isEmpty ? nil : cause, status: .fault)
    }
}
