package import Determinism
package import KeyValueStore
package import Logging

/// Makes etcd forget its past, in step with all others that share it; see ``CompactionPlan``.
package struct EtcdCompactor: Sendable {
    private let store: EtcdStore
    private let interval: Duration
    private let time: any Timekeeper
    private let logger: Logger

    /// - interval: of the past, at least as much stays.
    package init(_ store: EtcdStore, interval: Duration, time: any Timekeeper, logger: Logger) {
        self.store = store
        self.interval = interval
        self.time = time
        self.logger = logger
    }

    /// Compacts until cancelled.
    package func run() async throws {
        var round = CompactionPlan.Round.first
        while true {
            try await time.sleep(for: interval)
            do throws(StoreError) { round = try await advance(round) } catch {
                logger.warning("etcd could not be compacted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// One round; after a failure the same round comes again.
    package func advance(_ round: CompactionPlan.Round) async throws(StoreError) -> CompactionPlan.Round {
        let decision = CompactionPlan.decide(round, try await store.propose(round))
        if let revision = decision.compact {
            try await store.compact(through: revision)
            logger.debug("compacted etcd", metadata: ["revision": "\(revision)"])
        }
        return decision.next
    }
}
