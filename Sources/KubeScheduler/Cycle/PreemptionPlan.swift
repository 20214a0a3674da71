/// Which less important pods to remove so that a pod fits.
///
/// On each node where removal could help: take away all pods of lower priority; if the pod fits then, give
/// back as many as possible, the most important first, and those first whose disruption budget would be
/// broken. Among the nodes the least harm wins.
package struct PreemptionPlan {
    package let outcome: SchedulingPlan.Preemption
    /// What is appended to the pod's message; empty when there are victims.
    package let message: String

    /// At least this many nodes, or a tenth of them, are tried.
    private static let candidatesMin = 100

    private struct Candidate {
        let node: String
        /// The most important first.
        let victims: [PodInfo]
        let brokenBudgets: Int
    }

    static func decide(
        _ pod: PendingPod, in snapshot: ClusterSnapshot, verdicts: NodeVerdicts, _ profile: Profile, start: Int
    ) -> PreemptionPlan {
        if pod.neverPreempts { return ineligible("not eligible due to preemptionPolicy=Never.", .useless) }
        if isRoomBeingMade(for: pod, snapshot, verdicts) {
            return ineligible("not eligible due to a terminating pod on the nominated node.", .pending)
        }
        let hopeful = snapshot.nodes.indices.filter { verdicts[$0].map { !$0.isFinal } ?? false }
        var found = NodeVerdicts(names: snapshot.names)
        var candidates: [Candidate] = []
        let wanted = max(candidatesMin, hopeful.count / 10)
        // Each index a candidate tries stands behind the one the sample began with, as in filtering.
        let split = hopeful.firstIndex { $0 >= start } ?? 0
        for index in hopeful[split...] + hopeful[..<split] where candidates.count < wanted {
            switch tryNode(index, pod, snapshot, profile) {
            case .success(let candidate): candidates.append(candidate)
            case .failure(let verdict): found.set(index, verdict)
            }
        }
        guard let best = leastHarm(candidates) else {
            found.setUnseen(
                Verdict(.defaultPreemption, ["Preemption is not helpful for scheduling"], isFinal: true))
            let text = FailureMessage.text(nodeCount: snapshot.nodes.count, reasons: found.histogram)
            return ineligible(text, .useless)
        }
        return PreemptionPlan(outcome: .evict(node: best.node, victims: best.victims), message: "")
    }

    /// Upstream asks its plugin for resource claims first, and that one never has anything to give up here.
    private static func ineligible(_ text: String, _ outcome: SchedulingPlan.Preemption) -> PreemptionPlan {
        PreemptionPlan(outcome: outcome, message: "no new claims to deallocate, preemption: \(text)")
    }

    /// Victims of an earlier preemption are still going.
    private static func isRoomBeingMade(
        for pod: PendingPod, _ snapshot: ClusterSnapshot, _ verdicts: NodeVerdicts
    ) -> Bool {
        guard !pod.nominatedNodeName.isEmpty, let index = snapshot.indexes[pod.nominatedNodeName] else {
            return false
        }
        if verdicts[index]?.isFinal == true { return false }
        return snapshot.nodes[index].pods.contains { $0.group.isTerminating && $0.priority < pod.info.priority }
    }

    // MARK: One node

    private enum Attempt {
        case success(Candidate)
        case failure(Verdict)
    }

    private static func tryNode(
        _ index: Int, _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ profile: Profile
    ) -> Attempt {
        let node = snapshot.nodes[index]
        let lesser = node.pods.filter { $0.priority < pod.info.priority }
        guard !lesser.isEmpty else {
            return .failure(
                Verdict(.defaultPreemption, ["No preemption victims found for incoming pod"], isFinal: true))
        }
        var state = lesser.reduce(node) { $0.removing(uid: $1.uid) }
        let filters: FilterChain
        do throws(GeneralRefusal) {
            filters = try FilterChain(pod, snapshot, profile)
        } catch {
            return .failure(Verdict(error.plugin, [error.message], isFinal: true))
        }
        if let verdict = filters.verdict(on: index, as: state, snapshot) { return .failure(verdict) }
        let (breaking, harmless) = splitByBudgets(lesser.sorted(by: isMoreImportant), snapshot)
        var victims: [PodInfo] = []
        var brokenBudgets = 0
        for (group, isBreaking) in [(breaking, true), (harmless, false)] {
            for other in group {
                let withOther = state.adding(other)
                if filters.verdict(on: index, as: withOther, snapshot) == nil {
                    state = withOther
                } else {
                    victims.append(other)
                    if isBreaking { brokenBudgets += 1 }
                }
            }
        }
        return .success(
            Candidate(
                node: node.name, victims: victims.sorted(by: isMoreImportant), brokenBudgets: brokenBudgets))
    }

    private static func isMoreImportant(_ left: PodInfo, _ right: PodInfo) -> Bool {
        (right.priority, left.started, left.key) < (left.priority, right.started, right.key)
    }

    /// Pods in order; each takes from the budgets that cover it, and breaks them once they are used up.
    private static func splitByBudgets(
        _ pods: [PodInfo], _ snapshot: ClusterSnapshot
    ) -> (breaking: [PodInfo], harmless: [PodInfo]) {
        var left = snapshot.budgets.mapValues(\.disruptionsAllowed)
        var breaking: [PodInfo] = []
        var harmless: [PodInfo] = []
        for pod in pods {
            var breaks = false
            for (key, budget) in snapshot.budgets where budget.covers(pod) {
                left[key, default: 0] -= 1
                if left[key, default: 0] < 0 { breaks = true }
            }
            if breaks { breaking.append(pod) } else { harmless.append(pod) }
        }
        return (breaking, harmless)
    }

    // MARK: The least harm

    /// Fewest broken budgets, then the least important first victim, then the least importance in sum, then
    /// the fewest victims, then the youngest first victim.
    private static func leastHarm(_ candidates: [Candidate]) -> Candidate? {
        candidates.min { left, right in
            if left.brokenBudgets != right.brokenBudgets { return left.brokenBudgets < right.brokenBudgets }
            let (first, second) = (left.victims.first, right.victims.first)
            guard let first, let second else { return left.victims.count < right.victims.count }
            if first.priority != second.priority { return first.priority < second.priority }
            let (sum, otherSum) = (importance(left), importance(right))
            if sum != otherSum { return sum < otherSum }
            if left.victims.count != right.victims.count { return left.victims.count < right.victims.count }
            return first.started > second.started
        }
    }

    /// Shifted so that many pods of negative priority are no bargain.
    private static func importance(_ candidate: Candidate) -> Int64 {
        candidate.victims.reduce(0) { $0 + Int64($1.priority) + Int64(Int32.max) + 1 }
    }
}
