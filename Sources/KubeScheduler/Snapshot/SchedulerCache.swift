package import APIMachinery
package import APITypes
package import ControllerRuntime

/// Keeps the snapshot in step with the cluster, one node at a time, and counts pods that were placed but
/// are not yet seen on their node ("assumed").
///
/// A pod that the server has not confirmed stays assumed until it is seen, deleted or ``forget(uid:)`` is called.
package struct SchedulerCache: Sendable {
    package internal(set) var snapshot = ClusterSnapshot()
    /// Pods that have a node, or are assumed to.
    private var pods: [String: PodInfo] = [:]
    private var assumed: Set<String> = []
    /// Pods on nodes that are not known (any more).
    private var orphans: [String: [PodInfo]] = [:]
    private var groups: Set<LabelGroup> = []
    private var groupsMax = 1024
    private var nominations: [String: String] = [:]

    package init() {}

    package var podCount: Int { pods.count }

    package func isAssumed(uid: String) -> Bool { assumed.contains(uid) }

    package func pod(uid: String) -> PodInfo? { pods[uid] }

    // MARK: Nodes

    package mutating func set(_ node: Node) {
        let shape = NodeShape(node)
        for image in shape.images.keys { snapshot.imageNodes[image, default: 0] += 1 }
        if let index = snapshot.indexes[shape.name] {
            forgetImages(of: snapshot.nodes[index].shape)
            snapshot.nodes[index] = snapshot.nodes[index].with(shape)
            return
        }
        let place = snapshot.names.firstIndex { $0 > shape.name } ?? snapshot.names.count
        let node = NodeInfo(shape, pods: orphans.removeValue(forKey: shape.name) ?? [])
        snapshot.nodes.insert(node, at: place)
        snapshot.names.insert(shape.name, at: place)
        snapshot.podsWithAffinity += node.podsWithAffinity.count
        reindex()
    }

    package mutating func removeNode(named name: String) {
        guard let index = snapshot.indexes[name] else { return }
        let node = snapshot.nodes.remove(at: index)
        snapshot.names.remove(at: index)
        snapshot.podsWithAffinity -= node.podsWithAffinity.count
        forgetImages(of: node.shape)
        if !node.pods.isEmpty { orphans[name] = node.pods }
        reindex()
    }

    private mutating func reindex() {
        snapshot.indexes.removeAll(keepingCapacity: true)
        for (index, name) in snapshot.names.enumerated() { snapshot.indexes[name] = index }
    }

    private mutating func forgetImages(of shape: NodeShape) {
        for image in shape.images.keys {
            let left = snapshot.imageNodes[image, default: 0] - 1
            snapshot.imageNodes[image] = left > 0 ? left : nil
        }
    }

    // MARK: Pods

    /// A pod the server says has a node.
    package mutating func set(_ pod: Pod) {
        assumed.remove(pod.metadata.uid)
        dropNomination(uid: pod.metadata.uid)
        if let old = pods[pod.metadata.uid] { detach(old) }
        attach(PodInfo(pod, group: group(of: pod)))
    }

    /// A pod that was deleted or has finished.
    package mutating func removePod(uid: String) {
        assumed.remove(uid)
        dropNomination(uid: uid)
        if let old = pods[uid] { detach(old) }
    }

    /// Counts the pod on the node from now on, before the server knows.
    package mutating func assume(_ pod: PodInfo, on node: String) {
        precondition(pods[pod.uid] == nil, "pod \(pod.key) placed twice")
        dropNomination(uid: pod.uid)
        assumed.insert(pod.uid)
        attach(pod.placed(on: node))
    }

    /// Takes back ``assume(_:on:)``, unless the server has confirmed it meanwhile.
    package mutating func forget(uid: String) {
        guard assumed.remove(uid) != nil, let pod = pods[uid] else { return }
        detach(pod)
    }

    /// The pod waits for room on the node, or no longer waits.
    package mutating func nominate(_ pod: PodInfo, on node: String?) {
        dropNomination(uid: pod.uid)
        guard let node, pods[pod.uid] == nil else { return }
        nominations[pod.uid] = node
        snapshot.nominated[node, default: []].append(pod)
    }

    private mutating func dropNomination(uid: String) {
        guard let node = nominations.removeValue(forKey: uid) else { return }
        snapshot.nominated[node]?.removeAll { $0.uid == uid }
        if snapshot.nominated[node]?.isEmpty == true { snapshot.nominated[node] = nil }
    }

    private mutating func attach(_ pod: PodInfo) {
        pods[pod.uid] = pod
        guard let index = snapshot.indexes[pod.nodeName] else {
            orphans[pod.nodeName, default: []].append(pod)
            return
        }
        snapshot.nodes[index] = snapshot.nodes[index].adding(pod)
        if pod.affinity != nil { snapshot.podsWithAffinity += 1 }
    }

    private mutating func detach(_ pod: PodInfo) {
        pods[pod.uid] = nil
        guard let index = snapshot.indexes[pod.nodeName] else {
            orphans[pod.nodeName]?.removeAll { $0.uid == pod.uid }
            if orphans[pod.nodeName]?.isEmpty == true { orphans[pod.nodeName] = nil }
            return
        }
        snapshot.nodes[index] = snapshot.nodes[index].removing(uid: pod.uid)
        if pod.affinity != nil { snapshot.podsWithAffinity -= 1 }
    }

    // MARK: What pods belong to

    package mutating func set(service: String, namespace: String = "default", _ selector: Selector?) {
        snapshot.services[namespace, default: [:]][service] = selector
        if snapshot.services[namespace]?.isEmpty == true { snapshot.services[namespace] = nil }
    }

    package mutating func set(budget: DisruptionBudgetInfo?, key: ObjectKey) { snapshot.budgets[key] = budget }

    // MARK: Label groups

    /// The one group for all pods with these labels.
    package mutating func group(of pod: Pod) -> LabelGroup {
        let group = LabelGroup(
            namespace: pod.metadata.namespace, labels: pod.metadata.labels,
            isTerminating: pod.metadata.deletionTimestamp != nil)
        if let index = groups.firstIndex(of: group) { return groups[index] }
        if groups.count >= groupsMax { dropUnusedGroups() }
        groups.insert(group)
        return group
    }

    private mutating func dropUnusedGroups() {
        groups = Set(pods.values.map(\.group))
        groupsMax = max(1024, groups.count * 2)
    }
}
