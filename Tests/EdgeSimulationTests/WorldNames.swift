// Values that a test writes down itself and that are therefore right.

/// The value; a test that wrote a wrong name down stops here.
func sure<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a test's own name or choice is not one: \(Value.self)") }
    return value
}
