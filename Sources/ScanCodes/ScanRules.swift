// What a shop tells the reading of codes about itself and the time.

/// What the reading of a code may depend on beside the code.
public struct ScanRules: Equatable, Sendable {
    /// The present year, from which the century of `YYMMDD` follows; without it such dates stay raw.
    public var referenceYear: Int?
    /// How the shop builds its own numbers, at most one rule a prefix (the first counts).
    public var restrictedNumbers: [RestrictedNumberRule]

    /// Makes rules; the defaults know no year and take every restricted number as a whole.
    public init(referenceYear: Int? = nil, restrictedNumbers: [RestrictedNumberRule] = []) {
        self.referenceYear = referenceYear
        self.restrictedNumbers = restrictedNumbers
    }
}
