// Columns that hold values of the shop's own types.

import ShopModel

extension Row {
    /// A moment, kept as milliseconds since 1970.
    func instant(_ column: Int) throws(StorageError) -> Instant {
        Instant(milliseconds: Int64(try int(column)))
    }

    /// A moment, or nil for NULL.
    func optionalInstant(_ column: Int) throws(StorageError) -> Instant? {
        try optionalInt(column).map { Instant(milliseconds: Int64($0)) }
    }

    /// A name of its kind; a text that is none is refused as an unexpected value.
    func name<Name: Identifier>(_ column: Int, as kind: Name.Type = Name.self) throws(StorageError) -> Name {
        let text = try text(column)
        guard let name = Name(text) else { throw notA(kind, column) }
        return name
    }

    /// A name of its kind, or nil for NULL.
    func optionalName<Name: Identifier>(
        _ column: Int, as kind: Name.Type = Name.self
    ) throws(StorageError) -> Name? {
        isNull(column) ? nil : try name(column, as: kind)
    }

    /// A device, the agent itself included.
    func device(_ column: Int) throws(StorageError) -> DeviceID {
        let text = try text(column)
        if text == DeviceID.agent.value { return .agent }
        guard let device = DeviceID(text) else { throw notA(DeviceID.self, column) }
        return device
    }

    /// A case of an enumeration, kept by its name.
    func choice<Choice: RawRepresentable<String>>(
        _ column: Int, as kind: Choice.Type = Choice.self
    ) throws(StorageError) -> Choice {
        guard let choice = Choice(rawValue: try text(column)) else { throw notA(kind, column) }
        return choice
    }

    private func notA<Kind>(_ kind: Kind.Type, _ column: Int) -> StorageError {
        .unexpectedValue(statement: "", column: column, expected: String(describing: kind))
    }
}

extension Instant: Bindable {
    /// Binds the milliseconds since 1970.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        try milliseconds.bind(to: statement, at: position)
    }
}
