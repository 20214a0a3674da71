/// An object that a node may be related to.
package struct NodeGraphKey: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case secret, configMap, persistentVolumeClaim, persistentVolume, resourceClaim, serviceAccount, pod
        case volumeAttachment, resourceSlice
    }

    package var kind: Kind
    package var namespace: String
    package var name: String

    package init(_ kind: Kind, namespace: String = "", name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

/// A pod that is bound to a node, and everything it needs there.
package struct NodeGraphPod: Sendable, Equatable {
    package var namespace: String
    package var name: String
    package var nodeName: String
    /// Secrets, config maps, claims and the service account; empty for mirror pods.
    package var references: Set<NodeGraphKey>

    package init(namespace: String, name: String, nodeName: String, references: Set<NodeGraphKey>) {
        self.namespace = namespace
        self.name = name
        self.nodeName = nodeName
        self.references = references
    }
}

/// A change of an object that relates others to nodes.
package enum NodeGraphChange: Sendable {
    case putPod(NodeGraphPod)
    case removePod(namespace: String, name: String)
    /// A volume with the claim that holds it and the secrets its driver needs.
    case putVolume(name: String, claimNamespace: String, claimName: String, secrets: Set<NodeGraphKey>)
    case removeVolume(name: String)
    case putAttachment(name: String, nodeName: String)
    case removeAttachment(name: String)
    case putResourceSlice(name: String, nodeName: String)
    case removeResourceSlice(name: String)
}

/// Which nodes need which objects, because of the pods that run there:
///
///     node <- pod <- secret, configmap, service account, resource claim, claim <- volume <- secret
///     node <- volume attachment, resource slice
///
/// Per object the nodes are counted, so that a check is a look-up and a change costs what the pod refers to.
package struct NodeGraph: Sendable {
    private struct PodKey: Hashable {
        let namespace: String
        let name: String
    }

    private struct Volume {
        let claim: NodeGraphKey
        let secrets: Set<NodeGraphKey>
    }

    private var pods: [PodKey: NodeGraphPod] = [:]
    /// How many pods (or other objects) of each node need the object.
    private var nodes: [NodeGraphKey: [String: Int]] = [:]
    private var volumes: [String: Volume] = [:]
    private var volumesOfSecret: [NodeGraphKey: Set<String>] = [:]
    private var nodeOfOwned: [NodeGraphKey: String] = [:]

    package init() {}

    package mutating func apply(_ change: NodeGraphChange) {
        switch change {
        case .putPod(let pod):
            let key = PodKey(namespace: pod.namespace, name: pod.name)
            guard pods[key] != pod else { return }
            remove(key)
            guard !pod.nodeName.isEmpty else { return }
            pods[key] = pod
            for reference in pod.keys { nodes[reference, default: [:]][pod.nodeName, default: 0] += 1 }
        case .removePod(let namespace, let name): remove(PodKey(namespace: namespace, name: name))
        case .putVolume(let name, let claimNamespace, let claimName, let secrets):
            removeVolume(name)
            guard !claimName.isEmpty else { return }
            let claim = NodeGraphKey(.persistentVolumeClaim, namespace: claimNamespace, name: claimName)
            volumes[name] = Volume(claim: claim, secrets: secrets)
            for secret in secrets { volumesOfSecret[secret, default: []].insert(name) }
        case .removeVolume(let name): removeVolume(name)
        case .putAttachment(let name, let nodeName): own(NodeGraphKey(.volumeAttachment, name: name), nodeName)
        case .removeAttachment(let name): own(NodeGraphKey(.volumeAttachment, name: name), "")
        case .putResourceSlice(let name, let nodeName): own(NodeGraphKey(.resourceSlice, name: name), nodeName)
        case .removeResourceSlice(let name): own(NodeGraphKey(.resourceSlice, name: name), "")
        }
    }

    /// Whether a path leads from the object to the node.
    package func isRelated(_ key: NodeGraphKey, to nodeName: String) -> Bool {
        if nodes[key]?[nodeName] != nil || nodeOfOwned[key] == nodeName { return true }
        switch key.kind {
        case .persistentVolume:
            guard let volume = volumes[key.name] else { return false }
            return nodes[volume.claim]?[nodeName] != nil
        case .secret:
            return (volumesOfSecret[key] ?? []).contains { name in
                volumes[name].map { nodes[$0.claim]?[nodeName] != nil } ?? false
            }
        case .configMap, .persistentVolumeClaim, .resourceClaim, .serviceAccount, .pod, .volumeAttachment,
            .resourceSlice:
            return false
        }
    }

    private mutating func remove(_ key: PodKey) {
        guard let pod = pods.removeValue(forKey: key) else { return }
        for reference in pod.keys {
            guard let count = nodes[reference]?[pod.nodeName] else { continue }
            nodes[reference]?[pod.nodeName] = count > 1 ? count - 1 : nil
            if nodes[reference]?.isEmpty == true { nodes[reference] = nil }
        }
    }

    private mutating func removeVolume(_ name: String) {
        guard let volume = volumes.removeValue(forKey: name) else { return }
        for secret in volume.secrets {
            volumesOfSecret[secret]?.remove(name)
            if volumesOfSecret[secret]?.isEmpty == true { volumesOfSecret[secret] = nil }
        }
    }

    private mutating func own(_ key: NodeGraphKey, _ nodeName: String) {
        nodeOfOwned[key] = nodeName.isEmpty ? nil : nodeName
    }
}

extension NodeGraphPod {
    fileprivate var keys: Set<NodeGraphKey> {
        references.union([NodeGraphKey(.pod, namespace: namespace, name: name)])
    }
}
