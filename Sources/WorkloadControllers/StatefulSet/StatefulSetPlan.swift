internal import APIMachinery
package import APITypes
internal import ControllerRuntime
package import Determinism

extension StatefulSet {
    /// The numbers of the pods it wants.
    var ordinals: Range<Int> {
        let start = Int(spec.ordinals?.start ?? 0)
        return start..<start + Int(spec.replicas ?? 1)
    }
}

/// What to do about one StatefulSet.
///
/// Pods are numbered. In order (`OrderedReady`) a pod is made only when all before it are ready, and goes only
/// when all after it are gone; `Parallel` waits for nobody. A new template is rolled out from the highest number
/// down, never below `partition`.
package struct StatefulSetPlan: Sendable {
    package enum Step: Sendable {
        case create(ordinal: Int, revision: String)
        case delete(Pod)
        /// Sets the labels that name the pod.
        case identify(Pod, ordinal: Int)
    }

    package private(set) var steps: [Step] = []
    package private(set) var status: StatefulSetStatus
    package private(set) var pause: Duration?

    private let set: StatefulSet
    private let current: String
    private let update: String
    private let now: Timestamp
    private var replicas: [(ordinal: Int, pod: Pod?)] = []
    /// Beyond the wanted numbers; the highest last.
    private var condemned: [(ordinal: Int, pod: Pod)] = []

    /// - current: the revision before a rollout; equal to `update` when there is none under way.
    package static func decide(
        _ set: StatefulSet, current: String, update: String, pods: [Pod], now: Timestamp
    ) -> StatefulSetPlan {
        var plan = StatefulSetPlan(set, current, update, pods, now)
        if !set.metadata.isBeingDeleted { plan.decide() }
        return plan
    }

    private init(_ set: StatefulSet, _ current: String, _ update: String, _ pods: [Pod], _ now: Timestamp) {
        self.set = set
        self.current = current
        self.update = update
        self.now = now
        status = set.status
        let wanted = set.ordinals
        var byOrdinal: [Int: Pod] = [:]
        for pod in pods {
            guard let ordinal = StatefulPod.ordinal(of: pod, in: set) else { continue }
            if wanted.contains(ordinal) { byOrdinal[ordinal] = pod } else { condemned.append((ordinal, pod)) }
        }
        replicas = wanted.map { ($0, byOrdinal[$0]) }
        condemned.sort { $0.ordinal < $1.ordinal }
        report(pods)
    }

    // MARK: Counting

    private mutating func report(_ pods: [Pod]) {
        let members = replicas.compactMap(\.pod) + condemned.map(\.pod)
        status.observedGeneration = set.metadata.generation
        status.replicas = Int32(members.count)
        status.readyReplicas = Int32(members.count { isReady($0) })
        status.availableReplicas = Int32(members.count { isAvailable($0) })
        let going = members.filter { !$0.metadata.isBeingDeleted }
        status.currentReplicas = Int32(going.count { revision(of: $0) == current })
        status.updatedReplicas = Int32(going.count { revision(of: $0) == update })
        status.currentRevision = current
        status.updateRevision = update
        pause = members.compactMap { $0.timeUntilAvailable(minReady: minReady, now: now) }.min()
        // The rollout is over when everybody has the new revision and is ready.
        if isRolling, status.updatedReplicas == status.replicas, status.readyReplicas == status.replicas,
            status.replicas == set.spec.replicas ?? 1
        {
            status.currentReplicas = status.updatedReplicas
            status.currentRevision = update
        }
    }

    private var isRolling: Bool { self.set.spec.updateStrategy.type != "OnDelete" }
    private var isOrdered: Bool { self.set.spec.podManagementPolicy != "Parallel" }
    private var minReady: Duration { .seconds(Int64(set.spec.minReadySeconds)) }

    private func revision(of pod: Pod) -> String { pod.metadata.labels[StatefulPod.revisionLabel] ?? "" }

    private func isReady(_ pod: Pod) -> Bool { pod.status.phase == "Running" && pod.isReady }

    private func isAvailable(_ pod: Pod) -> Bool {
        isReady(pod) && pod.isAvailable(minReady: minReady, now: now)
    }

    private func isHealthy(_ pod: Pod?) -> Bool {
        pod.map { isReady($0) && !$0.metadata.isBeingDeleted } ?? false
    }

    // MARK: Deciding

    private mutating func decide() {
        for (ordinal, pod) in replicas {
            guard tend(ordinal, pod) else { return }
        }
        guard shrink() else { return }
        if isRolling { roll() }
    }

    /// False when the rest has to wait for this one.
    private mutating func tend(_ ordinal: Int, _ pod: Pod?) -> Bool {
        guard let pod else {
            steps.append(.create(ordinal: ordinal, revision: revision(forNew: ordinal)))
            return !isOrdered
        }
        if pod.hasFinished {
            if !pod.metadata.isBeingDeleted { steps.append(.delete(pod)) }
            return !isOrdered
        }
        if !StatefulPod.isIdentified(pod) { steps.append(.identify(pod, ordinal: ordinal)) }
        guard isOrdered else { return true }
        return !pod.metadata.isBeingDeleted && isAvailable(pod)
    }

    /// A pod below the partition comes back as it was.
    private func revision(forNew ordinal: Int) -> String {
        guard isRolling else { return update }
        let start = Int(set.spec.ordinals?.start ?? 0)
        guard let rolling = set.spec.updateStrategy.rollingUpdate else {
            return ordinal < start + Int(set.status.currentReplicas) ? current : update
        }
        return ordinal < start + Int(rolling.partition ?? 0) ? current : update
    }

    /// False when somebody is still on the way out.
    private mutating func shrink() -> Bool {
        let unhealthy = replicas.first { !isHealthy($0.pod) }?.ordinal ?? condemned.first { !isHealthy($0.pod) }?.ordinal
        for (ordinal, pod) in condemned.reversed() {
            if pod.metadata.isBeingDeleted {
                if isOrdered { return false }
                continue
            }
            // One that is not ready may go only if it is what holds up everything.
            if isOrdered, !isReady(pod), ordinal != unhealthy { return false }
            steps.append(.delete(pod))
            if isOrdered { return false }
        }
        return true
    }

    private mutating func roll() {
        let rolling = set.spec.updateStrategy.rollingUpdate
        let partition = Int(rolling?.partition ?? 0)
        // Validation lets nothing through that cannot be scaled.
        let scaled = rolling?.maxUnavailable.flatMap { try? $0.scaled(of: replicas.count, roundUp: true) }
        let unavailableMax = max(1, scaled ?? 1)
        var unavailable = replicas.count { !isHealthy($0.pod) || !isAvailable($0.pod ?? Pod()) }
        for (index, replica) in replicas.enumerated().reversed() where index >= partition {
            guard let pod = replica.pod else { return }
            if revision(of: pod) != update, !pod.metadata.isBeingDeleted {
                // A broken pod may always be replaced; a good one only while enough others serve.
                if isHealthy(pod), isAvailable(pod) {
                    guard unavailable < unavailableMax else { return }
                    unavailable += 1
                }
                steps.append(.delete(pod))
                if unavailable >= unavailableMax { return }
                continue
            }
            if !isHealthy(pod), unavailable >= unavailableMax { return }
        }
    }
}
