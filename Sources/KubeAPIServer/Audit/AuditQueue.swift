package import Determinism
package import Logging
internal import Synchronization

/// Events on their way to somebody who may be slow. When it is full, further events are lost, and counted.
package final class AuditQueue: Sendable {
    package struct Settings: Sendable {
        /// Events that may wait.
        package var bufferMax = 10_000
        package var batchMax = 400
        /// How long a batch may wait to become full.
        package var batchWait = Duration.seconds(30)
        /// Requests wait until their events have arrived.
        package var isAwaited = false
        /// And are refused when they have not.
        package var isStrict = false

        package init() {}

        /// Each event at once, and nobody goes on before it has arrived.
        package static func blocking(isStrict: Bool) -> Settings {
            var settings = Settings()
            settings.batchMax = 1
            settings.isAwaited = true
            settings.isStrict = isStrict
            return settings
        }
    }

    /// How long sending may take when the server ends.
    static let farewellMax = Duration.seconds(15)

    private struct State {
        var events: [AuditEvent] = []
        var isDue = false
        var isSending = false
        var hasFailed = false
        var lost = 0
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    let settings: Settings
    private let backend: any AuditBackend
    private let time: any Timekeeper
    private let metrics: AuditMetrics
    private let logger: Logger
    private let state = Mutex(State())
    private let news: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    package init(
        _ backend: any AuditBackend, _ settings: Settings, time: any Timekeeper, metrics: AuditMetrics = AuditMetrics(),
        logger: Logger
    ) {
        self.metrics = metrics
        self.backend = backend
        self.settings = settings
        self.time = time
        self.logger = logger
        (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Never fails at once: what is lost is logged.
    package func add(_ event: AuditEvent) -> Bool {
        let isNews = state.withLock { state in
            guard state.events.count < settings.bufferMax else {
                state.lost += 1
                return false
            }
            state.events.append(event)
            return state.events.count >= settings.batchMax
        }
        if isNews { tell.yield() }
        return true
    }

    /// Waits until everything that was added so far has been sent.
    func settle() async -> Bool {
        let hasArrived = await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.events.isEmpty, !state.isSending { return true }
                state.waiting.append(continuation)
                return false
            }
            if isIdle { continuation.resume(returning: true) }
        }
        return hasArrived || !settings.isStrict
    }

    /// Sends batches until cancelled, then what is left.
    package func run() async {
        await withDiscardingTaskGroup { group in
            if settings.batchMax > 1 { group.addTask { await self.tick() } }
            for await _ in news { await send() }
            group.cancelAll()
        }
        state.withLock { $0.isDue = true }
        await LastWord.say(within: Self.farewellMax, time) { await self.send() }
    }

    private func tick() async {
        while !Task.isCancelled {
            // Cancellation is seen by the loop.
            try? await time.sleep(for: settings.batchWait)
            state.withLock { $0.isDue = true }
            tell.yield()
        }
    }

    private func send() async {
        while let (batch, lost) = take() {
            if lost > 0 {
                metrics.lost(lost, by: "buffered")
                logger.error(
                    "audit events were lost: the queue was full",
                    metadata: ["plugin": "\(backend.name)", "lost": "\(lost)"])
            }
            let hasArrived = await backend.deliver(batch)
            let waiting = state.withLock { state in
                state.isSending = false
                if !hasArrived { state.hasFailed = true }
                return state.events.isEmpty ? Self.release(&state) : ([], true)
            }
            for continuation in waiting.0 { continuation.resume(returning: waiting.1) }
        }
    }

    private static func release(_ state: inout State) -> ([CheckedContinuation<Bool, Never>], Bool) {
        defer {
            state.waiting = []
            state.hasFailed = false
        }
        return (state.waiting, !state.hasFailed)
    }

    /// The next batch, when there is reason to send one.
    private func take() -> (batch: [AuditEvent], lost: Int)? {
        state.withLock { state in
            guard !state.events.isEmpty, state.isDue || state.events.count >= settings.batchMax else {
                state.isDue = false
                return nil
            }
            let batch = Array(state.events.prefix(settings.batchMax))
            state.events.removeFirst(batch.count)
            if state.events.isEmpty { state.isDue = false }
            state.isSending = true
            defer { state.lost = 0 }
            return (batch, state.lost)
        }
    }
}
