// Elements in their order: what every list of a simulated disk is read from.

/// Distinct elements, always in order. New ones mostly belong at the end, where they cost nothing to put.
struct SortedElements<Element: Comparable> {
    private(set) var elements: [Element] = []

    var isEmpty: Bool { elements.isEmpty }
    var first: Element? { elements.first }

    /// Puts an element in its place, once.
    mutating func insert(_ element: Element) {
        guard let last = elements.last, !(last < element) else {
            elements.append(element)
            return
        }
        let place = firstIndex { !($0 < element) }
        if elements[place] != element { elements.insert(element, at: place) }
    }

    /// Takes an element out, if it is there.
    mutating func remove(_ element: Element) {
        let place = firstIndex { !($0 < element) }
        if place < elements.count, elements[place] == element { elements.remove(at: place) }
    }

    /// What stands behind an element, whether or not that is there itself; everything for `nil`.
    func after(_ element: Element?) -> ArraySlice<Element> {
        guard let element else { return elements[...] }
        return elements[firstIndex { element < $0 }...]
    }

    /// What stands before the first element that is `beyond`.
    func prefix(until beyond: (Element) -> Bool) -> ArraySlice<Element> { elements[..<firstIndex(where: beyond)] }

    /// The place of the first element that fits; all behind it fit too.
    private func firstIndex(where fits: (Element) -> Bool) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if fits(elements[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Sorted elements by group: the reservations of each SKU. Groups are looked up, never listed.
struct SortedGroups<Group: Hashable, Element: Comparable> {
    private var groups: [Group: SortedElements<Element>] = [:]

    subscript(group: Group) -> SortedElements<Element> { groups[group] ?? SortedElements() }

    mutating func insert(_ element: Element, in group: Group) {
        groups[group, default: SortedElements()].insert(element)
    }

    mutating func remove(_ element: Element, from group: Group) {
        groups[group]?.remove(element)
        if groups[group]?.isEmpty == true { groups[group] = nil }
    }
}

/// An order by a moment (or another number) first, by name among equals.
struct Ranked<Name: Comparable>: Comparable {
    let rank: Int64
    let name: Name

    init(_ rank: Int64, _ name: Name) {
        self.rank = rank
        self.name = name
    }

    static func < (a: Ranked, b: Ranked) -> Bool { a.rank != b.rank ? a.rank < b.rank : a.name < b.name }
}

/// A text in the order of its bytes, as a database keeps it; texts that only look equal are not.
struct ByteText: Hashable, Comparable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ByteText, b: ByteText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
    static func < (a: ByteText, b: ByteText) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
