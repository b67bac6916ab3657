// The three characters with which a scanner says what kind of symbol it read.

/// An AIM symbology identifier (ISO/IEC 15424): `]`, a letter for the symbology, a character for its options.
public struct SymbologyIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The letter: `E` for EAN/UPC, `C` Code 128, `e` DataBar, `d` Data Matrix, `Q` QR Code, `J` DotCode, `I` ITF.
    public let symbology: UInt8
    /// The options, a digit or a letter.
    public let modifier: UInt8

    /// Reads the identifier at the start of `bytes[start...]`; `nil` when there is none.
    init?(_ bytes: [UInt8], at start: Int) {
        guard start + 3 <= bytes.count, bytes[start] == UInt8(ascii: "]"), bytes[start + 1].isLetter,
            bytes[start + 2].isDigit || bytes[start + 2].isLetter
        else { return nil }
        symbology = bytes[start + 1]
        modifier = bytes[start + 2]
    }

    private func matches(_ letter: UInt8, _ options: String) -> Bool {
        symbology == letter && options.utf8.contains(modifier)
    }

    /// Whether the symbol began with FNC1, so that its data is a GS1 element string
    /// (GS1 General Specifications, 5.1.3: `]C1 ]e0 ]d2 ]Q3 ]J1`; `]d5 ]Q4 ]J4` are the same with character sets).
    public var isGS1: Bool {
        switch symbology {
        case UInt8(ascii: "C"): modifier == UInt8(ascii: "1")
        case UInt8(ascii: "e"): modifier == UInt8(ascii: "0")
        case UInt8(ascii: "d"): matches(UInt8(ascii: "d"), "25")
        case UInt8(ascii: "Q"): matches(UInt8(ascii: "Q"), "34")
        case UInt8(ascii: "J"): matches(UInt8(ascii: "J"), "14")
        default: false
        }
    }

    /// Whether this is `]E0`: EAN-13, UPC-A or UPC-E.
    var isRetail: Bool { matches(UInt8(ascii: "E"), "0") }
    /// Whether this is `]E3`: EAN-13, UPC-A or UPC-E with an add-on of two or five digits behind.
    var hasAddOn: Bool { matches(UInt8(ascii: "E"), "3") }
    /// Whether this is `]E4`: EAN-8.
    var isEAN8: Bool { matches(UInt8(ascii: "E"), "4") }

    /// The three characters.
    public var description: String { String(decoding: [UInt8(ascii: "]"), symbology, modifier], as: UTF8.self) }
}
