// Which release of the house this is: the agent and the tool say the same, so that a technician sees when they differ.

/// The release that this build is of.
public enum Release {
    /// Its version, as `edged --version` and `edgectl --version` print it.
    public static let version = "0.2.0"
}
