// Prometheus' text format, as node_exporter's textfile collector reads it.

/// Metrics as text: families with their help and type, samples with their labels.
///
/// The format is Prometheus' own, version 0.0.4: prometheus.io/docs/instrumenting/exposition_formats. The collector
/// refuses timestamps, so none are written.
struct MetricsText {
    /// What a family is.
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var family = ""

    /// Begins a family.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        family = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// A sample of the family.
    mutating func sample(_ value: Int, _ labels: [(String, String)] = []) { line("", labels, "\(value)") }

    /// A sample of the family.
    mutating func sample(_ value: Double, _ labels: [(String, String)] = []) { line("", labels, "\(value)") }

    /// A truth, as Prometheus has it.
    mutating func sample(_ value: Bool, _ labels: [(String, String)] = []) { sample(value ? 1 : 0, labels) }

    /// A family with a single sample.
    mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        family(name, .gauge, help)
        sample(value)
    }

    /// A family with a single sample, in seconds or another unit that has parts.
    mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        family(name, .gauge, help)
        sample(value)
    }

    /// A family with a single truth.
    mutating func gauge(_ name: String, _ help: String, _ value: Bool) { gauge(name, help, value ? 1 : 0) }

    /// A family with a single sample that only grows.
    mutating func counter(_ name: String, _ help: String, _ value: Int) {
        family(name, .counter, help)
        sample(value)
    }

    /// A whole histogram.
    mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        family(name, .histogram, help)
        var count = 0
        for (bound, inBucket) in zip(histogram.bounds, histogram.counts) {
            count += inBucket
            line("_bucket", [("le", "\(bound)")], "\(count)")
        }
        count += histogram.counts.last ?? 0
        line("_bucket", [("le", "+Inf")], "\(count)")
        line("_sum", [], "\(histogram.sum)")
        line("_count", [], "\(count)")
    }

    private mutating func line(_ suffix: String, _ labels: [(String, String)], _ value: String) {
        text += family + suffix
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// Backslash, quote and line end are escaped in a label's value.
    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
