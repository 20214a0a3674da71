internal import Synchronization

/// What pages make of all that is served: made when it is first asked for, and anew when something else is served.
final class CatalogContents<Contents: Sendable>: Sendable {
    private let catalog: ResourceCatalog
    private let others: @Sendable () -> Int
    private let kept = Mutex<(version: Int, contents: Contents)?>(nil)

    /// - others: changes whenever something else does of which the contents are made; only ever grows.
    init(_ catalog: ResourceCatalog, others: @escaping @Sendable () -> Int) {
        self.catalog = catalog
        self.others = others
    }

    /// The contents and the version of the catalog that they are made of.
    func current(_ make: ([ServedResource]) -> Contents) -> (version: Int, contents: Contents) {
        // Both only ever grow, so that their sum is another whenever one of them is. Asked before what they are about.
        let others = others()
        if let kept = kept.withLock({ $0 }), kept.version == catalog.version + others { return kept }
        let (version, resources) = catalog.snapshot
        let made = (version + others, make(resources))
        kept.withLock { $0 = made }
        return made
    }
}
