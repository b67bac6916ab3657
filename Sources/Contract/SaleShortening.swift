// The result of a till's long file, cut to what a reply can carry.

extension SaleResult {
    /// This result, or as much of it as has at most `bytesMax` bytes: what became of each line always stays.
    ///
    /// Sentences and warnings go first, since the code says the same and headquarters has them; then the older promises.
    public func shortened(toBytes bytesMax: Int) -> SaleResult {
        guard json.encoded().count > bytesMax else { return self }
        var result = SaleResult(lines: lines.map(\.withoutSentences), shortfalls: shortfalls, isShortened: true)
        var promises = Shortfall.promisesMax
        while promises > 0, result.json.encoded().count > bytesMax {
            promises /= 2
            result = SaleResult(
                lines: result.lines, shortfalls: result.shortfalls.map { $0.naming(promises) }, isShortened: true)
        }
        return result
    }
}

extension SaleResult.Line {
    fileprivate var withoutSentences: SaleResult.Line { SaleResult.Line(key, outcome, reason: reason) }
}

extension SaleResult.Shortfall {
    /// The shortfall with so many of its promises named at most.
    fileprivate func naming(_ count: Int) -> SaleResult.Shortfall {
        let named = promises.prefix(count)
        return SaleResult.Shortfall(
            sku: sku, short: short, promises: Array(named), morePromises: morePromises + promises.count - named.count)
    }
}
