package import APIMachinery
package import APIRegistry
package import KeyValueStore
internal import Synchronization

/// One client's watch: a cursor into the history of a cache.
///
/// It holds no events of its own. Whoever writes to the client pulls frames when the cache has advanced and the client
/// can take them; who pulls too seldom falls out of the history and is told so with 410.
package final class WatchSubscription: Sendable {
    /// Frames handed out at once, so that one watcher does not hold up the others on its event loop.
    package static let batchMax = 256

    package enum Progress: Sendable {
        /// Pull again.
        case more
        /// That is all until the cache advances, or `notify` is called.
        case all
        /// The stream ends with these frames.
        case ended
    }

    /// What goes out at once.
    private struct Batch: Sendable {
        var initial: [CachedObject] = []
        /// Set where the list part of a watch-list ends.
        var initialEnd: Revision?
        var events: [CacheEvent] = []
        /// How far the watch has come when this has gone out.
        var revision: Revision?
        var progress = Progress.more
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
        var conversion = Conversion.none
        var notify: (@Sendable () -> Void)?
        var ended: [@Sendable () -> Void] = []
        var answerHeaders: [(name: String, value: String)] = []
    }

    package let cache: ResourceCache
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
        switch encoder.type.encoding {
        case .json, .yaml: "application/json"
        case .protobuf: "application/vnd.kubernetes.protobuf;stream=watch"
        case .cbor: "application/cbor-seq"
        }
    }

    /// `notify` is called, from any thread, when a pull may bring something though the cache has not advanced.
    package func start(notify: @escaping @Sendable () -> Void) { state.withLock { $0.notify = notify } }

    package func stop() {
        let ended = state.withLock { state in
            state.notify = nil
            defer { state.ended = [] }
            return state.ended
        }
        for body in ended { body() }
    }

    /// Called once, from any thread, when the watch is over.
    func onEnd(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.ended.append(body) } }

    /// What the head of the answer says beside its own.
    var answerHeaders: [(name: String, value: String)] {
        get { state.withLock { $0.answerHeaders } }
        set { state.withLock { $0.answerHeaders = newValue } }
    }

    /// Appends the next frames. One caller at a time.
    package func pull(_ reader: inout EventReader, into frames: inout [[UInt8]]) -> Progress {
        do throws(StatusError) {
            guard encoder.resource.webhook != nil else {
                return try write(try nextBatch(&reader), encoder, into: &frames)
            }
            guard let (batch, converted) = try nextConverted(&reader) else { return .all }
            var encoder = encoder
            encoder.converted = converted
            return try write(batch, encoder, into: &frames)
        } catch {
            frames.append(encoder.error(error))
            return .ended
        }
    }

    private func nextBatch(_ reader: inout EventReader) throws(StatusError) -> Batch {
        let (initial, sequence) = state.withLock { (Self.nextInitial(&$0), $0.sequence) }
        if let initial { return initial }
        guard let page = reader.page(from: sequence, max: Self.batchMax) else {
            throw .expired("too old resource version: the watch fell behind")
        }
        var batch = Batch(events: page.events, revision: page.revision)
        if page.events.count == Self.batchMax {
            batch.revision = page.events.last?.revision
        } else if !page.isClosed {
            batch.progress = .all
        } else if page.events.isEmpty {
            batch.progress = .ended
        }
        return batch
    }

    private static func nextInitial(_ state: inout State) -> Batch? {
        guard !state.initial.isEmpty || state.owesInitialEnd else { return nil }
        let objects = Array(state.initial.prefix(batchMax))
        state.initial = state.initial.dropFirst(objects.count)
        guard state.initial.isEmpty, state.owesInitialEnd else { return Batch(initial: objects) }
        state.owesInitialEnd = false
        return Batch(initial: objects, initialEnd: state.revision)
    }

    private func write(
        _ batch: Batch, _ encoder: ResponseEncoder, into frames: inout [[UInt8]]
    ) throws(StatusError) -> Progress {
        let known = frames.count
        for object in batch.initial where try encoder.resource.selects(object, filter, encoder.converted) {
            frames.append(try encoder.initial(object))
        }
        if let end = batch.initialEnd { frames.append(try encoder.bookmark(end, endsInitialEvents: true)) }
        for event in batch.events {
            if let kind = try kind(of: event, encoder) { frames.append(try encoder.event(event, as: kind)) }
        }
        if let revision = batch.revision {
            state.withLock { state in
                state.sequence += batch.events.count
                state.revision = revision
            }
        }
        encoder.resource.watchMeter?.sent(frames[known...])
        return batch.progress
    }

    // MARK: Conversion by a webhook

    /// The next batch with what the webhook has made of it; `nil` while it is asked.
    private func nextConverted(_ reader: inout EventReader) throws(StatusError) -> (Batch, ConvertedObjects)? {
        let conversion = state.withLock { state in
            let conversion = state.conversion
            if case .done = conversion { state.conversion = .none }
            return conversion
        }
        switch conversion {
        case .underWay: return nil
        case .done(var batch, let result):
            // What has come meanwhile has told of itself already, in vain.
            if batch.progress == .all { batch.progress = .more }
            return (batch, try result.get())
        case .none:
            let batch = try nextBatch(&reader)
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

/// Reads the history of a cache for watches that are pulled one after the other: most of them have come equally far.
package struct EventReader {
    private let cache: ResourceCache
    private var last: (sequence: Int, max: Int, page: ResourceCache.Page)?

    package init(_ cache: ResourceCache) { self.cache = cache }

    mutating func page(from sequence: Int, max: Int) -> ResourceCache.Page? {
        if let last, last.sequence == sequence, last.max == max { return last.page }
        let page = cache.events(from: sequence, max: max)
        last = page.map { (sequence, max, $0) }
        return page
    }
}
