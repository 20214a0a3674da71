package import KeyValueStore
internal import Synchronization

/// The revision that all caches contain. Moves forwards only, after every cache has its changes.
package final class RevisionClock: Sendable {
    private let value = Atomic<Revision>(0)

    package init() {}

    package var revision: Revision { value.load(ordering: .acquiring) }

    func advance(to revision: Revision) { value.max(revision, ordering: .acquiringAndReleasing) }
}
