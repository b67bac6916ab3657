// Which topics a subscription means (MQTT 3.1.1, 4.7).

/// A topic filter with its wildcards.
public struct TopicFilter: Equatable, Sendable {
    /// The filter as it was written.
    public let text: String
    private let levels: [Substring]

    /// A filter; `#` counts as a wildcard in the last level only.
    public init(_ text: String) {
        self.text = text
        levels = text.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// Whether the filter means this topic. Wildcards at the beginning do not mean topics that begin with `$`.
    public func matches(_ topic: String) -> Bool {
        let names = topic.split(separator: "/", omittingEmptySubsequences: false)
        if topic.utf8.first == UInt8(ascii: "$"), levels.first == "#" || levels.first == "+" { return false }
        for (index, level) in levels.enumerated() {
            if level == "#" { return index == levels.count - 1 }
            guard index < names.count, level == "+" || level == names[index] else { return false }
        }
        return levels.count == names.count || (levels.count == names.count + 1 && levels.last == "#")
    }
}
