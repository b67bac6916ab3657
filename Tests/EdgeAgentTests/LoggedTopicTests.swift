// What a log may show of a topic that nobody knows.

import EdgeAgent
import Testing

@Suite("A topic in the log")
struct LoggedTopicTests {
    @Test(
        "shows names and hides what may be a number or a text about a person",
        arguments: [
            ("shop/v1/tablet-1/do/nonsense", "shop/v1/tablet-1/do/nonsense"),
            ("$SYS/broker/uptime", "$SYS/broker/uptime"),
            ("shop/v1/0698765432/ask/scan", "shop/v1/…/ask/scan"), ("shop/v1/scanner-123/x", "shop/v1/scanner-123/x"),
            ("shop/v1/Marie Dupont/x", "shop/v1/…/x"), ("a/b1234", "a/…"), ("é/b", "…/b"), ("", ""),
            ("a//b", "a//b"), ("1/2/3/4/5/6/7/8/9/10", "1/2/3/4/5/6/7/8/…"),
        ])
    func shown(topic: String, text: String) { #expect(LoggedTopic.text(topic) == text) }
}
