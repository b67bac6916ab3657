// The elements of an array whose text as a whole cannot be read: so that one of them does not stop the others.

/// Tells the elements of an array apart by brackets and strings alone, without reading them.
enum JSONParts {
    /// The texts of the elements, each to be read by itself; `nil` when the text is no array whose brackets match.
    ///
    /// Nothing is said of what is in an element: two values with no comma between them are one part, and refused when it
    /// is read.
    static func elements(of text: [UInt8]) -> [ArraySlice<UInt8>]? {
        var parts: [ArraySlice<UInt8>] = []
        var open: [UInt8] = []
        var start = 0
        var isInString = false
        var isOver = false
        var at = 0
        while at < text.count {
            let byte = text[at]
            at += 1
            if isInString {
                if byte == UInt8(ascii: "\\") { at += 1 }
                if byte == UInt8(ascii: "\"") { isInString = false }
                continue
            }
            if open.isEmpty {
                // Around the array there are blanks and nothing else.
                if isBlank(byte) { continue }
                guard !isOver, byte == UInt8(ascii: "[") else { return nil }
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open.append(byte)
                if open.count == 1 { start = at }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                // In ASCII the closing bracket stands two behind the opening one.
                guard let last = open.popLast(), last + 2 == byte else { return nil }
                guard open.isEmpty else { continue }
                let part = text[start..<(at - 1)]
                if !parts.isEmpty || !part.allSatisfy(isBlank) { parts.append(part) }
                isOver = true
            case UInt8(ascii: ",") where open.count == 1:
                parts.append(text[start..<(at - 1)])
                start = at
            default: break
            }
        }
        return isOver ? parts : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
