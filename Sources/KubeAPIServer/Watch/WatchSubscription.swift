package import APIMachinery
package import APIRegistry
package import KeyValueStore
internal import Synchronization

/// One client's watch: a cursor into the history of a cache.
///
/// It holds no events of its own. The connection pulls frames when it can write; who pulls too
/// seldom falls out of the history and is told so with 410.
package final class WatchSubscription: CacheListener {
    /// Frames handed out at once, so that one watcher does not hold up the others on its event loop.
    package static let batchMax = 256

    package enum Pull: Sendable {
        /// Write these, then pull again.
        case frames([[UInt8]])
        /// Nothing new: wait to be told.
        case idle
        /// Write these, then end the stream.
        case ended([[UInt8]])
    }

    private struct State {
        var sequence: Int
        /// Objects that were there when the watch began and are still to be sent.
        var initial: ArraySlice<CachedObject>
        var owesInitialEnd: Bool
        var revision: Revision
        var isClosed = false
        var notify: (@Sendable () -> Void)?
    }

    private let cache: ResourceCache
    private let filter: ObjectFilter
    private let encoder: ResponseEncoder
    package let wantsBookmarks: Bool
    /// After this the server ends the watch.
    package let timeout: Duration
    private let state: Mutex<State>

    package init(
        cache: ResourceCache, filter: ObjectFilter, encoder: ResponseEncoder, sequence: Int,
        initial: [CachedObject], owesInitialEnd: Bool, revision: Revision, wantsBookmarks: Bool, timeout: Duration
    ) {
        self.cache = cache
        self.filter = filter
        self.encoder = encoder
        self.wantsBookmarks = wantsBookmarks
        self.timeout = timeout
        state = Mutex(
            State(
                sequence: sequence, initial: initial[...], owesInitialEnd: owesInitialEnd, revision: revision))
    }

    package var contentType: String {
        encoder.type.encoding == .protobuf
            ? "application/vnd.kubernetes.protobuf;stream=watch" : "application/json"
    }

    /// Begins to be told: `notify` is called, from any thread, whenever a pull may bring something.
    package func start(notify: @escaping @Sendable () -> Void) throws(StatusError) {
        state.withLock { $0.notify = notify }
        try cache.add(self)
        notify()
    }

    package func stop() {
        cache.remove(self)
        state.withLock { $0.notify = nil }
    }

    package func cacheDidAdvance() {
        let notify = state.withLock { $0.notify }
        notify?()
    }

    package func cacheDidClose() {
        let notify = state.withLock { state in
            state.isClosed = true
            return state.notify
        }
        notify?()
    }

    /// The next frames. One caller at a time.
    package func pull() -> Pull {
        do throws(StatusError) {
            if let frames = try pullInitial() { return .frames(frames) }
            let (sequence, isClosed) = state.withLock { ($0.sequence, $0.isClosed) }
            guard let (events, revision) = cache.events(from: sequence, max: Self.batchMax) else {
                throw .expired("too old resource version: the watch fell behind")
            }
            var frames: [[UInt8]] = []
            for event in events {
                if let kind = Self.kind(of: event, under: filter) { frames.append(try encoder.event(event, as: kind)) }
            }
            state.withLock { state in
                state.sequence = sequence + events.count
                state.revision = events.count < Self.batchMax ? revision : events.last?.revision ?? state.revision
            }
            if isClosed, events.isEmpty { return .ended(frames) }
            return events.isEmpty ? .idle : .frames(frames)
        } catch {
            return .ended([encoder.error(error)])
        }
    }

    private func pullInitial() throws(StatusError) -> [[UInt8]]? {
        let (objects, endsAt) = state.withLock { state -> ([CachedObject], Revision?) in
            let batch = Array(state.initial.prefix(Self.batchMax))
            state.initial = state.initial.dropFirst(batch.count)
            guard state.initial.isEmpty, state.owesInitialEnd else { return (batch, nil) }
            state.owesInitialEnd = false
            return (batch, state.revision)
        }
        guard !objects.isEmpty || endsAt != nil else { return nil }
        var frames: [[UInt8]] = []
        for object in objects { frames.append(try encoder.initial(object)) }
        if let endsAt { frames.append(try encoder.bookmark(endsAt, endsInitialEvents: true)) }
        return frames
    }

    /// A bookmark for the revision that this watch has reached; `nil` when the client wants none.
    package func bookmark() -> [UInt8]? {
        guard wantsBookmarks else { return nil }
        let revision = state.withLock { $0.revision }
        // A bookmark that cannot be encoded is one bookmark less.
        return try? encoder.bookmark(revision, endsInitialEvents: false)
    }

    /// What an event is to somebody who sees only what the filter includes; `nil`: nothing.
    private static func kind(of event: CacheEvent, under filter: ObjectFilter) -> CacheEvent.Kind? {
        let isIn = event.kind != .deleted && filter.includes(event.object)
        let was = event.previous.map(filter.includes) ?? false
        switch (was, isIn) {
        case (false, false): return nil
        case (false, true): return .added
        case (true, true): return .modified
        case (true, false): return .deleted
        }
    }
}
