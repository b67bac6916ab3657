// What goes back over the control socket: lines, then an empty one, so that a cut answer is never taken for a whole one.

/// The framing of answers.
enum Answer {
    static let lineEnd = UInt8(ascii: "\n")

    /// A handler's lines as they go out: empty ones left out, every one ended, an empty one at the end. An answer that
    /// passes a limit becomes a problem that says so.
    static func framed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count <= ControlLimits.answerByteCountMax else {
            return problem(
                "control.answerTooLong", "The answer is longer than 16 MiB. Ask for it in pages.", retry: "never")
        }
        var framed: [UInt8] = []
        framed.reserveCapacity(bytes.count + 2)
        for line in bytes.split(separator: lineEnd) {
            guard line.count <= ControlLimits.lineByteCountMax else {
                return problem(
                    "control.answerTooLong", "A line of the answer is longer than 256 KiB.", retry: "never")
            }
            framed += line
            framed.append(lineEnd)
        }
        framed.append(lineEnd)
        return framed
    }

    static var requestTooLong: [UInt8] {
        problem("control.lineTooLong", "A request is one line of at most 256 KiB.", retry: "never")
    }

    static var tooManyConnections: [UInt8] {
        problem("control.busy", "16 requests are being answered already. Try again in a moment.", retry: "later")
    }

    /// A problem of the socket itself, in the shape of every reply of the house. The texts need no escapes.
    private static func problem(_ code: String, _ detail: String, retry: String) -> [UInt8] {
        let line = #"{"outcome":"refused","problem":{"code":"\#(code)","detail":"\#(detail)","retry":"\#(retry)"}}"#
        return Array(line.utf8) + [lineEnd, lineEnd]
    }
}
