// A row of bars in text: how a number went, a column a sample.

/// A row of bars, the newest sample at the right.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The samples as bars.
    ///
    /// - Parameters:
    ///   - samples: oldest first; `nil` where there was none, which is a blank.
    ///   - width: columns; older samples that have no room are left out, a short row begins with blanks.
    /// - Returns: exactly `width` characters. The highest sample shown is a full bar, so that the row tells of shape;
    ///   the numbers beside it tell of size.
    static func row(_ samples: [Int?], width: Int) -> String {
        guard width > 0 else { return "" }
        let shown = samples.suffix(width)
        let top = max(1, shown.compactMap { $0 }.max() ?? 1)
        let row = shown.map { sample -> Character in
            guard let sample else { return " " }
            return bars[min(bars.count - 1, max(0, sample) * bars.count / top)]
        }
        return String(repeating: " ", count: width - row.count) + String(row)
    }
}
