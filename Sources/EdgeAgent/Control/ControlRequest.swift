// What is asked over the control socket: one JSON object in one line.

import Contract
import ShopModel

/// A request of `edgectl` or of anyone else who may use the control socket: the command's name, the language of the
/// answer, and the command's own fields, which are still to be read.
public struct ControlRequest: Sendable {
    /// The command, `noun.verb`.
    public let command: String
    /// The language of the sentences in the answer; the shop's first one when the request does not say.
    public let language: Language?
    /// All fields; those above are read already.
    public var fields: ObjectReader

    /// Elements of a page: 1 to 200.
    public static let pageMax = 200
    /// Elements of a page when the request does not say.
    public static let pageDefault = 50

    /// Reads a request.
    ///
    /// - Throws: what `JSONReader` and `ObjectReader` refuse.
    public init(_ line: [UInt8]) throws(Refusal) {
        fields = try ObjectReader(try JSONReader.read(line))
        command = try fields.text("command", max: 64)
        language = try fields.optionalChoice("language", as: Language.self)
    }
}

extension ObjectReader {
    /// How many elements of a page are wanted.
    mutating func pageLimit() throws(Refusal) -> Int {
        try optionalInteger("limit", in: 1...ControlRequest.pageMax) ?? ControlRequest.pageDefault
    }
}
