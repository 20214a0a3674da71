package import APITypes
internal import APIMachinery

/// What a node is, apart from what runs on it.
package final class NodeShape: Sendable {
    package let name: String
    package let labels: [String: String]
    package let isUnschedulable: Bool
    /// Taints that keep pods away: NoSchedule and NoExecute.
    package let taints: [Taint]
    /// PreferNoSchedule.
    package let softTaints: [Taint]
    package let allocatable: Resources
    package let podsMax: Int
    /// Bytes, by every name an image has.
    package let images: [String: Int64]

    package init(_ node: Node) {
        name = node.metadata.name
        labels = node.metadata.labels
        isUnschedulable = node.spec.unschedulable
        taints = node.spec.taints.filter { $0.effect == "NoSchedule" || $0.effect == "NoExecute" }
        softTaints = node.spec.taints.filter { $0.effect == "PreferNoSchedule" }
        allocatable = Resources(node.status.allocatable)
        podsMax = Int(node.status.allocatable["pods"]?.value ?? 0)
        var images: [String: Int64] = [:]
        for image in node.status.images {
            for name in image.names { images[ImageName.normalized(name)] = image.sizeBytes }
        }
        self.images = images
    }
}

/// A node and what is on it, at one moment. Never changes: an update makes a new one.
package final class NodeInfo: Sendable {
    package let shape: NodeShape
    package let pods: [PodInfo]
    package let requested: Resources
    package let nonZeroCPUMillis: Int64
    package let nonZeroMemory: Int64
    package let hostPorts: [HostPort]
    package let groups: [GroupCount]
    /// Pods that have any pod affinity or anti-affinity.
    package let podsWithAffinity: [PodInfo]

    package var name: String { shape.name }

    package convenience init(_ shape: NodeShape, pods: [PodInfo] = []) {
        var draft = Draft()
        for pod in pods { draft.add(pod) }
        self.init(shape, draft)
    }

    private init(_ shape: NodeShape, _ draft: Draft) {
        self.shape = shape
        pods = draft.pods
        requested = draft.requested
        nonZeroCPUMillis = draft.nonZeroCPUMillis
        nonZeroMemory = draft.nonZeroMemory
        hostPorts = draft.hostPorts
        groups = draft.groups
        podsWithAffinity = draft.podsWithAffinity
    }

    package func with(_ shape: NodeShape) -> NodeInfo { NodeInfo(shape, Draft(self)) }

    package func adding(_ pod: PodInfo) -> NodeInfo {
        var draft = Draft(self)
        draft.add(pod)
        return NodeInfo(shape, draft)
    }

    /// Without the pod of that UID; itself when it has none.
    package func removing(uid: String) -> NodeInfo {
        guard let index = pods.firstIndex(where: { $0.uid == uid }) else { return self }
        var draft = Draft(self)
        draft.remove(at: index)
        return NodeInfo(shape, draft)
    }

    private struct Draft {
        var pods: [PodInfo] = []
        var requested = Resources()
        var nonZeroCPUMillis: Int64 = 0
        var nonZeroMemory: Int64 = 0
        var hostPorts: [HostPort] = []
        var groups: [GroupCount] = []
        var podsWithAffinity: [PodInfo] = []

        init() {}

        init(_ node: NodeInfo) {
            pods = node.pods
            requested = node.requested
            nonZeroCPUMillis = node.nonZeroCPUMillis
            nonZeroMemory = node.nonZeroMemory
            hostPorts = node.hostPorts
            groups = node.groups
            podsWithAffinity = node.podsWithAffinity
        }

        mutating func add(_ pod: PodInfo) {
            pods.append(pod)
            requested += pod.requested
            nonZeroCPUMillis += pod.nonZeroCPUMillis
            nonZeroMemory += pod.nonZeroMemory
            hostPorts += pod.hostPorts
            if let index = groups.firstIndex(where: { $0.group == pod.group }) {
                groups[index].count += 1
            } else {
                groups.append(GroupCount(group: pod.group, count: 1))
            }
            if pod.affinity != nil { podsWithAffinity.append(pod) }
        }

        mutating func remove(at index: Int) {
            let pod = pods.remove(at: index)
            requested -= pod.requested
            nonZeroCPUMillis -= pod.nonZeroCPUMillis
            nonZeroMemory -= pod.nonZeroMemory
            for port in pod.hostPorts {
                if let taken = hostPorts.firstIndex(of: port) { hostPorts.remove(at: taken) }
            }
            if let place = groups.firstIndex(where: { $0.group == pod.group }) {
                groups[place].count -= 1
                if groups[place].count == 0 { groups.remove(at: place) }
            }
            if pod.affinity != nil { podsWithAffinity.removeAll { $0 === pod } }
        }
    }
}
