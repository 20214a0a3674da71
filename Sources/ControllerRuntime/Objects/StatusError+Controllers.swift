package import APIMachinery

extension StatusError {
    /// The namespace is going: nothing can be created in it any more, and trying again is of no use.
    package var isNamespaceEnding: Bool { causes.contains { $0.reason == "NamespaceTerminating" } }
}
