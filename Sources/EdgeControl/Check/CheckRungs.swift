// The ladder of `edgectl check`, from the plug upwards. Each part of it stands in a file of its own.

/// All rungs, in the order in which they are told.
enum CheckRungs {
    static let all: [Rung] = MachineRungs.all + NetworkRungs.all

    /// Their names.
    static var names: [String] { all.map(\.name) }
}
