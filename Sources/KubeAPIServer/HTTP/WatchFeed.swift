internal import APIMachinery
internal import APIRegistry
internal import NIOCore
internal import Synchronization

/// The watches that one event loop serves, by the cache that they follow.
final class WatchLoop: Sendable {
    let eventLoop: any EventLoop
    private let feeds: NIOLoopBoundBox<[ObjectIdentifier: WatchFeed]>

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        feeds = .makeBoxSendingValue([:], eventLoop: eventLoop)
    }

    /// On the event loop, as is ``remove(_:from:)``.
    func add(_ writer: WatchWriter, to cache: ResourceCache) throws(StatusError) {
        let feed: WatchFeed
        if let present = feeds.value[ObjectIdentifier(cache)] {
            feed = present
        } else {
            feed = WatchFeed(cache, eventLoop)
            try cache.add(feed)
            feeds.value[ObjectIdentifier(cache)] = feed
        }
        try feed.add(writer)
    }

    func remove(_ writer: WatchWriter, from cache: ResourceCache) {
        guard let feed = feeds.value[ObjectIdentifier(cache)] else { return }
        feed.remove(writer)
        guard feed.isEmpty else { return }
        feeds.value[ObjectIdentifier(cache)] = nil
        cache.remove(feed)
    }
}

/// All watches of one event loop on one cache: told once that there is something new, however many they are.
final class WatchFeed: CacheListener {
    private let cache: ResourceCache
    private let eventLoop: any EventLoop
    private let isDue = Atomic<Bool>(false)
    private let writers: NIOLoopBoundBox<[ObjectIdentifier: WatchWriter]>

    init(_ cache: ResourceCache, _ eventLoop: any EventLoop) {
        self.cache = cache
        self.eventLoop = eventLoop
        writers = .makeBoxSendingValue([:], eventLoop: eventLoop)
    }

    var isEmpty: Bool { writers.value.isEmpty }

    func add(_ writer: WatchWriter) throws(StatusError) {
        guard writers.value.count < ResourceCache.listenersMax else { throw cache.tooManyWatches }
        writers.value[ObjectIdentifier(writer)] = writer
    }

    func remove(_ writer: WatchWriter) { writers.value[ObjectIdentifier(writer)] = nil }

    func cacheDidAdvance() {
        guard !isDue.exchange(true, ordering: .acquiringAndReleasing) else { return }
        eventLoop.execute { self.run() }
    }

    func cacheDidClose() { cacheDidAdvance() }

    private func run() {
        // What comes from here on is told anew.
        isDue.store(false, ordering: .sequentiallyConsistent)
        var turn = WatchTurn(cache)
        // A watch may end on the way, and with it others of its connection.
        for writer in writers.value.values { writer.pump(&turn) }
    }
}

/// What the watches that write in one turn of the event loop share.
struct WatchTurn {
    var reader: EventReader
    /// Emptied by each who uses it.
    var frames: [[UInt8]] = []

    init(_ cache: ResourceCache) { reader = EventReader(cache) }
}
