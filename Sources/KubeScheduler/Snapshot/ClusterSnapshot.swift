package import APIMachinery
package import ControllerRuntime

/// The cluster as one cycle sees it. A value: what happens later changes the next snapshot, not this one.
package struct ClusterSnapshot: Sendable {
    /// Ordered by name, so that "the next node" means the same in every cycle.
    package internal(set) var nodes: [NodeInfo] = []
    /// The names of ``nodes``, shared by the plans made from this snapshot.
    package internal(set) var names: [String] = []
    var indexes: [String: Int] = [:]
    /// On how many nodes an image is.
    var imageNodes: [String: Int] = [:]
    /// How many pods have any pod affinity or anti-affinity.
    var podsWithAffinity = 0
    /// Pods that made room for themselves and wait for it, by node.
    var nominated: [String: [PodInfo]] = [:]
    package var namespaceLabels: [String: [String: String]] = [:]
    package var claims: [ObjectKey: ClaimInfo] = [:]
    package var volumes: [String: VolumeInfo] = [:]
    package var storageClasses: [String: StorageClassInfo] = [:]
    /// What services select, by namespace and service.
    package var services: [String: [String: Selector]] = [:]
    package var workloads: [WorkloadKey: Selector] = [:]
    package var budgets: [ObjectKey: DisruptionBudgetInfo] = [:]

    package init() {}

    package func node(named name: String) -> NodeInfo? { indexes[name].map { nodes[$0] } }

    /// The same cluster with another state of one of its nodes.
    func replacing(_ index: Int, with node: NodeInfo) -> ClusterSnapshot {
        var copy = self
        copy.podsWithAffinity += node.podsWithAffinity.count - nodes[index].podsWithAffinity.count
        copy.nodes[index] = node
        return copy
    }
}

/// A ReplicaSet, StatefulSet or ReplicationController.
package struct WorkloadKey: Sendable, Hashable {
    package let kind: String
    package let namespace: String
    package let name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

/// What scheduling asks of a PersistentVolumeClaim.
package struct ClaimInfo: Sendable, Equatable {
    package var uid = ""
    package var volumeName = ""
    package var isBound = false
    package var isTerminating = false
    package var storageClass = ""
    /// The node that was chosen for a volume yet to be made.
    package var selectedNode = ""
    package var isReadWriteOncePod = false
    package var accessModes: [String] = []
    /// Bytes asked for.
    package var size: Int64 = 0

    package init() {}
}

/// What scheduling asks of a PersistentVolume.
package struct VolumeInfo: Sendable {
    package var name = ""
    package var nodes: NodeTerms?
    package var storageClass = ""
    package var accessModes: [String] = []
    /// Bytes.
    package var capacity: Int64 = 0
    /// The claim that has it, or is promised it.
    package var claim: ObjectKey?

    package init() {}
}

/// What scheduling asks of a StorageClass.
package struct StorageClassInfo: Sendable, Equatable {
    package var waitsForConsumer = false
    package var provisioner = ""

    package init() {}

    /// Nothing makes volumes of this class: they must exist already.
    var isStatic: Bool { provisioner == "kubernetes.io/no-provisioner" }
}

/// What preemption asks of a PodDisruptionBudget.
package struct DisruptionBudgetInfo: Sendable {
    package let namespace: String
    package let selector: Selector
    package let disruptionsAllowed: Int
    /// Pods whose disruption was granted already and is under way.
    package let disruptedPods: Set<String>

    package init(namespace: String, selector: Selector, disruptionsAllowed: Int, disruptedPods: Set<String>) {
        self.namespace = namespace
        self.selector = selector
        self.disruptionsAllowed = disruptionsAllowed
        self.disruptedPods = disruptedPods
    }

    func covers(_ pod: PodInfo) -> Bool {
        pod.key.namespace == namespace && !selector.isEverything && selector.matches(pod.group.labels)
            && !disruptedPods.contains(pod.key.name)
    }
}
