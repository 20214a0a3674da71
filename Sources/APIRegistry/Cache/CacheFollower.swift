package import APIMachinery
internal import Synchronization

/// Keeps something in step with a cache, on the thread that publishes: whoever has written an object
/// finds its effect (a role's permission, a custom resource's path) in force when the write returns.
package final class CacheFollower: CacheListener {
    /// What happened to which object, and how it was before.
    package typealias Handler = @Sendable (CacheEvent.Kind, CachedObject, _ previous: CachedObject?) -> Void

    private let cache: ResourceCache
    private let handle: Handler
    private let sequence = Mutex<Int?>(nil)

    package init(_ cache: ResourceCache, handle: @escaping Handler) {
        self.cache = cache
        self.handle = handle
    }

    /// Hands over what is there, then every change.
    package func start() throws(StatusError) {
        try cache.add(self)
        cacheDidAdvance()
    }

    package func stop() { cache.remove(self) }

    package func cacheDidAdvance() {
        sequence.withLock { sequence in
            while true {
                guard let from = sequence, let events = cache.events(from: from, max: 1024)?.events else {
                    let snapshot = cache.snapshot(ObjectFilter())
                    for object in snapshot.listing.objects { handle(.added, object, nil) }
                    sequence = snapshot.sequence
                    continue
                }
                if events.isEmpty { return }
                for event in events { handle(event.kind, event.object, event.previous) }
                sequence = from + events.count
            }
        }
    }

    package func cacheDidClose() {}
}
