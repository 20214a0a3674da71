package import APITypes
package import ControllerRuntime
package import Determinism

/// What the scheduler keeps of every pod that has a node.
package final class PodInfo: Sendable {
    package let key: ObjectKey
    package let uid: String
    package let group: LabelGroup
    package let nodeName: String
    package let priority: Int32
    package let requested: Resources
    /// Requests with defaults for containers that name none; only scores look at them.
    package let nonZeroCPUMillis: Int64
    package let nonZeroMemory: Int64
    package let hostPorts: [HostPort]
    package let affinity: PodAffinityTerms?
    /// Names of PersistentVolumeClaims in the pod's namespace.
    package let claims: [String]
    /// When the kubelet took it, or when it was made.
    package let started: Timestamp

    package init(_ pod: Pod, group: LabelGroup, nodeName: String? = nil) {
        let requests = PodRequests(pod)
        key = ObjectKey(pod)
        uid = pod.metadata.uid
        self.group = group
        self.nodeName = nodeName ?? pod.spec.nodeName
        priority = pod.spec.priority ?? 0
        requested = requests.requested
        nonZeroCPUMillis = requests.nonZero.cpuMillis
        nonZeroMemory = requests.nonZero.memory
        hostPorts = HostPort.of(pod.spec)
        affinity = PodAffinityTerms(pod)
        claims = PodInfo.claims(of: pod)
        started = pod.status.startTime ?? pod.metadata.creationTimestamp ?? Timestamp(nanoseconds: 0)
    }

    private init(_ info: PodInfo, nodeName: String) {
        key = info.key
        uid = info.uid
        group = info.group
        self.nodeName = nodeName
        priority = info.priority
        requested = info.requested
        nonZeroCPUMillis = info.nonZeroCPUMillis
        nonZeroMemory = info.nonZeroMemory
        hostPorts = info.hostPorts
        affinity = info.affinity
        claims = info.claims
        started = info.started
    }

    /// The pod as it will be on that node.
    package func placed(on node: String) -> PodInfo { PodInfo(self, nodeName: node) }

    /// The claims that volumes name, and those that ephemeral volumes get: `pod-volume`.
    private static func claims(of pod: Pod) -> [String] {
        var claims: [String] = []
        for volume in pod.spec.volumes {
            if let claim = volume.persistentVolumeClaim { claims.append(claim.claimName) }
            if volume.ephemeral != nil { claims.append("\(pod.metadata.name)-\(volume.name)") }
        }
        return claims
    }
}

/// A pod that waits for a node: the slim form and what only its own cycle asks for.
package final class PendingPod: Sendable {
    package let info: PodInfo
    package let schedulerName: String
    package let created: Timestamp
    package let tolerations: [Toleration]
    package let demand: NodeDemand
    package let preferences: [(weight: Int64, term: NodePreference)]
    package let spread: [SpreadConstraint]
    package let images: [String]
    package let containerCount: Int
    package let nominatedNodeName: String
    package let neverPreempts: Bool
    package let isGated: Bool
    /// The workload that made it.
    package let owner: OwnerReference?
    /// Whom events are about.
    package let reference: ObjectReference

    package init(_ pod: Pod, group: LabelGroup) {
        let spec = pod.spec
        info = PodInfo(pod, group: group)
        schedulerName = spec.schedulerName
        created = pod.metadata.creationTimestamp ?? Timestamp(nanoseconds: 0)
        tolerations = spec.tolerations
        demand = NodeDemand(spec)
        let preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
        preferences = preferred.map { (Int64($0.weight), NodePreference($0.preference)) }
        spread = spec.topologySpreadConstraints.map { SpreadConstraint($0, labels: pod.metadata.labels) }
        images = spec.containers.map { ImageName.normalized($0.image) }
        containerCount = spec.containers.count + spec.initContainers.count
        nominatedNodeName = pod.status.nominatedNodeName
        neverPreempts = spec.preemptionPolicy == "Never"
        isGated = !spec.schedulingGates.isEmpty
        owner = pod.metadata.ownerReferences.first { $0.controller == true }
        reference = EventRecorder.reference(to: pod)
    }
}

/// A preferred node affinity term. Unlike a required one, an empty one matches every node.
package struct NodePreference: Sendable {
    private let term: NodeTerms.Term

    init(_ term: NodeSelectorTerm) { self.term = NodeTerms.Term(term) }

    func matches(_ node: NodeShape) -> Bool {
        term.isEmpty || term.matches(node)
    }
}

/// Image names as nodes report them.
enum ImageName {
    /// An image without tag and digest has the tag `latest`.
    static func normalized(_ name: String) -> String {
        let afterSlash = name.lastIndex(of: "/").map { name[name.index(after: $0)...] } ?? name[...]
        return afterSlash.contains(":") ? name : name + ":latest"
    }
}
