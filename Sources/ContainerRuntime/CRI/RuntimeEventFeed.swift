internal import Determinism
internal import Synchronization

/// Hands each event to all who listen.
final class RuntimeEventFeed: Sendable {
    /// Events that a slow reader may leave unread. When there are more, the oldest go and a `.resync` comes.
    static let bufferLimit = 4096

    private struct State {
        var nextReader = 0
        var readers: [Int: AsyncStream<RuntimeEvent>.Continuation] = [:]
    }

    private let state = Mutex(State())

    func subscribe(at now: Timestamp) -> AsyncStream<RuntimeEvent> {
        let (stream, reader) = AsyncStream.makeStream(
            of: RuntimeEvent.self, bufferingPolicy: .bufferingNewest(Self.bufferLimit))
        reader.yield(RuntimeEvent(.resync, time: now))
        let id = state.withLock { state in
            state.nextReader += 1
            state.readers[state.nextReader] = reader
            return state.nextReader
        }
        reader.onTermination = { [weak self] _ in self?.state.withLock { $0.readers[id] = nil } }
        return stream
    }

    func publish(_ event: RuntimeEvent) {
        let readers = state.withLock { Array($0.readers.values) }
        for reader in readers {
            // Whoever lost an event must list everything.
            if case .dropped = reader.yield(event) { reader.yield(RuntimeEvent(.resync, time: event.time)) }
        }
    }
}
