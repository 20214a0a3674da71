package import APIClient
package import ControllerRuntime
package import Determinism
package import Logging
internal import APIMachinery
internal import APITypes
internal import Synchronization

/// Gives pods their nodes.
///
/// **Flow.** Informers keep the cache and the queue up to date. The next pod of the queue gets its cycle: a
/// pure plan over a snapshot. A pod that fits counts on its node at once and is bound in the background; one
/// that does not is told why, and waits for what may help it.
///
/// **Guarantees.** Decisions are made one after the other, each seeing all earlier ones, so that a node is
/// never promised more than it has. A failed binding gives back what was promised.
///
/// **Assumes** that no other scheduler places pods of the same profiles.
package final class Scheduler: Sendable {
    /// Requests to the API server under way at once: bindings, status changes, evictions.
    package static let requestsMax = 64
    /// Plans kept for ``explain(_:)``.
    package static let plansMax = 512

    struct State {
        var cache = SchedulerCache()
        var cursors: [String: Cursor] = [:]
        var plans: [ObjectKey: SchedulingPlan] = [:]
        var planOrder: [ObjectKey] = []
    }

    let client: APIClient
    let recorder: EventRecorder
    let time: any Timekeeper
    let queue: PodQueue
    let state = Mutex(State())
    let profiles: [String: Profile]
    let pods: Informer<Pod>
    private let random: any RandomSource
    let logger: Logger
    private let waitForSync: @Sendable () async -> Void

    package init(
        client: APIClient, informers: InformerFactory, recorder: EventRecorder, time: any Timekeeper,
        random: any RandomSource, logger: Logger, profiles: [Profile] = [.standard, .roundRobin]
    ) {
        self.client = client
        self.recorder = recorder
        self.time = time
        self.random = random
        self.logger = logger
        self.profiles = Dictionary(profiles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        queue = PodQueue(time: time)
        pods = informers.informer()
        let sources = ClusterSources(informers)
        waitForSync = { await sources.waitForSync() }
        follow(sources)
    }

    /// Schedules until cancelled.
    package func run() async throws {
        await waitForSync()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.queue.runAlarms() }
            await self.schedule()
            group.cancelAll()
        }
    }

    /// Why the pod is where it is, or nowhere: the plan of its last cycle, while it is remembered.
    package func explain(_ pod: ObjectKey) -> SchedulingPlan? { state.withLock { $0.plans[pod] } }

    private func schedule() async {
        await withTaskGroup(of: Void.self) { requests in
            var underWay = 0
            while let entry = await queue.next() {
                guard let request = cycle(entry) else { continue }
                if underWay >= Self.requestsMax {
                    await requests.next()
                    underWay -= 1
                }
                requests.addTask { await request() }
                underWay += 1
            }
            requests.cancelAll()
        }
    }

    /// Decides about one pod; what is to be asked of the API server is returned.
    private func cycle(_ entry: SchedulingQueue.Entry) -> (@Sendable () async -> Void)? {
        let pod = entry.pod
        let uid = pod.info.uid
        guard let profile = profiles[pod.schedulerName] else {
            queue.change { $0.finish(uid: uid) }
            return nil
        }
        let chance = random.next()
        let outcome = state.withLock { state -> (plan: SchedulingPlan, isNews: Bool)? in
            // Placed already, by an earlier cycle or by someone else.
            guard state.cache.pod(uid: uid) == nil else { return nil }
            let plan = CyclePlan.decide(
                pod, in: state.cache.snapshot, by: profile, from: state.cursors[profile.name] ?? Cursor(),
                tieBreaker: chance)
            state.cursors[profile.name] = plan.cursor
            switch plan.decision {
            case .place(let node): state.cache.assume(pod.info, on: node)
            case .awaitVolumes(let node, _): state.cache.nominate(pod.info, on: node)
            case .reject(_, .evict(let node, _)): state.cache.nominate(pod.info, on: node)
            case .reject(_, .useless): state.cache.nominate(pod.info, on: nil)
            case .reject(_, .pending): break
            }
            return (plan, Self.remember(plan, of: pod.info.key, in: &state))
        }
        guard let (plan, isNews) = outcome else {
            queue.change { $0.finish(uid: uid) }
            return nil
        }
        return request(pod, plan, isNews: isNews)
    }

    private func request(
        _ pod: PendingPod, _ plan: SchedulingPlan, isNews: Bool
    ) -> (@Sendable () async -> Void) {
        switch plan.decision {
        case .place(let node):
            return { await self.bind(pod, to: node) }
        case .awaitVolumes(let node, let choices):
            park(pod, until: .storage)
            return { await self.choose(choices, on: node) }
        case .reject(let message, let preemption):
            park(pod, until: plan.events.union(preemption.events))
            return { await self.report(pod, message, preemption, details: isNews ? plan.details : []) }
        }
    }

    private func park(_ pod: PendingPod, until events: ClusterEvents) {
        let now = time.uptime
        queue.change { $0.reject(pod.info.uid, events: events, now: now) }
    }

    /// Whether the details differ from those of the pod's last cycle.
    private static func remember(_ plan: SchedulingPlan, of pod: ObjectKey, in state: inout State) -> Bool {
        let old = state.plans.updateValue(plan, forKey: pod)
        if old == nil {
            state.planOrder.append(pod)
            if state.planOrder.count > 2 * plansMax {
                for key in state.planOrder.prefix(plansMax) { state.plans[key] = nil }
                state.planOrder.removeFirst(plansMax)
            }
        }
        guard let old else { return true }
        return !old.details.elementsEqual(plan.details) { $0.node == $1.node && $0.reasons == $1.reasons }
    }
}

extension SchedulingPlan.Preemption {
    /// What the pod waits for beyond what its filters want.
    var events: ClusterEvents {
        switch self {
        case .evict, .pending: .podRemoved
        case .useless: []
        }
    }
}
