package import APITypes
internal import APIMachinery
internal import ControllerRuntime

/// The pods of a DaemonSet, and where they belong.
package enum DaemonPod {
    package static let hashLabel = "controller-revision-hash"

    /// Whether a node is to have a pod, and whether one that is there may stay.
    package static func belongs(
        on node: Node, _ template: PodTemplateSpec
    ) -> (shouldRun: Bool, mayStay: Bool) {
        let spec = template.spec
        let tolerations = spec.tolerations + own(spec)
        let named = spec.nodeName.isEmpty || spec.nodeName == node.metadata.name
        let wanted = NodeDemand(spec).matches(labels: node.metadata.labels, name: node.metadata.name)
        guard named, wanted else { return (false, false) }
        let hard = node.spec.taints.filter { $0.effect == "NoSchedule" || $0.effect == "NoExecute" }
        let untolerated = hard.filter { !tolerations.tolerate($0) }
        return (untolerated.isEmpty, !untolerated.contains { $0.effect == "NoExecute" })
    }

    /// The pod for a node. Only the affinity says which node: the scheduler still decides when.
    package static func make(for set: DaemonSet, node: String, hash: String) -> Pod {
        var pod = PodControl.pod(from: set.spec.template, for: set)
        pod.metadata.labels[hashLabel] = hash
        if let generation = set.metadata.annotations["deprecated.daemonset.template.generation"] {
            pod.metadata.labels["pod-template-generation"] = generation
        }
        for toleration in own(pod.spec) where !pod.spec.tolerations.contains(toleration) {
            pod.spec.tolerations.append(toleration)
        }
        var requirement = NodeSelectorRequirement()
        requirement.key = "metadata.name"
        requirement.operator = "In"
        requirement.values = [node]
        var term = NodeSelectorTerm()
        term.matchFields = [requirement]
        var selector = NodeSelector()
        selector.nodeSelectorTerms = [term]
        var affinity = pod.spec.affinity ?? Affinity()
        var nodes = affinity.nodeAffinity ?? NodeAffinity()
        nodes.requiredDuringSchedulingIgnoredDuringExecution = selector
        affinity.nodeAffinity = nodes
        pod.spec.affinity = affinity
        return pod
    }

    /// The node a pod is on, or is meant for.
    package static func node(of pod: Pod) -> String? {
        if !pod.spec.nodeName.isEmpty { return pod.spec.nodeName }
        let required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
        return required.flatMap { NodeTerms($0).names }?.first
    }

    /// Daemons stay on nodes in trouble.
    private static func own(_ spec: PodSpec) -> [Toleration] {
        var all = [
            ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
        ]
        if spec.hostNetwork { all.append(("network-unavailable", "NoSchedule")) }
        return all.map { key, effect in
            var toleration = Toleration()
            toleration.key = "node.kubernetes.io/\(key)"
            toleration.operator = "Exists"
            toleration.effect = effect
            return toleration
        }
    }
}
