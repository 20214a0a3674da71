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
        /// Write these, then pull again, unless that is all for now: then wait to be told.
        case frames([[UInt8]], isAll: Bool)
        /// Write these, then end the stream.
        case ended([[UInt8]])
    }

    /// What goes out at once.
    private struct Batch: Sendable {
        var initial: [CachedObject] = []
        /// Set where the list part of a watch-list ends.
        var initialEnd: Revision?
        var events: [CacheEvent] = []
        /// How far the watch has come when this has gone out.
        var revision: Revision?
        var isAll = false
        var isLast = false
    }

    /// A batch that waits for a webhook to convert its objects.
    private enum Conversion {
        case none
        case underWay
        case done(Batch, Result<ConvertedObjects, StatusError>)
    }

    private struct State {
        var sequence: Int
        /// Objects that were there when the watch began and are still to be sent.
        var initial: ArraySlice<CachedObject>
        var owesInitialEnd: Bool
        var revision: Revision
        var isClosed = false
        var conversion = Conversion.none
        var notify: (@Sendable () -> Void)?
        var ended: (@Sendable () -> Void)?
    }

    private let cache: ResourceCache
    private let filter: ObjectFilter
    private let scope: ObjectFilter
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
        scope = filter.scope
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
        let ended = state.withLock { state in
            state.notify = nil
            defer { state.ended = nil }
            return state.ended
        }
        ended?()
    }

    /// Called once, from any thread, when the watch is over.
    func onEnd(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.ended = body } }

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
            guard encoder.resource.webhook != nil else { return try frames(of: try nextBatch(), encoder) }
            guard let (batch, converted) = try nextConverted() else { return .frames([], isAll: true) }
            var encoder = encoder
            encoder.converted = converted
            return try frames(of: batch, encoder)
        } catch {
            return .ended([encoder.error(error)])
        }
    }

    private func nextBatch() throws(StatusError) -> Batch {
        if let batch = nextInitial() { return batch }
        let (sequence, isClosed) = state.withLock { ($0.sequence, $0.isClosed) }
        guard let (events, revision) = cache.events(from: sequence, max: Self.batchMax) else {
            throw .expired("too old resource version: the watch fell behind")
        }
        state.withLock { $0.sequence = sequence + events.count }
        return Batch(
            events: events, revision: events.count < Self.batchMax ? revision : events.last?.revision,
            isAll: events.count < Self.batchMax && !isClosed, isLast: isClosed && events.isEmpty)
    }

    private func nextInitial() -> Batch? {
        state.withLock { state in
            let batch = Array(state.initial.prefix(Self.batchMax))
            state.initial = state.initial.dropFirst(batch.count)
            guard state.initial.isEmpty, state.owesInitialEnd else {
                return batch.isEmpty ? nil : Batch(initial: batch)
            }
            state.owesInitialEnd = false
            return Batch(initial: batch, initialEnd: state.revision)
        }
    }

    private func frames(of batch: Batch, _ encoder: ResponseEncoder) throws(StatusError) -> Pull {
        var frames: [[UInt8]] = []
        for object in batch.initial where try encoder.resource.selects(object, filter, encoder.converted) {
            frames.append(try encoder.initial(object))
        }
        if let end = batch.initialEnd { frames.append(try encoder.bookmark(end, endsInitialEvents: true)) }
        for event in batch.events {
            if let kind = try kind(of: event, encoder) { frames.append(try encoder.event(event, as: kind)) }
        }
        if let revision = batch.revision { state.withLock { $0.revision = revision } }
        return batch.isLast ? .ended(frames) : .frames(frames, isAll: batch.isAll)
    }

    // MARK: Conversion by a webhook

    /// The next batch with what the webhook has made of it; `nil` while it is asked.
    private func nextConverted() throws(StatusError) -> (Batch, ConvertedObjects)? {
        let conversion = state.withLock { state in
            let conversion = state.conversion
            if case .done = conversion { state.conversion = .none }
            return conversion
        }
        switch conversion {
        case .underWay: return nil
        case .done(var batch, let result):
            // What has come meanwhile has told of itself already, in vain.
            batch.isAll = false
            return (batch, try result.get())
        case .none:
            let batch = try nextBatch()
            let objects = toConvert(batch)
            if objects.isEmpty { return (batch, ConvertedObjects()) }
            state.withLock { $0.conversion = .underWay }
            Task {
                let result: Result<ConvertedObjects, StatusError>
                do throws(StatusError) { result = .success(try await encoder.resource.converted(objects)) } catch {
                    result = .failure(error)
                }
                end(batch, result)
            }
            return nil
        }
    }

    private func end(_ batch: Batch, _ result: Result<ConvertedObjects, StatusError>) {
        let notify = state.withLock { state in
            state.conversion = .done(batch, result)
            return state.notify
        }
        notify?()
    }

    /// A bookmark for the revision that this watch has reached; `nil` when the client wants none.
    package func bookmark() -> [UInt8]? {
        guard wantsBookmarks else { return nil }
        let revision = state.withLock { $0.revision }
        // A bookmark that cannot be encoded is one bookmark less.
        return try? encoder.bookmark(revision, endsInitialEvents: false)
    }

    /// What an event is to somebody who sees only what the filter includes; `nil`: nothing.
    private func kind(of event: CacheEvent, _ encoder: ResponseEncoder) throws(StatusError) -> CacheEvent.Kind? {
        // Where an object lies never changes.
        if filter.isScopeOnly { return filter.includes(event.object) ? event.kind : nil }
        let isIn = event.kind != .deleted ? try includes(event.object, encoder) : false
        let was = if let previous = event.previous { try includes(previous, encoder) } else { false }
        switch (was, isIn) {
        case (false, false): return nil
        case (false, true): return .added
        case (true, true): return .modified
        case (true, false): return .deleted
        }
    }

    private func includes(_ object: CachedObject, _ encoder: ResponseEncoder) throws(StatusError) -> Bool {
        guard encoder.resource.webhook != nil else { return filter.includes(object) }
        guard scope.includes(object) else { return false }
        return try encoder.resource.selects(object, filter, encoder.converted)
    }

    /// The objects that a webhook has to convert before the batch can be judged and encoded.
    private func toConvert(_ batch: Batch) -> [CachedObject] {
        let events = batch.events.flatMap { event in
            [event.object] + (filter.isScopeOnly ? [] : event.previous.map { [$0] } ?? [])
        }
        return (batch.initial + events).filter { scope.includes($0) && !encoder.resource.shows($0) }
    }
}
