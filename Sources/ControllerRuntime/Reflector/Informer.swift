package import APIClient
package import APIMachinery
package import APITypes
internal import Determinism
internal import Synchronization

/// What happened to a cached object.
package enum InformerEvent<T: APIObject>: Sendable {
    case added(T)
    case updated(old: T, new: T)
    case deleted(T)

    /// The newest known state of the object.
    package var object: T {
        switch self {
        case .added(let object), .deleted(let object): object
        case .updated(_, let new): new
        }
    }
}

/// A cache of all objects of a kind, kept up to date by one watch, with those who want to be told.
///
/// **Guarantees.** Handlers are called one after the other, in order of the server's revisions, after
/// the cache has the change. Nothing is skipped: after a gap the whole list is compared with the
/// cache and the difference is delivered.
package final class Informer<T: APIObject>: Sendable {
    package typealias Handler = @Sendable (InformerEvent<T>) -> Void
    package typealias IndexFunction = @Sendable (T) -> [String]

    /// An object on the heap, so that the cache moves a pointer.
    private final class Box: Sendable {
        let object: T
        init(_ object: T) { self.object = object }
    }

    private struct State {
        var objects: [ObjectKey: Box] = [:]
        var indexes: [String: (function: IndexFunction, keys: [String: Set<ObjectKey>])] = [:]
        var handlers: [Handler] = []
        var isSynced = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Everything up to this revision is in the cache.
        var revision: Int64 = 0
        var laggards: [UInt64: Laggard] = [:]
        var nextLaggard: UInt64 = 0
    }

    /// Somebody who waits until the cache shows what they wrote.
    private struct Laggard {
        let condition: @Sendable (borrowing State) -> Bool
        let resume: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: Reading

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    package func get(_ key: ObjectKey) -> T? { state.withLock { $0.objects[key] }?.object }

    /// All objects, or those of one namespace, in no order.
    package func list(namespace: String = "") -> [T] {
        let boxes = state.withLock { state in
            namespace.isEmpty
                ? Array(state.objects.values)
                : state.objects.compactMap { $0.key.namespace == namespace ? $0.value : nil }
        }
        return boxes.map(\.object)
    }

    package var keys: [ObjectKey] { state.withLock { Array($0.objects.keys) } }

    /// The objects for which the index function named `value`.
    package func list(index: String, _ value: String) -> [T] {
        let boxes = state.withLock { state in
            state.indexes[index]?.keys[value]?.compactMap { state.objects[$0] } ?? []
        }
        return boxes.map(\.object)
    }

    /// Returns once the first list is in the cache and has been delivered, or the task is cancelled.
    package func waitForSync() async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isOver = state.withLock { state in
                    let isOver = state.isSynced || Task.isCancelled
                    if !isOver { state.waiters[id] = waiter }
                    return isOver
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    // MARK: Reading one's own writes

    /// Returns once the cache has everything up to this resource version: what was written is then read back.
    package func catchUp(to resourceVersion: String) async {
        guard let wanted = Int64(resourceVersion) else { return }
        await wait { $0.revision >= wanted }
    }

    /// Writes an object's status and reads it back. An object that has gone meanwhile needs none.
    package func writeStatus(of object: T, by client: APIClient) async throws(StatusError) {
        do throws(StatusError) {
            let written = try await client.updateStatus(object)
            await catchUp(to: written.metadata.resourceVersion)
        } catch where error.reason == .notFound {}
    }

    /// Returns once the cache knows that the object with this UID is gone or going.
    package func catchUp(deletionOf key: ObjectKey, uid: String) async {
        await wait { state in
            guard let object = state.objects[key]?.object, object.metadata.uid == uid else { return true }
            return object.metadata.deletionTimestamp != nil
        }
    }

    private func wait(until condition: @escaping @Sendable (borrowing State) -> Bool) async {
        let id = state.withLock { state in
            state.nextLaggard += 1
            return state.nextLaggard
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (resume: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    if Task.isCancelled || condition(state) { return false }
                    state.laggards[id] = Laggard(condition: condition, resume: resume)
                    return true
                }
                if !mustWait { resume.resume() }
            }
        } onCancel: {
            state.withLock { $0.laggards.removeValue(forKey: id) }?.resume.resume()
        }
    }

    private static func release(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        guard !state.laggards.isEmpty else { return [] }
        let released = state.laggards.filter { $0.value.condition(state) }
        for id in released.keys { state.laggards[id] = nil }
        return released.values.map(\.resume)
    }

    // MARK: Setting up

    /// Must be called before the informer runs.
    package func addIndex(_ name: String, _ function: @escaping IndexFunction) {
        state.withLock { state in
            guard state.indexes[name] == nil else { return }
            precondition(state.objects.isEmpty, "index \(name) added to an informer that runs")
            state.indexes[name] = (function, [:])
        }
    }

    /// Calls `handler` for every object there is and for every change from now on.
    ///
    /// Added while the informer runs, it may see a change twice, as `added` again; reconciling by key does not mind.
    package func addHandler(_ handler: @escaping Handler) {
        let present = state.withLock { state in
            state.handlers.append(handler)
            return Array(state.objects.values)
        }
        for box in present { handler(.added(box.object)) }
    }

    // MARK: Changing, by the reflector (and by tests)

    /// - resourceVersion: the list's own, where there is a server behind it.
    package func replaceAll(with objects: [T], at resourceVersion: String = "") {
        let (events, handlers) = state.withLock { state in
            var events: [InformerEvent<T>] = []
            var remaining = Set(state.objects.keys)
            for object in objects {
                remaining.remove(ObjectKey(object))
                if let event = Self.store(object, in: &state) { events.append(event) }
            }
            for key in remaining { if let event = Self.remove(key, from: &state) { events.append(event) } }
            Self.advance(&state, to: resourceVersion)
            return (events, state.handlers)
        }
        deliver(events, to: handlers)
        let released = state.withLock { state in
            state.isSynced = true
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values) + Self.release(&state)
        }
        for waiter in released { waiter.resume() }
    }

    package func store(_ object: T) {
        let (event, handlers) = state.withLock { state in
            defer { Self.advance(&state, to: object.metadata.resourceVersion) }
            return (Self.store(object, in: &state), state.handlers)
        }
        if let event { deliver([event], to: handlers) }
        releaseLaggards()
    }

    /// `final` is the state in which the server saw the object last.
    package func remove(_ final: T) {
        let (event, handlers) = state.withLock { state in
            defer { Self.advance(&state, to: final.metadata.resourceVersion) }
            return (Self.remove(ObjectKey(final), from: &state), state.handlers)
        }
        if event != nil { deliver([.deleted(final)], to: handlers) }
        releaseLaggards()
    }

    /// The server has told everything up to this version.
    package func advance(to resourceVersion: String) {
        state.withLock { Self.advance(&$0, to: resourceVersion) }
        releaseLaggards()
    }

    private func releaseLaggards() {
        for waiter in state.withLock({ Self.release(&$0) }) { waiter.resume() }
    }

    private static func advance(_ state: inout State, to resourceVersion: String) {
        if let revision = Int64(resourceVersion), revision > state.revision { state.revision = revision }
    }

    private func deliver(_ events: [InformerEvent<T>], to handlers: [Handler]) {
        for event in events { for handler in handlers { handler(event) } }
    }

    private static func store(_ object: T, in state: inout State) -> InformerEvent<T>? {
        let key = ObjectKey(object)
        let old = state.objects.updateValue(Box(object), forKey: key)
        for name in state.indexes.keys { reindex(name, key, old?.object, object, in: &state) }
        guard let old else { return .added(object) }
        guard old.object.metadata.uid == object.metadata.uid else {
            return .updated(old: old.object, new: object)
        }
        if old.object.metadata.resourceVersion == object.metadata.resourceVersion { return nil }
        return .updated(old: old.object, new: object)
    }

    private static func remove(_ key: ObjectKey, from state: inout State) -> InformerEvent<T>? {
        guard let old = state.objects.removeValue(forKey: key) else { return nil }
        for name in state.indexes.keys { reindex(name, key, old.object, nil, in: &state) }
        return .deleted(old.object)
    }

    private static func reindex(_ name: String, _ key: ObjectKey, _ old: T?, _ new: T?, in state: inout State) {
        guard let function = state.indexes[name]?.function else { return }
        let before = old.map(function) ?? []
        let after = new.map(function) ?? []
        guard before != after else { return }
        for value in before {
            state.indexes[name]?.keys[value]?.remove(key)
            if state.indexes[name]?.keys[value]?.isEmpty == true { state.indexes[name]?.keys[value] = nil }
        }
        for value in after { state.indexes[name]?.keys[value, default: []].insert(key) }
    }
}
