internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Which pods are the least loss; upstream's ActivePodsWithRanks.
///
/// In order: not yet on a node; pending before unknown before running; not ready; lower deletion cost; on a node
/// with more of the same; ready for less long; more restarts; younger. Ages are compared by order of magnitude, so
/// that not always the youngest of many old ones goes.
enum PodRanking {
    private static let deletionCost = "controller.kubernetes.io/pod-deletion-cost"

    /// The least loss first.
    static func sorted(_ pods: [Pod], related: [Pod], now: Timestamp) -> [Pod] {
        var countOnNode: [String: Int] = [:]
        for pod in related where !pod.spec.nodeName.isEmpty { countOnNode[pod.spec.nodeName, default: 0] += 1 }
        return pods.map { Ranked($0, neighbours: countOnNode[$0.spec.nodeName] ?? 0, now: now) }
            .sorted { $0.goesBefore($1) }.map(\.pod)
    }

    private struct Ranked {
        let pod: Pod
        let neighbours: Int
        let cost: Int32
        let restarts: Int32
        let now: Timestamp

        init(_ pod: Pod, neighbours: Int, now: Timestamp) {
            self.pod = pod
            self.neighbours = neighbours
            self.now = now
            cost = pod.metadata.annotations[deletionCost].flatMap { Int32($0) } ?? 0
            restarts = (pod.status.containerStatuses + pod.status.initContainerStatuses)
                .reduce(0) { max($0, $1.restartCount) }
        }

        var phaseRank: Int {
            switch pod.status.phase {
            case "Unknown": 1
            case "Running": 2
            case _: 0
            }
        }

        var readySince: Timestamp? { pod.isReady ? pod.condition("Ready")?.lastTransitionTime : nil }

        func goesBefore(_ other: Ranked) -> Bool {
            if pod.spec.nodeName.isEmpty != other.pod.spec.nodeName.isEmpty { return pod.spec.nodeName.isEmpty }
            if phaseRank != other.phaseRank { return phaseRank < other.phaseRank }
            if pod.isReady != other.pod.isReady { return !pod.isReady }
            if cost != other.cost { return cost < other.cost }
            if neighbours != other.neighbours { return neighbours > other.neighbours }
            if readySince != other.readySince {
                guard let mine = readySince, let theirs = other.readySince else { return readySince == nil }
                let (a, b) = (magnitude(since: mine), magnitude(since: theirs))
                return a == b ? pod.metadata.uid < other.pod.metadata.uid : a < b
            }
            if restarts != other.restarts { return restarts > other.restarts }
            let (mine, theirs) = (pod.metadata.creationTimestamp, other.pod.metadata.creationTimestamp)
            if mine != theirs {
                guard let mine, let theirs else { return mine == nil }
                let (a, b) = (magnitude(since: mine), magnitude(since: theirs))
                if a != b { return a < b }
            }
            return pod.metadata.uid < other.pod.metadata.uid
        }

        /// The binary logarithm of the age in nanoseconds, rounded down.
        private func magnitude(since start: Timestamp) -> Int {
            let age = (now - start).wholeNanoseconds
            return age > 0 ? Int64.bitWidth - 1 - age.leadingZeroBitCount : -1
        }
    }
}
