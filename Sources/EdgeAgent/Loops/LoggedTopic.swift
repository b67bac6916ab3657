// A topic as a log may have it: what nobody knows may hold anything, a telephone number among it.

/// Topics in the log.
public enum LoggedTopic {
    /// The topic with `…` for each level that may say more than a name: one that is long, has four digits in a row, or
    /// any character beyond letters, digits, `.`, `-`, `_` and `$`. At most eight levels are shown.
    public static func text(_ topic: String) -> String {
        let levels = topic.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 8, omittingEmptySubsequences: false)
        return levels.map { isName($0) ? String(Substring($0)) : "…" }.joined(separator: "/")
    }

    private static func isName(_ level: Substring.UTF8View) -> Bool {
        guard level.count <= 40 else { return false }
        var digits = 0
        for byte in level {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if digits == 4 { return false }
                continue
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "$"):
                digits = 0
            default: return false
            }
        }
        return true
    }
}
