internal import KeyValueStore
internal import Synchronization

/// How far the store has come, for all threads to see.
final class Position: Sendable {
    private struct State {
        var published: Revision
        var compacted: Revision
        var isClosed = false
    }

    private let state: Mutex<State>

    init(published: Revision, compacted: Revision) {
        state = Mutex(State(published: published, compacted: compacted))
    }

    /// The newest revision on disk.
    var published: Revision { state.withLock { $0.published } }

    /// The oldest revision that can be read.
    var compacted: Revision { state.withLock { $0.compacted } }

    func publish(_ revision: Revision) { state.withLock { $0.published = revision } }

    func compact(through revision: Revision) { state.withLock { $0.compacted = max($0.compacted, revision) } }

    func close() { state.withLock { $0.isClosed = true } }

    /// The revision to read at: the one asked for, if it can be read, or the newest.
    func readable(_ asked: Revision?, _ key: String) throws(StoreError) -> Revision {
        let state = state.withLock { $0 }
        if state.isClosed { throw StoreError(.unavailable, key: key, detail: "closed") }
        guard let asked else { return state.published }
        if asked > state.published { throw StoreError(.futureRevision, key: key) }
        if asked < state.compacted { throw StoreError(.compacted, key: key) }
        return asked
    }
}
