internal import APIMachinery
package import APITypes
internal import ControllerRuntime
package import Determinism

/// What to do about one DaemonSet.
package struct DaemonSetPlan: Sendable {
    /// Pods made or deleted in one reconcile; as upstream.
    package static let burstMax = 250

    /// Nodes that get a pod.
    package private(set) var creations: [String] = []
    package private(set) var deletions: [Pod] = []
    /// Pods among ``deletions`` that have ended, to be told of.
    package private(set) var ended: [Pod] = []
    package private(set) var status: DaemonSetStatus
    package private(set) var pause: Duration?
    /// What is to be remembered for the next plan.
    package private(set) var failures: DaemonFailures

    private let set: DaemonSet
    private let hash: String
    private let now: Timestamp
    private let byNode: [String: [Pod]]
    private let nodes: [Node]

    /// - pods: all that the set has.
    /// - hash: the revision of the set's template.
    /// - failures: what the plan before this one remembered.
    package static func decide(
        _ set: DaemonSet, hash: String, nodes: [Node], pods: [Pod], failures: DaemonFailures = DaemonFailures(),
        now: Timestamp
    ) -> DaemonSetPlan {
        var plan = DaemonSetPlan(set, hash, nodes, pods, failures, now)
        if !set.metadata.isBeingDeleted {
            plan.place(pods)
            if plan.creations.isEmpty, plan.deletions.isEmpty, set.spec.updateStrategy.type != "OnDelete" {
                plan.roll()
            }
        }
        plan.report()
        return plan
    }

    private init(_ set: DaemonSet, _ hash: String, _ nodes: [Node], _ pods: [Pod], _ failures: DaemonFailures, _ now: Timestamp) {
        self.failures = failures
        self.set = set
        self.hash = hash
        self.now = now
        self.nodes = nodes.sorted { $0.metadata.name < $1.metadata.name }
        status = set.status
        byNode = Dictionary(grouping: pods) { DaemonPod.node(of: $0) ?? "" }
    }

    private var minReady: Duration { .seconds(Int64(set.spec.minReadySeconds)) }

    private func isCurrent(_ pod: Pod) -> Bool { pod.metadata.labels[DaemonPod.hashLabel] == hash }

    private func isAvailable(_ pod: Pod) -> Bool {
        !pod.metadata.isBeingDeleted && pod.isAvailable(minReady: minReady, now: now)
    }

    // MARK: One pod on each node that wants one

    private mutating func place(_ pods: [Pod]) {
        for node in nodes {
            let present = byNode[node.metadata.name] ?? []
            let (shouldRun, mayStay) = DaemonPod.belongs(on: node, set.spec.template)
            if shouldRun, present.isEmpty { creations.append(node.metadata.name) }
            if mayStay {
                tend(node.metadata.name, present)
            } else {
                deletions += present.filter { !$0.metadata.isBeingDeleted }
            }
        }
        // Pods of nodes that are gone.
        let names = Set(nodes.map(\.metadata.name))
        for (name, present) in byNode where !names.contains(name) {
            deletions += present.filter { !$0.metadata.isBeingDeleted && $0.spec.nodeName.isEmpty }
        }
        creations = Array(creations.prefix(Self.burstMax))
        deletions = Array(deletions.prefix(Self.burstMax))
    }

    private mutating func tend(_ node: String, _ present: [Pod]) {
        var alive: [Pod] = []
        for pod in present where !pod.metadata.isBeingDeleted {
            guard pod.hasFinished else {
                alive.append(pod)
                continue
            }
            if pod.status.phase == "Failed" {
                let wait = failures.pause(node, now: now)
                guard wait == .zero else {
                    pause = pause.map { min($0, wait) } ?? wait
                    continue
                }
                failures.record(node, now: now)
            }
            deletions.append(pod)
            ended.append(pod)
        }
        alive.sort(by: isOlder)
        guard surge > 0 else {
            deletions += alive.dropFirst()
            return
        }
        // Of the old template one may stay until one of the new takes its place.
        deletions += alive.filter(isCurrent).dropFirst() + alive.filter { !isCurrent($0) }.dropFirst()
    }

    /// The pod that stays goes first.
    private func isOlder(_ left: Pod, _ right: Pod) -> Bool {
        if left.spec.nodeName.isEmpty != right.spec.nodeName.isEmpty { return right.spec.nodeName.isEmpty }
        let (first, second) = (left.metadata.creationTimestamp ?? now, right.metadata.creationTimestamp ?? now)
        return (first, left.metadata.name) < (second, right.metadata.name)
    }

    // MARK: A new template

    private var desired: [Node] { nodes.filter { DaemonPod.belongs(on: $0, set.spec.template).shouldRun } }

    private func limit(_ value: IntOrString?, default fallback: IntOrString) -> Int {
        // Validation lets nothing through that cannot be scaled.
        (try? (value ?? fallback).scaled(of: desired.count, roundUp: true)) ?? 1
    }

    private var surge: Int { limit(set.spec.updateStrategy.rollingUpdate?.maxSurge, default: 0) }

    private mutating func roll() {
        if surge > 0 { return rollBySurge() }
        let unavailableMax = max(1, limit(set.spec.updateStrategy.rollingUpdate?.maxUnavailable, default: 1))
        var unavailable = 0
        var waiting: [Pod] = []
        for node in desired {
            let alive = (byNode[node.metadata.name] ?? []).filter { !$0.metadata.isBeingDeleted }
            guard let pod = alive.first else {
                unavailable += 1
                continue
            }
            if isCurrent(pod) {
                if !isAvailable(pod) { unavailable += 1 }
            } else if isAvailable(pod) {
                waiting.append(pod)
            } else {
                // It serves nobody: replacing it costs nothing.
                unavailable += 1
                deletions.append(pod)
            }
        }
        deletions += waiting.prefix(max(0, unavailableMax - unavailable))
    }

    /// New pods are made beside old ones, which go once the new ones are available. An old pod that serves nobody
    /// counts for nothing: it is replaced at once.
    private mutating func rollBySurge() {
        var surging = 0
        var waiting: [String] = []
        for node in desired {
            let alive = (byNode[node.metadata.name] ?? []).filter { !$0.metadata.isBeingDeleted }
            guard let old = alive.first(where: { !isCurrent($0) }) else { continue }
            switch (alive.first(where: isCurrent), isAvailable(old)) {
            case (nil, true): waiting.append(node.metadata.name)
            case (nil, false): creations.append(node.metadata.name)
            case (_?, false): deletions.append(old)
            case (let new?, true):
                surging += 1
                if isAvailable(new) { deletions.append(old) }
            }
        }
        creations += waiting.prefix(max(0, surge - surging))
    }

    // MARK: Reporting

    private mutating func report() {
        var new = DaemonSetStatus()
        new.conditions = status.conditions
        new.collisionCount = status.collisionCount
        new.observedGeneration = set.metadata.generation
        for node in nodes {
            let present = (byNode[node.metadata.name] ?? []).filter {
                !($0.metadata.isBeingDeleted && $0.hasFinished)
            }
            guard DaemonPod.belongs(on: node, set.spec.template).shouldRun else {
                if !present.isEmpty { new.numberMisscheduled += 1 }
                continue
            }
            new.desiredNumberScheduled += 1
            guard let pod = present.sorted(by: isOlder).first else { continue }
            new.currentNumberScheduled += 1
            if pod.isReady {
                new.numberReady += 1
                if pod.isAvailable(minReady: minReady, now: now) { new.numberAvailable += 1 }
            }
            if isCurrent(pod) { new.updatedNumberScheduled += 1 }
            if let wait = pod.timeUntilAvailable(minReady: minReady, now: now) {
                pause = pause.map { min($0, wait) } ?? wait
            }
        }
        new.numberUnavailable = new.desiredNumberScheduled - new.numberAvailable
        status = new
    }
}
