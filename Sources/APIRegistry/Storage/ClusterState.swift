package import APIMachinery
package import Determinism
package import KeyValueStore
package import Logging
internal import Synchronization

/// The store and the caches in front of it: the one place where objects are written and read.
///
/// One watch over the whole store feeds every cache, so all caches are as of one revision. A store in
/// this process delivers a change before it acknowledges the write; behind a store elsewhere a writer
/// waits until the watch has caught up. Either way who has written sees it in the next read.
package final class ClusterState: Sendable {
    package static let prefix = "/registry/"
    /// Entries per page when the caches are filled.
    static let loadPage = 5000
    /// How long a reader waits for a revision that the cache has not reached.
    static let catchUpMax = Duration.seconds(3)

    /// A write under way: what its change will look like when the watch brings it.
    private final class PendingWrite: Sendable {
        let stored: [UInt8]
        let plain: [UInt8]
        let index: ObjectIndex
        let result = Mutex<CachedObject?>(nil)

        init(stored: [UInt8], plain: [UInt8], index: ObjectIndex) {
            self.stored = stored
            self.plain = plain
            self.index = index
        }
    }

    private struct Waiter {
        let revision: Revision
        let id: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var caches: [String: ResourceCache] = [:]
        var transformers: [String: any ValueTransformer] = [:]
        var pending: [String: [PendingWrite]] = [:]
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        var handle: (any WatchHandle)?
    }

    private let store: any RevisionedStore
    private let time: any Timekeeper
    private let logger: Logger
    private let clock = RevisionClock()
    private let state = Mutex(State())
    private let brokenWatch: AsyncStream<StoreError>
    private let watchBroke: AsyncStream<StoreError>.Continuation

    package init(store: any RevisionedStore, time: any Timekeeper, logger: Logger) {
        self.store = store
        self.time = time
        self.logger = logger
        (brokenWatch, watchBroke) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Setting up

    /// `/registry/apps/deployments/`; the core group is written `core`.
    package static func prefix(of resource: GroupResource) -> String {
        "\(prefix)\(resource.group.isEmpty ? "core" : resource.group)/\(resource.resource)/"
    }

    /// Adds a cache before the start, or later for a resource that is served from now on.
    package func addCache(
        _ resource: GroupResource, fields: [SelectableField], indexedField: String? = nil,
        transformer: any ValueTransformer = PlainTransformer()
    ) -> ResourceCache {
        let cache = ResourceCache(resource: resource, fields: fields, indexedField: indexedField, clock: clock, time: time)
        state.withLock { state in
            state.caches[Self.prefix(of: resource)] = cache
            state.transformers[Self.prefix(of: resource)] = transformer
        }
        return cache
    }

    package func removeCache(_ resource: GroupResource) {
        state.withLock { $0.caches.removeValue(forKey: Self.prefix(of: resource)) }?.close()
    }

    /// Fills all caches from the store and follows it from there.
    package func start() async throws(StoreError) {
        let revision = try await load(Self.prefix, at: nil)
        clock.advance(to: revision)
        try await follow(from: revision)
    }

    /// Fills a cache that was added after the start. Changes that the watch brings meanwhile are newer and win.
    package func load(_ cache: ResourceCache) async throws(StoreError) {
        cache.expectLoad()
        _ = try await load(Self.prefix(of: cache.resource), at: nil)
    }

    /// Keeps the watch on the store alive, until cancelled.
    package func run() async throws {
        for await error in brokenWatch {
            logger.error("the watch of the store broke", metadata: ["error": "\(error)"])
            var revision = self.revision
            while true {
                do throws(StoreError) {
                    if error.code == .compacted { revision = try await reload() }
                    try await follow(from: revision)
                    break
                } catch {
                    logger.warning("the store does not answer", metadata: ["error": "\(error)"])
                    try await time.sleep(for: .seconds(1))
                }
            }
        }
    }

    /// The newest revision that all caches contain.
    package var revision: Revision { clock.revision }

    // MARK: Writing

    package func create(
        _ object: Value, key: String, in cache: ResourceCache, timeToLive: Duration? = nil
    ) async throws(StoreError) -> CachedObject {
        try await write(object, key: key, in: cache) { (storeKey, bytes) throws(StoreError) in
            try await self.store.create(storeKey, bytes, timeToLive: timeToLive)
        }
    }

    package func update(
        _ object: Value, key: String, ifAt expected: Revision, in cache: ResourceCache, timeToLive: Duration? = nil
    ) async throws(StoreError) -> CachedObject {
        try await write(object, key: key, in: cache) { (storeKey, bytes) throws(StoreError) in
            try await self.store.update(storeKey, ifAt: expected, to: bytes, timeToLive: timeToLive)
        }
    }

    /// Removes the object and returns the revision of the removal.
    package func delete(_ key: String, ifAt expected: Revision?, in cache: ResourceCache) async throws(StoreError) -> Revision {
        let storeKey = Self.prefix(of: cache.resource) + key
        let revision = try await store.delete(storeKey, ifAt: expected)
        try await catchUp(to: revision, key: storeKey)
        return revision
    }

    private func write(
        _ object: Value, key: String, in cache: ResourceCache,
        _ put: (String, [UInt8]) async throws(StoreError) -> Revision
    ) async throws(StoreError) -> CachedObject {
        let prefix = Self.prefix(of: cache.resource)
        let storeKey = prefix + key
        let plain = StoredForm.encode(object)
        let transformer = transformer(for: prefix)
        let write = PendingWrite(
            stored: try transformer.seal(plain, key: storeKey), plain: plain,
            index: ObjectIndex(object, fields: cache.fields))
        state.withLock { $0.pending[storeKey, default: []].append(write) }
        defer {
            state.withLock { state in
                state.pending[storeKey]?.removeAll { $0 === write }
                if state.pending[storeKey]?.isEmpty == true { state.pending[storeKey] = nil }
            }
        }
        let revision = try await put(storeKey, write.stored)
        try await catchUp(to: revision, key: storeKey)
        if let made = write.result.withLock({ $0 }) { return made }
        return try Self.object(plain, key: key, revision: revision, index: write.index)
    }

    // MARK: Freshness

    /// A revision that no acknowledged write, here or on another server, is later than.
    package func latestRevision() async throws(StoreError) -> Revision {
        let revision = try await store.currentRevision()
        try await catchUp(to: revision, key: Self.prefix)
        return max(revision, self.revision)
    }

    /// Returns true once the caches contain `revision`, false when that takes too long.
    package func waitUntilCached(_ revision: Revision) async -> Bool {
        if self.revision >= revision { return true }
        return await withTaskGroup(of: Bool.self) { group in
            let id = state.withLock { state in
                state.nextWaiter += 1
                return state.nextWaiter
            }
            group.addTask { await self.wait(for: revision, id: id) }
            group.addTask {
                // Cancelled: the revision has come.
                try? await self.time.sleep(for: Self.catchUpMax)
                self.state.withLock { state in
                    state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
                }?.continuation.resume(returning: false)
                return false
            }
            let result = await group.next() ?? false
            group.cancelAll()
            return result
        }
    }

    private func wait(for revision: Revision, id: UInt64) async -> Bool {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if clock.revision >= revision { return true }
                state.waiters.append(Waiter(revision: revision, id: id, continuation: continuation))
                return false
            }
            if isThere { continuation.resume(returning: true) }
        }
    }

    private func catchUp(to revision: Revision, key: String) async throws(StoreError) {
        guard await waitUntilCached(revision) else {
            throw StoreError(.unavailable, key: key, detail: "the cache did not reach revision \(revision) in time")
        }
    }

    // MARK: Reading the store

    /// A list as of a revision of the past, read from the store's history.
    package func list(
        _ cache: ResourceCache, _ filter: ObjectFilter, at revision: Revision, limit: Int, after: String?
    ) async throws(StoreError) -> ResourceCache.Listing {
        let prefix = Self.prefix(of: cache.resource)
        let scope = filter.namespace.isEmpty ? prefix : "\(prefix)\(filter.namespace)/"
        var listing = ResourceCache.Listing(objects: [], revision: revision, next: nil, remaining: nil)
        var position = after.map { prefix + $0 }
        while true {
            let page = try await store.list(scope, at: revision, limit: Self.loadPage, after: position)
            for entry in page.entries {
                try await transformer(for: prefix).prepare(entry.value, key: entry.key)
                let object = try read(entry.value, key: entry.key, prefix: prefix, revision: entry.revision, cache)
                guard filter.includes(object) else { continue }
                if limit > 0, listing.objects.count == limit {
                    listing.next = listing.objects.last?.key
                    return listing
                }
                listing.objects.append(object)
            }
            guard page.hasMore, let last = page.entries.last else { return listing }
            position = last.key
        }
    }

    private func load(_ prefix: String, at revision: Revision?) async throws(StoreError) -> Revision {
        var objects: [String: [CachedObject]] = [:]
        var at = revision
        var after: String?
        while true {
            let page = try await store.list(prefix, at: at, limit: Self.loadPage, after: after)
            at = page.revision
            for entry in page.entries {
                guard let (cachePrefix, cache) = cache(for: entry.key) else { continue }
                try await transformer(for: cachePrefix).prepare(entry.value, key: entry.key)
                let object = try read(entry.value, key: entry.key, prefix: cachePrefix, revision: entry.revision, cache)
                objects[cachePrefix, default: []].append(object)
            }
            guard page.hasMore, let last = page.entries.last else { break }
            after = last.key
        }
        let loaded = state.withLock { $0.caches.filter { $0.key.hasPrefix(prefix) || prefix.hasPrefix($0.key) } }
        for (cachePrefix, cache) in loaded { cache.load(objects[cachePrefix] ?? [], at: at ?? 0) }
        return at ?? 0
    }

    /// The history that the watch needed is gone: ends all watches and takes the whole state anew.
    private func reload() async throws(StoreError) -> Revision {
        let caches = state.withLock { Array($0.caches.values) }
        for cache in caches { cache.forget() }
        let revision = try await load(Self.prefix, at: nil)
        advance(to: revision)
        return revision
    }

    private func follow(from revision: Revision) async throws(StoreError) {
        let handle = try await store.watch(Self.prefix, after: revision) { [weak self] in self?.receive($0) }
        state.withLock { state in
            state.handle?.cancel()
            state.handle = handle
        }
    }

    private func receive(_ delivery: WatchDelivery) {
        switch delivery {
        case .changes(let changes):
            var touched: [ResourceCache] = []
            for change in changes {
                guard let cache = apply(change) else { continue }
                if !touched.contains(where: { $0 === cache }) { touched.append(cache) }
            }
            if let last = changes.last { advance(to: last.revision) }
            for cache in touched { cache.tellListeners() }
        case .progress(let revision):
            advance(to: revision)
        case .ended(let error):
            watchBroke.yield(error)
        }
    }

    private func apply(_ change: Change) -> ResourceCache? {
        guard let (prefix, cache) = cache(for: change.key) else { return nil }
        let key = String(change.key.dropFirst(prefix.count))
        guard let value = change.value else {
            cache.apply(key: key, revision: change.revision, object: nil)
            return cache
        }
        let write = state.withLock { $0.pending[change.key]?.first { $0.stored == value } }
        do throws(StoreError) {
            let object =
                if let write {
                    try Self.object(write.plain, key: key, revision: change.revision, index: write.index)
                } else {
                    try read(value, key: change.key, prefix: prefix, revision: change.revision, cache)
                }
            write?.result.withLock { $0 = object }
            cache.apply(key: key, revision: change.revision, object: object)
            return cache
        } catch {
            if error.code == .unavailable {
                // Another server's key, which has to be asked for: everything is read anew, where one can wait.
                watchBroke.yield(StoreError(.compacted, key: error.key, detail: error.detail))
                return nil
            }
            logger.critical("a stored object does not read back", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func advance(to revision: Revision) {
        clock.advance(to: revision)
        let due = state.withLock { state in
            let due = state.waiters.filter { $0.revision <= revision }
            if !due.isEmpty { state.waiters.removeAll { $0.revision <= revision } }
            return due
        }
        for waiter in due { waiter.continuation.resume(returning: true) }
    }

    private func transformer(for prefix: String) -> any ValueTransformer {
        state.withLock { $0.transformers[prefix] } ?? PlainTransformer()
    }

    private func cache(for storeKey: String) -> (prefix: String, cache: ResourceCache)? {
        // `/registry/GROUP/RESOURCE/` is what comes up to the fourth slash.
        var slashes = 0
        var end = storeKey.utf8.startIndex
        while end < storeKey.utf8.endIndex, slashes < 4 {
            if storeKey.utf8[end] == UInt8(ascii: "/") { slashes += 1 }
            end = storeKey.utf8.index(after: end)
        }
        let prefix = String(storeKey[..<end])
        return state.withLock { $0.caches[prefix] }.map { (prefix, $0) }
    }

    private func read(
        _ stored: [UInt8], key: String, prefix: String, revision: Revision, _ cache: ResourceCache
    ) throws(StoreError) -> CachedObject {
        let transformer = transformer(for: prefix)
        let plain = try transformer.open(stored, key: key)
        guard let served = StoredForm.served(plain, at: revision) else {
            throw StoreError(.corrupt, key: key, detail: "unknown form")
        }
        do throws(JSONError) {
            let index = ObjectIndex(try Value(json: served.json), fields: cache.fields)
            return CachedObject(
                key: String(key.dropFirst(prefix.count)), revision: revision, json: served.json,
                versionOffset: served.versionOffset, index: index)
        } catch {
            throw StoreError(.corrupt, key: key, detail: "\(error)")
        }
    }

    private static func object(
        _ plain: [UInt8], key: String, revision: Revision, index: ObjectIndex
    ) throws(StoreError) -> CachedObject {
        guard let served = StoredForm.served(plain, at: revision) else {
            throw StoreError(.corrupt, key: key, detail: "unknown form")
        }
        return CachedObject(
            key: key, revision: revision, json: served.json, versionOffset: served.versionOffset, index: index)
    }
}
