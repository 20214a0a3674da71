internal import ControllerRuntime

/// One scheduling cycle: a pod and a snapshot in, a plan with reasons out.
package struct CyclePlan {
    /// Clusters up to this size are searched whole.
    private static let sampleMin = 100

    private let pod: PendingPod
    private let snapshot: ClusterSnapshot
    private let profile: Profile
    private let tieBreaker: UInt64
    private var cursor: Cursor
    private var verdicts: NodeVerdicts
    private var fitting: [Int] = []

    /// - tieBreaker: chance, to choose among equally good nodes.
    package static func decide(
        _ pod: PendingPod, in snapshot: ClusterSnapshot, by profile: Profile, from cursor: Cursor = Cursor(),
        tieBreaker: UInt64 = 0
    ) -> SchedulingPlan {
        let plan = CyclePlan(pod, snapshot, profile, cursor, tieBreaker)
        return plan.run()
    }

    private init(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ profile: Profile, _ cursor: Cursor, _ tieBreaker: UInt64
    ) {
        self.pod = pod
        self.snapshot = snapshot
        self.profile = profile
        self.cursor = cursor
        self.tieBreaker = tieBreaker
        verdicts = NodeVerdicts(names: snapshot.names)
    }

    private consuming func run() -> SchedulingPlan {
        guard !snapshot.nodes.isEmpty else {
            return plan(.reject(message: "no nodes available to schedule pods", preemption: .useless))
        }
        let filters: FilterChain
        do throws(GeneralRefusal) {
            filters = try FilterChain(pod, snapshot, profile)
        } catch {
            verdicts.setUnseen(Verdict(error.plugin, [error.message], isFinal: true))
            return reject(nil, because: error)
        }
        findFitting(filters)
        guard !fitting.isEmpty else { return reject(filters, because: nil) }
        return choose()
    }

    // MARK: Filtering

    private mutating func findFitting(_ filters: FilterChain) {
        let nodes = snapshot.nodes
        // A node promised to the pod, and cleared for it, comes first.
        if !pod.nominatedNodeName.isEmpty, let index = snapshot.indexes[pod.nominatedNodeName],
            look(at: index, filters)
        {
            return
        }
        if let only = filters.onlyNodes {
            for index in only.compactMap({ snapshot.indexes[$0] }).sorted() { _ = look(at: index, filters) }
            let names = filters.namingPlugins.map(\.rawValue).joined(separator: " ")
            verdicts.setUnseen(
                Verdict(.nodeAffinity, ["node(s) didn't satisfy plugin(s) [\(names)]"], isFinal: true))
            return
        }
        let wanted = wantedCount
        let start = firstIndex
        for offset in nodes.indices {
            var index = start + offset
            if index >= nodes.count { index -= nodes.count }
            guard look(at: index, filters), fitting.count >= wanted else { continue }
            cursor.start = index + 1
            return
        }
    }

    private mutating func look(at index: Int, _ filters: FilterChain) -> Bool {
        if let verdict = filters.verdict(on: index, snapshot) {
            verdicts.set(index, verdict)
            return false
        }
        verdicts.setFits(index)
        fitting.append(index)
        return true
    }

    /// In large clusters a share of the nodes is enough to choose from; the share is upstream's.
    private var wantedCount: Int {
        if case .nextInTurn = profile.choice { return 1 }
        let count = snapshot.nodes.count
        guard count > Self.sampleMin else { return count }
        return max(Self.sampleMin, count * max(5, 50 - count / 125) / 100)
    }

    private var firstIndex: Int {
        switch profile.choice {
        case .best:
            return cursor.start % snapshot.nodes.count
        case .nextInTurn:
            return snapshot.names.firstIndex { $0 > cursor.lastNode } ?? 0
        }
    }

    // MARK: Choosing

    private mutating func choose() -> SchedulingPlan {
        if fitting.count == 1 { return place(fitting[0], scores: []) }
        let candidates = fitting.map { snapshot.nodes[$0] }
        var totals = [Int64](repeating: 0, count: candidates.count)
        var parts: [(plugin: PluginName, weight: Int64, scores: [Int64])] = []
        for (weight, type) in profile.scorers {
            guard let scorer = type.prepare(pod, snapshot, candidates) else { continue }
            let scores = scorer.scores(of: candidates)
            for (index, score) in scores.enumerated() { totals[index] += score * weight }
            parts.append((type.plugin, weight, scores))
        }
        let winner = best(totals)
        let others = totals.indices.filter { $0 != winner }
        let second = others.max { totals[$0] < totals[$1] }
        let scores = ([winner] + (second.map { [$0] } ?? [])).map { index in
            SchedulingPlan.NodeScores(
                node: candidates[index].name, total: totals[index],
                byPlugin: parts.map { ($0.plugin, $0.scores[index] * $0.weight) })
        }
        return place(fitting[winner], scores: scores)
    }

    private func best(_ totals: [Int64]) -> Int {
        let highest = totals.max() ?? 0
        let equals = totals.indices.filter { totals[$0] == highest }
        return equals[Int(tieBreaker % UInt64(equals.count))]
    }

    private mutating func place(_ index: Int, scores: [SchedulingPlan.NodeScores]) -> SchedulingPlan {
        let node = snapshot.nodes[index]
        if let choices = VolumePlan.choices(for: pod, on: node.shape, snapshot) {
            return plan(.awaitVolumes(node: node.name, choices: choices), scores: scores)
        }
        cursor.lastNode = node.name
        return plan(.place(node: node.name), scores: scores)
    }

    // MARK: Rejecting

    private func reject(_ filters: FilterChain?, because refusal: GeneralRefusal?) -> SchedulingPlan {
        let preemption = PreemptionPlan.decide(pod, in: snapshot, verdicts: verdicts, profile, start: cursor.start)
        let message = FailureMessage.text(
            nodeCount: snapshot.nodes.count, reasons: refusal?.message ?? verdicts.histogram,
            afterwards: preemption.message)
        let rejection = SchedulingPlan.Decision.reject(message: message, preemption: preemption.outcome)
        return plan(rejection, refusal: refusal, details: details(filters))
    }

    private func details(_ filters: FilterChain?) -> [(node: String, reasons: [String])] {
        guard let filters, snapshot.nodes.count <= SchedulingPlan.explainedNodesMax else { return [] }
        return snapshot.nodes.map { ($0.name, filters.details(on: $0)) }
    }

    private func plan(
        _ decision: SchedulingPlan.Decision, refusal: GeneralRefusal? = nil,
        scores: [SchedulingPlan.NodeScores] = [], details: [(node: String, reasons: [String])] = []
    ) -> SchedulingPlan {
        SchedulingPlan(
            decision: decision, verdicts: verdicts, refusal: refusal, scores: scores, details: details,
            cursor: cursor)
    }
}

/// Upstream's sentence for a pod that fits nowhere.
enum FailureMessage {
    static func text(nodeCount: Int, reasons: String, afterwards: String = "") -> String {
        var text = "0/\(nodeCount) nodes are available:"
        if !reasons.isEmpty { text += " \(reasons)." }
        if !afterwards.isEmpty { text += " \(afterwards)" }
        return text
    }
}
