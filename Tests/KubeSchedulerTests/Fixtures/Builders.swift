import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import KubeScheduler

/// Short ways to say what a node or a pod is like.
extension Node {
    static func named(
        _ name: String, cpu: String = "4", memory: String = "8Gi", pods: Int64 = 110, labels: [String: String] = [:],
        _ change: (inout Node) -> Void = { _ in }
    ) -> Node {
        var node = Node()
        node.metadata.name = name
        node.metadata.uid = "uid-\(name)"
        node.metadata.resourceVersion = "1"
        node.metadata.labels = ["kubernetes.io/hostname": name].merging(labels) { $1 }
        node.status.allocatable = [
            "cpu": Quantity(cpu) ?? .zero, "memory": Quantity(memory) ?? .zero, "pods": .units(pods),
        ]
        change(&node)
        return node
    }
}

extension Pod {
    static func named(
        _ name: String, cpu: String? = nil, memory: String? = nil, priority: Int32 = 0, on node: String = "",
        labels: [String: String] = [:], _ change: (inout Pod) -> Void = { _ in }
    ) -> Pod {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = "default"
        pod.metadata.uid = "uid-\(name)"
        pod.metadata.resourceVersion = "1"
        pod.metadata.labels = labels
        pod.spec.schedulerName = "default-scheduler"
        pod.spec.nodeName = node
        pod.spec.priority = priority
        var container = Container()
        container.name = "main"
        container.image = "registry.example/app:1"
        if let cpu { container.resources.requests["cpu"] = Quantity(cpu) }
        if let memory { container.resources.requests["memory"] = Quantity(memory) }
        pod.spec.containers = [container]
        change(&pod)
        return pod
    }

    mutating func take(hostPort: Int32, address: String = "", networkProtocol: String = "TCP") {
        var port = ContainerPort()
        port.containerPort = 80
        port.hostPort = hostPort
        port.hostIP = address
        port.protocol = networkProtocol
        spec.containers[0].ports.append(port)
    }

    mutating func tolerate(_ key: String, _ operation: String = "Exists", _ value: String = "", effect: String = "") {
        var toleration = Toleration()
        toleration.key = key
        toleration.operator = operation
        toleration.value = value
        toleration.effect = effect
        spec.tolerations.append(toleration)
    }

    mutating func require(_ key: String, _ operation: String, _ values: [String], isField: Bool = false) {
        var requirement = NodeSelectorRequirement()
        requirement.key = key
        requirement.operator = operation
        requirement.values = values
        var term = NodeSelectorTerm()
        if isField { term.matchFields = [requirement] } else { term.matchExpressions = [requirement] }
        var affinity = spec.affinity ?? Affinity()
        var nodes = affinity.nodeAffinity ?? NodeAffinity()
        var selector = nodes.requiredDuringSchedulingIgnoredDuringExecution ?? NodeSelector()
        selector.nodeSelectorTerms.append(term)
        nodes.requiredDuringSchedulingIgnoredDuringExecution = selector
        affinity.nodeAffinity = nodes
        spec.affinity = affinity
    }

    mutating func stay(near labels: [String: String]? = nil, awayFrom others: [String: String]? = nil, by key: String) {
        func term(_ labels: [String: String]) -> PodAffinityTerm {
            var term = PodAffinityTerm()
            var selector = LabelSelector()
            selector.matchLabels = labels
            term.labelSelector = selector
            term.topologyKey = key
            return term
        }
        var affinity = spec.affinity ?? Affinity()
        if let labels {
            var near = PodAffinity()
            near.requiredDuringSchedulingIgnoredDuringExecution = [term(labels)]
            affinity.podAffinity = near
        }
        if let others {
            var far = PodAntiAffinity()
            far.requiredDuringSchedulingIgnoredDuringExecution = [term(others)]
            affinity.podAntiAffinity = far
        }
        spec.affinity = affinity
    }

    mutating func spread(_ labels: [String: String], by key: String, maxSkew: Int32 = 1, required: Bool = true) {
        var constraint = TopologySpreadConstraint()
        constraint.topologyKey = key
        constraint.maxSkew = maxSkew
        constraint.whenUnsatisfiable = required ? "DoNotSchedule" : "ScheduleAnyway"
        var selector = LabelSelector()
        selector.matchLabels = labels
        constraint.labelSelector = selector
        spec.topologySpreadConstraints.append(constraint)
    }
}

extension Taint {
    static func of(_ key: String, _ value: String = "", effect: String = "NoSchedule") -> Taint {
        var taint = Taint()
        taint.key = key
        taint.value = value
        taint.effect = effect
        return taint
    }
}

/// A cluster in which one pod after the other is planned.
struct Cluster {
    var cache = SchedulerCache()
    var cursor = Cursor()

    init(_ nodes: [Node], _ pods: [Pod] = []) {
        for node in nodes { cache.set(node) }
        for pod in pods { cache.set(pod) }
    }

    mutating func pending(_ pod: Pod) -> PendingPod { PendingPod(pod, group: cache.group(of: pod)) }

    mutating func plan(_ pod: Pod, by profile: Profile = .standard, chance: UInt64 = 0) -> SchedulingPlan {
        let plan = CyclePlan.decide(
            pending(pod), in: cache.snapshot, by: profile, from: cursor, tieBreaker: chance)
        cursor = plan.cursor
        return plan
    }

    /// Plans the pod, and places it where the plan says.
    mutating func place(_ pod: Pod, by profile: Profile = .standard, chance: UInt64 = 0) -> String? {
        guard let node = plan(pod, by: profile, chance: chance).node else { return nil }
        cache.assume(pending(pod).info, on: node)
        return node
    }
}

extension SchedulingPlan {
    var node: String? {
        if case .place(let node) = decision { return node }
        return nil
    }

    var message: String? {
        if case .reject(let message, _) = decision { return message }
        return nil
    }

    var victims: [String] {
        if case .reject(_, .evict(_, let victims)) = decision { return victims.map(\.key.name) }
        return []
    }
}
