// The devices' pages: nginx answers over TLS and passes WebSockets on to the shop's broker.

import Contract
import Glibc
import ShopModel

/// `broker.pages`.
enum PagesRung {
    private static let sites = ["/etc/nginx/sites-enabled", "/etc/nginx/conf.d"]

    static func verdict(_ context: CheckContext) -> Verdict {
        let words = context.words
        guard let site = site(context) else {
            return Verdict(
                kind: .skipped,
                detail: words.say(
                    "no pages are installed here (nginx)", "aucune page n'est installée ici (nginx)"))
        }
        let port = port(site.text)
        let mend = words.say(
            "sudo nginx -t && sudo systemctl restart nginx; its log: /var/log/nginx/error.log",
            "sudo nginx -t && sudo systemctl restart nginx ; son journal : /var/log/nginx/error.log")
        let page = ask(port, path: "/", more: [])
        guard let status = status(page) else {
            return .fault(
                "pages.unreachable",
                words.say(
                    "https://127.0.0.1:\(port)/ gives no answer", "https://127.0.0.1:\(port)/ ne répond pas"),
                cause: words.say(
                    "nginx has stopped, or does not read \(site.path)", "nginx est arrêté, ou ne lit pas \(site.path)"),
                mend: mend)
        }
        guard status < 400 else {
            return .fault(
                "pages.refused", words.say("the pages answer \(status)", "les pages répondent \(status)"),
                cause: words.say(
                    "the files of the pages are missing or shut", "les fichiers des pages manquent ou sont fermés"),
                mend: mend)
        }
        let socket = ask(
            port, path: "/mqtt",
            more: [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: ZWRnZWN0bC1jaGVjay0xNg==", "Sec-WebSocket-Protocol: mqtt",
            ])
        guard let answer = self.status(socket), answer == 101 else {
            // Of a broker that has stopped, its own rung tells.
            if let broker = context.verdict(of: "broker.reachable"), broker.kind == .fault {
                return .skipped(because: "broker.reachable", words)
            }
            let seen = self.status(socket).map(String.init) ?? words.say("nothing", "rien")
            return .fault(
                "pages.noSocket",
                words.say("/mqtt does not lead to the broker: \(seen)", "/mqtt ne mène pas au broker : \(seen)"),
                cause: words.say(
                    "the broker's WebSocket listener (127.0.0.1:9001) is not there",
                    "l'écouteur WebSocket du broker (127.0.0.1:9001) n'est pas là"),
                mend: words.say(
                    "sudo systemctl restart edged-broker, then: sudo systemctl reload nginx",
                    "sudo systemctl restart edged-broker, puis : sudo systemctl reload nginx"))
        }
        return .fine(words.say("port \(port), and /mqtt leads to the broker", "port \(port), et /mqtt mène au broker"))
    }

    /// The site with the way to the broker.
    private static func site(_ context: CheckContext) -> (path: String, text: String)? {
        for folder in sites {
            for name in context.names(in: folder) {
                let path = folder + "/" + name
                if let text = context.text(path), text.contains("/mqtt"), text.contains("proxy_pass") {
                    return (path, text)
                }
            }
        }
        return nil
    }

    /// The first port with TLS that a site listens on.
    private static func port(_ text: String) -> Int {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" })
            guard words.first == "listen", words.contains("ssl"), words.count >= 2 else { continue }
            if let port = words[1].split(separator: ":").last.flatMap({ Int($0) }) { return port }
        }
        return 443
    }

    private static func ask(_ port: Int, path: String, more: [String]) -> String {
        let lines = ["GET \(path) HTTP/1.1", "Host: 127.0.0.1"] + (more.isEmpty ? ["Connection: close"] : more)
        let request = Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
        return ToolRun.run(
            "openssl", ["s_client", "-quiet", "-ign_eof", "-connect", "127.0.0.1:\(port)"], reading: request,
            seconds: 2,
            bytesMax: 65_536
        ).text
    }

    /// The number of an answer of HTTP.
    private static func status(_ text: String) -> Int? {
        guard text.hasPrefix("HTTP/1.") else { return nil }
        return text.dropFirst(9).prefix { $0.isNumber }.isEmpty ? nil : Int(text.dropFirst(9).prefix { $0.isNumber })
    }
}
