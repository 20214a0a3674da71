internal import Synchronization

/// What pages make of all that is served: made when it is first asked for, and anew when something else is served.
final class CatalogContents<Contents: Sendable>: Sendable {
    private let catalog: ResourceCatalog
    private let kept = Mutex<(version: Int, contents: Contents)?>(nil)

    init(_ catalog: ResourceCatalog) { self.catalog = catalog }

    /// The contents and the version of the catalog that they are made of.
    func current(_ make: ([ServedResource]) -> Contents) -> (version: Int, contents: Contents) {
        if let kept = kept.withLock({ $0 }), kept.version == catalog.version { return kept }
        let (version, resources) = catalog.snapshot
        let made = (version, make(resources))
        kept.withLock { $0 = made }
        return made
    }
}
