internal import Determinism
internal import EtcdProtocol
internal import GRPCCore
internal import KeyValueStore
internal import Logging
internal import Synchronization

/// One watch, over as many streams as it takes: when one breaks, the next begins after the last change
/// that was delivered.
final class EtcdWatch: WatchHandle {
    private struct State {
        var isCancelled = false
        var task: Task<Void, Never>?
    }

    private static let backoff = Backoff(
        initial: .milliseconds(50), maximum: .seconds(5), factor: 2, jitter: 0.2)

    /// A server that has lost its leader ends the stream, instead of staying silent.
    private static let requireLeader: Metadata = ["hasleader": "true"]

    let prefix: KeyBytes
    private let connections: EtcdConnections
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let deliver: @Sendable (WatchDelivery) -> Void
    private let state = Mutex(State())

    init(
        _ prefix: String, _ connections: EtcdConnections, time: any Timekeeper, random: any RandomSource,
        logger: Logger, deliver: @escaping @Sendable (WatchDelivery) -> Void
    ) {
        self.prefix = KeyBytes(prefix)
        self.connections = connections
        self.time = time
        self.random = random
        self.logger = logger
        self.deliver = deliver
    }

    /// Begins; `ended` is called when it is over, for whatever reason.
    func start(after revision: Revision, ended: @escaping @Sendable (EtcdWatch) -> Void) {
        state.withLock { state in
            // The watch's own task; ended by `cancel` and by `close`.
            state.task = Task {
                await self.run(after: revision)
                ended(self)
            }
        }
    }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    /// Ends the watch because the store closes, and waits until it has said so.
    func close() async {
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
    }

    private func run(after revision: Revision) async {
        var position = WatchPosition(after: revision)
        var attempt = 0
        while !Task.isCancelled {
            let before = position.seen
            do {
                try await stream(&position)
            } catch let error as StoreError {
                return end(error)
            } catch {
                connections.streamFailed(error)
                logger.debug("A watch lost its stream", metadata: ["prefix": "\(prefix.text)", "error": "\(error)"])
            }
            attempt = position.seen > before ? 0 : attempt + 1
            // Cancelled while it waits: the loop ends, too.
            try? await time.sleep(for: Self.backoff.delay(attempt: attempt, random: random))
        }
        end(StoreError(.unavailable, key: prefix.text, detail: "closed"))
    }

    private func end(_ error: StoreError) { bring(.ended(error)) }

    private func bring(_ delivery: WatchDelivery) {
        if !state.withLock({ $0.isCancelled }) { deliver(delivery) }
    }

    /// One stream, until it breaks. Throws a `StoreError` when the watch cannot go on.
    private func stream(_ position: inout WatchPosition) async throws {
        let start = position
        let (requests, finish) = AsyncStream<Never>.makeStream()
        defer { finish.finish() }
        let reached = Mutex(start)
        defer { position = reached.withLock { $0 } }
        try await connections.preferred(prefix.text).watch.watch(
            metadata: Self.requireLeader,
            options: .defaults,
            requestProducer: { [prefix] writer in
                try await writer.write(.create(prefix, after: start.seen))
                // Half-closing would end the watch: the stream stays open until this call is cancelled.
                for await _ in requests {}
            },
            onResponse: { response in
                for try await message in response.messages {
                    for delivery in try reached.withLock({ try $0.take(message, self.prefix.text) }) {
                        self.bring(delivery)
                    }
                }
            })
    }
}
