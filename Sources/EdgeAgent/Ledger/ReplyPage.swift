// A page of a list, which ends before its reply is longer than the shop's broker lets through.

import Contract

/// The elements of a page, counted in bytes as well.
struct ReplyPage<Element: MessagePart> {
    /// What is told so far.
    private(set) var elements: [Element] = []
    private var bytes = 0

    /// Adds an element, unless the page would be too long with it. The first always fits, so that no list stands still.
    mutating func add(_ element: Element) -> Bool {
        let size = element.json.encoded().count + 1
        guard elements.isEmpty || bytes + size <= Reply.resultBytesMax else { return false }
        elements.append(element)
        bytes += size
        return true
    }
}
