// Whom this box asks for the time, by the configuration of whichever time service it has.

import Glibc

/// A time server.
struct TimeServer: Equatable, Sendable {
    let host: String
    var port = 123

    /// The servers of systemd-timesyncd, chrony and ntpd, each once, in the order in which they are written.
    static func configured(_ context: CheckContext) -> [TimeServer] {
        var servers: [TimeServer] = []
        for server in timesyncd(context) + chrony(context) where !servers.contains(server) { servers.append(server) }
        return servers
    }

    /// timesyncd.conf(5): `NTP=`, and `FallbackNTP=` while there is none.
    private static func timesyncd(_ context: CheckContext) -> [TimeServer] {
        var named: [String: [String]] = [:]
        for folder in ["/usr/lib/systemd", "/run/systemd", "/etc/systemd"] {
            let parts = context.names(in: "\(folder)/timesyncd.conf.d").filter { $0.hasSuffix(".conf") }
            for path in ["\(folder)/timesyncd.conf"] + parts.map({ "\(folder)/timesyncd.conf.d/\($0)" }) {
                for line in lines(path, context) {
                    let halves = line.split(separator: "=", maxSplits: 1)
                    guard halves.count == 2 else { continue }
                    let hosts = halves[1].split(separator: " ").map(String.init)
                    named[halves[0].filter { $0 != " " }] = hosts
                }
            }
        }
        if let hosts = named["NTP"] ?? named["FallbackNTP"], !hosts.isEmpty {
            return hosts.map { TimeServer(host: $0) }
        }
        // What Debian builds in.
        let isInstalled = access(context.machine("/usr/lib/systemd/systemd-timesyncd"), X_OK) == 0
        return isInstalled ? (0...1).map { TimeServer(host: "\($0).debian.pool.ntp.org") } : []
    }

    /// chrony.conf(5) and ntp.conf(5): `server NAME [port N]`, `pool NAME`.
    private static func chrony(_ context: CheckContext) -> [TimeServer] {
        let folders = [("/etc/chrony/conf.d", ".conf"), ("/etc/chrony/sources.d", ".sources")]
        let parts = folders.flatMap { folder, ending in
            context.names(in: folder).filter { $0.hasSuffix(ending) }.map { "\(folder)/\($0)" }
        }
        var servers: [TimeServer] = []
        for path in ["/etc/chrony/chrony.conf"] + parts + ["/etc/ntpsec/ntp.conf", "/etc/ntp.conf"] {
            for line in lines(path, context) {
                let words = line.split(separator: " ").map(String.init)
                guard words.count >= 2, ["server", "pool", "peer"].contains(words[0]) else { continue }
                var server = TimeServer(host: words[1])
                if let place = words.firstIndex(of: "port"), place + 1 < words.count, let port = Int(words[place + 1]) {
                    server.port = port
                }
                servers.append(server)
            }
        }
        return servers
    }

    /// Lines that say something.
    private static func lines(_ path: String, _ context: CheckContext) -> [String] {
        (context.text(path) ?? "").split(separator: "\n").map { line in
            String(line.drop { $0 == " " || $0 == "\t" }).replacing("\t", with: " ")
        }.filter { !$0.hasPrefix("#") && !$0.hasPrefix("!") && !$0.hasPrefix(";") }
    }
}
