package import APIMachinery
package import Determinism
package import KeyValueStore
internal import Synchronization

/// Somebody who waits for events of a cache. Told on the thread that publishes, so must only take note.
package protocol CacheListener: AnyObject, Sendable {
    func cacheDidAdvance()
    /// The cache is going away (its resource is no longer served, or the server stops).
    func cacheDidClose()
}

/// All objects of one resource, with the recent past for those who watch.
///
/// The state is a value behind one lock; readers take references out of it and encode nothing.
package final class ResourceCache: Sendable {
    /// How many events are kept for watchers that resume or lag.
    package static let historyMax = 8192
    /// Events older than this are dropped, beyond a small number that is always kept.
    package static let historyAge = Duration.seconds(180)
    package static let historyMin = 128
    package static let listenersMax = 100_000

    private struct State {
        var objects: [String: CachedObject] = [:]
        var keys = SortedKeys()
        /// Values of the indexed field to keys, when the resource has one.
        var byField: [String: SortedKeys] = [:]
        var history: [CacheEvent] = []
        /// The sequence number of `history[0]`.
        var firstSequence = 0
        /// History at or before this revision is not known.
        var unknownThrough: Revision = 0
        /// The revision of the newest event.
        var revision: Revision = 0
        var listeners: [ObjectIdentifier: any CacheListener] = [:]
        var isClosed = false
        /// While a cache that was added later is filled: removals that the list may not know of yet.
        var removals: [String: Revision]?
    }

    package let resource: GroupResource
    package let fields: [SelectableField]
    /// The selectable field that lists are indexed by (`spec.nodeName` of pods), as an index into `fields`.
    private let indexedField: Int?
    private let state = Mutex(State())
    private let time: any Timekeeper

    private let clock: RevisionClock

    package init(
        resource: GroupResource, fields: [SelectableField], indexedField: String?, clock: RevisionClock,
        time: any Timekeeper
    ) {
        self.resource = resource
        self.clock = clock
        self.fields = fields
        self.indexedField = indexedField.flatMap { name in fields.firstIndex { $0.name == name } }
        self.time = time
    }

    /// A cache that nothing ever fills, for resources that are not stored.
    package static func unstored(_ resource: GroupResource, fields: [SelectableField]) -> ResourceCache {
        ResourceCache(
            resource: resource, fields: fields, indexedField: nil, clock: RevisionClock(), time: SystemTimekeeper())
    }

    // MARK: Reading

    package func get(_ key: String) -> CachedObject? { state.withLock { $0.objects[key] } }

    /// The revision of the newest change.
    package var lastChange: Revision { state.withLock { $0.revision } }

    package var count: Int { state.withLock { $0.objects.count } }

    package struct Listing: Sendable {
        package var objects: [CachedObject]
        package var revision: Revision
        /// The key to go on after, when the limit was reached.
        package var next: String?
        /// How many further objects there are, when that is known without looking at them.
        package var remaining: Int?
    }

    /// The objects that the filter includes, in order of their keys, at most `limit` (0: all).
    package func list(_ filter: ObjectFilter, limit: Int = 0, after: String? = nil) -> Listing {
        let reached = clock.revision
        return state.withLock { list(filter, limit: limit, after: after, reached: reached, in: $0) }
    }

    private func list(
        _ filter: ObjectFilter, limit: Int, after: String?, reached: Revision, in state: State
    ) -> Listing {
        let prefix = filter.namespace.isEmpty ? "" : filter.namespace + "/"
        var listing = Listing(objects: [], revision: max(reached, state.revision), next: nil, remaining: nil)
        let field = filter.fields.first { $0.isEqual && $0.index == indexedField }
        let keys = field.map { state.byField[$0.value] ?? SortedKeys() } ?? state.keys
        if limit == 0, prefix.isEmpty, field == nil { listing.objects.reserveCapacity(state.objects.count) }
        keys.forEach(prefix: prefix, after: after) { key in
            guard let object = state.objects[key] else { return true }
            guard filter.isScopeOnly || filter.includes(object) else { return true }
            if limit > 0, listing.objects.count == limit {
                listing.next = listing.objects.last?.key
                return false
            }
            listing.objects.append(object)
            return true
        }
        if listing.next != nil, filter.isScopeOnly {
            listing.remaining = Self.count(keys, prefix: prefix, after: listing.next)
        }
        return listing
    }

    private static func count(_ keys: SortedKeys, prefix: String, after: String?) -> Int {
        var count = 0
        keys.forEach(prefix: prefix, after: after) { _ in
            count += 1
            return true
        }
        return count
    }

    // MARK: Watching

    /// The sequence number of the first event after `revision`; throws 410 when that is no longer known.
    package func sequence(after revision: Revision) throws(StatusError) -> Int {
        let found: Int? = state.withLock { state in
            guard revision >= state.unknownThrough else { return nil }
            var low = 0
            var high = state.history.count
            while low < high {
                let middle = (low + high) / 2
                if state.history[middle].revision <= revision { low = middle + 1 } else { high = middle }
            }
            return state.firstSequence + low
        }
        guard let found else {
            throw .expired("too old resource version: \(revision) (\(state.withLock { $0.unknownThrough }))")
        }
        return found
    }

    /// The current objects and the sequence number of the first event that they do not contain.
    package func snapshot(_ filter: ObjectFilter) -> (listing: Listing, sequence: Int) {
        let reached = clock.revision
        return state.withLock { state in
            let listing = list(filter, limit: 0, after: nil, reached: reached, in: state)
            return (listing, state.firstSequence + state.history.count)
        }
    }

    /// A part of the recent past.
    package struct Page: Sendable {
        /// An array of their own: a slice would share the history, and have it copied when the next event comes.
        package var events: [CacheEvent] = []
        /// What the cache has reached.
        package var revision: Revision
        /// No further events will come.
        package var isClosed: Bool
    }

    /// Up to `max` events from a sequence number on; `nil` when the reader has fallen out of the history.
    package func events(from sequence: Int, max: Int) -> Page? {
        let reached = clock.revision
        return state.withLock { state in
            let offset = sequence - state.firstSequence
            guard offset >= 0 else { return nil }
            var page = Page(revision: Swift.max(reached, state.revision), isClosed: state.isClosed)
            if offset < state.history.count {
                page.events = Array(state.history[offset..<Swift.min(state.history.count, offset + max)])
            }
            return page
        }
    }

    package func add(_ listener: any CacheListener) throws(StatusError) {
        let accepted = state.withLock { state in
            guard !state.isClosed, state.listeners.count < Self.listenersMax else { return false }
            state.listeners[ObjectIdentifier(listener)] = listener
            return true
        }
        guard accepted else { throw tooManyWatches }
    }

    package var tooManyWatches: StatusError { .tooManyRequests("too many watches of \(resource)", retryAfter: 1) }

    package func remove(_ listener: any CacheListener) {
        state.withLock { _ = $0.listeners.removeValue(forKey: ObjectIdentifier(listener)) }
    }

    package var watchCount: Int { state.withLock { $0.listeners.count } }

    // MARK: Changing, by the hub alone

    /// From now on until ``load(_:at:)``, notes what is removed.
    func expectLoad() { state.withLock { $0.removals = [:] } }

    /// Takes the first state over; whatever happened before is unknown. Changes that came meanwhile are newer and win.
    func load(_ objects: [CachedObject], at revision: Revision) {
        state.withLock { state in
            for object in objects where (state.removals?[object.key] ?? 0) < object.revision {
                if let present = state.objects[object.key] {
                    if present.revision < object.revision { replace(present, with: object, in: &state) }
                } else {
                    insert(object, into: &state)
                }
            }
            state.removals = nil
            state.unknownThrough = revision
            state.revision = max(state.revision, revision)
        }
    }

    /// Drops everything before a new ``load(_:at:)``; watchers fall out of the history and list anew.
    func forget() {
        let listeners = state.withLock { state in
            state.objects.removeAll()
            state.keys = SortedKeys()
            state.byField.removeAll()
            state.firstSequence += state.history.count + 1
            state.history.removeAll()
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.cacheDidAdvance() }
    }

    /// Applies one change of the store. `object` is `nil` for a removal.
    func apply(key: String, revision: Revision, object: CachedObject?) {
        let now = time.uptime
        state.withLock { state in
            let previous = state.objects[key]
            if object == nil { state.removals?[key] = revision }
            if let object {
                if let previous { replace(previous, with: object, in: &state) } else { insert(object, into: &state) }
                append(
                    CacheEvent(
                        kind: previous == nil ? .added : .modified, object: object, previous: previous, bornAt: now),
                    to: &state)
            } else if let previous {
                drop(previous, from: &state)
                append(
                    CacheEvent(kind: .deleted, object: previous.moved(to: revision), previous: previous, bornAt: now),
                    to: &state)
            }
            state.revision = revision
        }
    }

    func tellListeners() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.cacheDidAdvance() }
    }

    /// Ends all watches; the cache answers reads from what it has.
    package func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners.removeAll() }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.cacheDidClose() }
    }

    private func insert(_ object: CachedObject, into state: inout State) {
        if state.objects.updateValue(object, forKey: object.key) == nil { state.keys.insert(object.key) }
        if let indexedField { state.byField[object.selectable[indexedField], default: SortedKeys()].insert(object.key) }
    }

    private func replace(_ previous: CachedObject, with object: CachedObject, in state: inout State) {
        state.objects[object.key] = object
        guard let indexedField, previous.selectable[indexedField] != object.selectable[indexedField] else { return }
        state.byField[previous.selectable[indexedField]]?.remove(object.key)
        state.byField[object.selectable[indexedField], default: SortedKeys()].insert(object.key)
    }

    private func drop(_ object: CachedObject, from state: inout State) {
        state.objects[object.key] = nil
        state.keys.remove(object.key)
        if let indexedField { state.byField[object.selectable[indexedField]]?.remove(object.key) }
    }

    private func append(_ event: CacheEvent, to state: inout State) {
        state.history.append(event)
        var surplus = max(0, state.history.count - Self.historyMax)
        while state.history.count - surplus > Self.historyMin,
            event.bornAt - state.history[surplus].bornAt > Self.historyAge
        {
            surplus += 1
        }
        // Removing from the front of an array costs its length, so it is done in strides.
        guard surplus > state.history.count / 8 || surplus > Self.historyMax / 8 else { return }
        state.unknownThrough = state.history[surplus - 1].revision
        state.history.removeFirst(surplus)
        state.firstSequence += surplus
    }
}
