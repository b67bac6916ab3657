// The lanes in which events travel to headquarters (DESIGN law 7).

/// A lane of the way up. Lower numbers leave first; the last are given up first when the disk is short.
public enum Lane: Int, Sendable, CaseIterable, Comparable {
    case orders, stock, customer, status, moments

    /// The name in topics.
    public var name: String {
        switch self {
        case .orders: "orders"
        case .stock: "stock"
        case .customer: "customer"
        case .status: "status"
        case .moments: "moments"
        }
    }

    /// The lane of a name in topics; `nil` when there is none.
    public init?(name: some StringProtocol) {
        guard let lane = Lane.allCases.first(where: { $0.name == name }) else { return nil }
        self = lane
    }

    /// The more urgent comes first.
    public static func < (a: Lane, b: Lane) -> Bool { a.rawValue < b.rawValue }
}
