package import APIClient
package import APITypes
package import Determinism
package import Logging
internal import Synchronization

/// Gives out informers, one per kind and scope however many ask, and runs them.
package final class InformerFactory: Sendable {
    private struct Key: Hashable {
        let type: ObjectIdentifier
        let labelSelector: String
        let fieldSelector: String
    }

    private typealias Start = @Sendable () async throws -> Void

    package let client: APIClient
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let informers = Mutex<[Key: any Sendable]>([:])
    private let starts: AsyncStream<Start>
    private let start: AsyncStream<Start>.Continuation

    package init(client: APIClient, time: any Timekeeper, random: any RandomSource, logger: Logger) {
        self.client = client
        self.time = time
        self.random = random
        self.logger = logger
        (starts, start) = AsyncStream.makeStream()
    }

    /// The informer for a kind; it fills once the factory runs.
    package func informer<T: APIObject>(
        _ type: T.Type = T.self, labelSelector: String = "", fieldSelector: String = ""
    ) -> Informer<T> {
        let key = Key(type: ObjectIdentifier(type), labelSelector: labelSelector, fieldSelector: fieldSelector)
        return informers.withLock { informers in
            if let informer = informers[key] as? Informer<T> { return informer }
            let informer = Informer<T>()
            informers[key] = informer
            let reflector = Reflector(
                client: client, informer: informer,
                scope: ListOptions(labelSelector: labelSelector, fieldSelector: fieldSelector), time: time,
                random: random, logger: logger)
            start.yield { try await reflector.run() }
            return informer
        }
    }

    /// Runs every informer asked for, now or later, until cancelled.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await start in starts { group.addTask { try await start() } }
            group.cancelAll()
        }
    }
}
