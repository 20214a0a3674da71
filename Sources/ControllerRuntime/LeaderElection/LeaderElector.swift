package import APIClient
internal import APIMachinery
internal import APITypes
package import Determinism
package import Logging
internal import Synchronization

/// Lets a process do something only while it leads: of several that stand for the same lease, one works and the
/// others wait.
///
/// **Flow.** Read the lease, ask ``LeaderElectionPlan``, write it or wait; once it is written, work and go on
/// writing it.
///
/// **Guarantees.** Work begins only after the lease was written. `lost` is called once the lease could not be
/// renewed in time, whatever a request may be hanging on, and before any other process may take it.
package final class LeaderElector: Sendable {
    /// How long giving the lease back may hold up the end of a process.
    static let releaseTimeout = Duration.seconds(3)

    private enum Attempt {
        case leading
        case following(holder: String)
        case failed
    }

    private struct State {
        var sighting: LeaderElectionPlan.Sighting?
        var isLeading = false
        /// When the last successful attempt began.
        var renewed = Duration.zero
    }

    private let settings: LeaderElectionSettings
    private let client: APIClient
    private let recorder: EventRecorder
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let state = Mutex(State())

    /// - recorder: tells who became the leader; somebody else runs it.
    package init(
        _ settings: LeaderElectionSettings, client: APIClient, recorder: EventRecorder, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        self.settings = settings
        self.client = client
        self.recorder = recorder
        self.time = time
        self.random = random
        var logger = logger
        logger[metadataKey: "lease"] = "\(settings.namespace)/\(settings.name)"
        self.logger = logger
    }

    /// Waits until this process leads, then works. When cancelled, ends the work and gives the lease back.
    ///
    /// - lost: is called the moment this process may no longer lead, before the work has had time to end; the
    ///   surest is to end the process.
    /// - Throws: ``LeaderElectionError/lost`` after that; whatever the work throws.
    package func run(
        lost: @escaping @Sendable () -> Void, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await acquire()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await work() }
                group.addTask { try await self.renew() }
                group.addTask { try await self.watchDeadline() }
                do { try await group.next() } catch let error as LeaderElectionError {
                    lost()
                    throw error
                }
                group.cancelAll()
            }
        } catch let error as LeaderElectionError {
            throw error
        } catch {
            await release()
            throw error
        }
        await release()
    }

    private func acquire() async throws {
        var told = ""
        while true {
            switch await attempt() {
            case .leading:
                return
            case .following(let holder) where holder != told:
                logger.info("another process leads", metadata: ["holder": "\(holder)"])
                told = holder
            case .following, .failed:
                break
            }
            try await time.sleep(for: settings.retryPeriod * (1 + random.fraction() * LeaderElectionSettings.jitter))
        }
    }

    private func renew() async throws {
        while true {
            try await time.sleep(for: settings.retryPeriod)
            guard case .following(let holder) = await attempt() else { continue }
            logger.error("another process has taken the lease", metadata: ["holder": "\(holder)"])
            throw LeaderElectionError.lost
        }
    }

    /// Apart from the attempts, for one of them may hang.
    private func watchDeadline() async throws {
        while true {
            let deadline = state.withLock { $0.renewed } + settings.renewDeadline
            guard time.uptime < deadline else { break }
            try await time.sleep(until: deadline)
        }
        logger.error("the lease could not be renewed in time")
        throw LeaderElectionError.lost
    }

    private func attempt() async -> Attempt {
        do throws(StatusError) { return try await readAndWrite() } catch {
            logger.debug("the lease could not be had", metadata: ["error": "\(error)"])
            return .failed
        }
    }

    private func readAndWrite() async throws(StatusError) -> Attempt {
        let begun = time.uptime
        let present = try await client.getIfPresent(Lease.self, settings.name, namespace: settings.namespace)
        let sighting = sight(present)
        switch LeaderElectionPlan.decide(sighting, settings, now: time.now, uptime: time.uptime) {
        case .wait(let holder):
            return .following(holder: holder)
        case .write(let spec, let reason):
            var lease = present ?? Lease()
            lease.metadata.name = settings.name
            lease.metadata.namespace = settings.namespace
            lease.spec = spec
            // Whoever reads the same and writes first wins: the other's write is a conflict.
            let written = present == nil ? try await client.create(lease) : try await client.update(lease)
            lead(written, since: begun, reason: reason)
            return .leading
        }
    }

    private func sight(_ lease: Lease?) -> LeaderElectionPlan.Sighting? {
        let uptime = time.uptime
        return state.withLock { state in
            state.sighting = lease.map { .next(after: state.sighting, $0.spec, uptime: uptime) }
            return state.sighting
        }
    }

    private func lead(_ lease: Lease, since begun: Duration, reason: String) {
        let isNew = state.withLock { state in
            defer { state.isLeading = true }
            state.renewed = begun
            return !state.isLeading
        }
        guard isNew else { return }
        logger.info("this process leads", metadata: ["identity": "\(settings.identity)", "reason": "\(reason)"])
        recorder.event(lease, .normal, reason: "LeaderElection", "\(settings.identity) became leader")
    }

    private func release() async {
        // A task of its own: this one is cancelled, and a cancelled task can send nothing any more.
        await Task {
            await withTaskGroup { group in
                group.addTask { await self.giveBack() }
                // Ended early is as good as slept.
                group.addTask { try? await self.time.sleep(for: Self.releaseTimeout) }
                await group.next()
                group.cancelAll()
            }
        }.value
    }

    private func giveBack() async {
        do throws(StatusError) {
            var lease = try await client.get(Lease.self, settings.name, namespace: settings.namespace)
            guard lease.spec.holderIdentity == settings.identity else { return }
            lease.spec = LeaderElectionPlan.released(lease.spec, now: time.now)
            _ = try await client.update(lease)
            logger.info("the lease is given back")
        } catch {
            logger.info("the lease is left to expire", metadata: ["error": "\(error)"])
        }
    }
}
