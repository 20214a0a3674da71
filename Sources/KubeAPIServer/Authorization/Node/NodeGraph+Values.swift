package import APIMachinery
package import APIRegistry

// What pods, volumes and attachments say of the objects that they need.

extension NodeGraphPod {
    package static let mirrorAnnotation = "kubernetes.io/config.mirror"

    /// Reads a Pod. A mirror pod refers to nothing, whatever it says: its own node made it.
    package init(_ pod: Value) {
        let namespace = pod[path: "metadata", "namespace"]?.stringValue ?? ""
        let name = pod[path: "metadata", "name"]?.stringValue ?? ""
        let isMirror = pod[path: "metadata", "annotations", Self.mirrorAnnotation] != nil
        self.init(
            namespace: namespace, name: name, nodeName: pod[path: "spec", "nodeName"]?.stringValue ?? "",
            references: isMirror ? [] : PodReferences(pod, namespace: namespace, name: name).keys)
    }

    /// Whether a pod's state can say anything new: most writes of pods change nothing that a node needs. What a pod
    /// refers to is settled with its node, but for ephemeral containers and claims made on its behalf.
    package static func isNews(_ pod: CachedObject, since previous: CachedObject?, in pods: ResourceCache) -> Bool {
        guard let field = pods.fields.firstIndex(where: { $0.name == "spec.nodeName" }) else { return true }
        guard !pod.selectable[field].isEmpty else { return false }
        return previous?.selectable[field] != pod.selectable[field] || pod.mentions("ephemeralContainers")
            || pod.mentions("laimStatus")
    }
}

extension NodeGraphChange {
    /// Reads a PersistentVolume.
    package static func putVolume(_ volume: Value) -> NodeGraphChange {
        let claim = volume[path: "spec", "claimRef"]
        var secrets: Set<NodeGraphKey> = []
        for source in (volume["spec"]?.objectValue ?? Fields()).map(\.value) {
            for field in source.objectValue ?? Fields() where field.name.hasSuffix("ecretRef") {
                guard let name = field.value["name"]?.stringValue else { continue }
                // Without a namespace of its own the secret is the claim's neighbour.
                let namespace = field.value["namespace"]?.stringValue ?? claim?["namespace"]?.stringValue ?? ""
                secrets.insert(NodeGraphKey(.secret, namespace: namespace, name: name))
            }
        }
        return .putVolume(
            name: volume[path: "metadata", "name"]?.stringValue ?? "",
            claimNamespace: claim?["namespace"]?.stringValue ?? "", claimName: claim?["name"]?.stringValue ?? "",
            secrets: secrets)
    }

    /// Reads a VolumeAttachment.
    package static func putAttachment(_ attachment: Value) -> NodeGraphChange {
        .putAttachment(
            name: attachment[path: "metadata", "name"]?.stringValue ?? "",
            nodeName: attachment[path: "spec", "nodeName"]?.stringValue ?? "")
    }

    /// Reads a ResourceSlice.
    package static func putResourceSlice(_ slice: Value) -> NodeGraphChange {
        .putResourceSlice(
            name: slice[path: "metadata", "name"]?.stringValue ?? "",
            nodeName: slice[path: "spec", "nodeName"]?.stringValue ?? "")
    }
}

/// Everything in its namespace that a pod refers to.
struct PodReferences {
    private(set) var keys: Set<NodeGraphKey> = []
    private(set) var hasTrustBundles = false
    private let namespace: String

    init(_ pod: Value, namespace: String, name: String) {
        self.namespace = namespace
        let spec = pod["spec"] ?? .emptyObject
        add(.serviceAccount, spec["serviceAccountName"])
        for secret in spec["imagePullSecrets"]?.arrayValue ?? [] { add(.secret, secret["name"]) }
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            for container in spec[list]?.arrayValue ?? [] { addEnvironment(container) }
        }
        for volume in spec["volumes"]?.arrayValue ?? [] { addVolume(volume, podName: name) }
        for claim in spec["resourceClaims"]?.arrayValue ?? [] { add(.resourceClaim, claim["resourceClaimName"]) }
        for status in pod[path: "status", "resourceClaimStatuses"]?.arrayValue ?? [] {
            add(.resourceClaim, status["resourceClaimName"])
        }
        add(.resourceClaim, pod[path: "status", "extendedResourceClaimStatus", "resourceClaimName"])
    }

    func contains(_ kind: NodeGraphKey.Kind) -> Bool { keys.contains { $0.kind == kind } }

    private mutating func add(_ kind: NodeGraphKey.Kind, _ name: Value?) {
        guard let name = name?.stringValue, !name.isEmpty else { return }
        keys.insert(NodeGraphKey(kind, namespace: namespace, name: name))
    }

    private mutating func addEnvironment(_ container: Value) {
        for source in container["envFrom"]?.arrayValue ?? [] {
            add(.configMap, source[path: "configMapRef", "name"])
            add(.secret, source[path: "secretRef", "name"])
        }
        for variable in container["env"]?.arrayValue ?? [] {
            add(.configMap, variable[path: "valueFrom", "configMapKeyRef", "name"])
            add(.secret, variable[path: "valueFrom", "secretKeyRef", "name"])
        }
    }

    private mutating func addVolume(_ volume: Value, podName: String) {
        add(.secret, volume[path: "secret", "secretName"])
        add(.configMap, volume[path: "configMap", "name"])
        add(.persistentVolumeClaim, volume[path: "persistentVolumeClaim", "claimName"])
        if volume["ephemeral"] != nil, let name = volume["name"]?.stringValue {
            add(.persistentVolumeClaim, .string(podName + "-" + name))
        }
        for source in volume[path: "projected", "sources"]?.arrayValue ?? [] {
            add(.secret, source[path: "secret", "name"])
            add(.configMap, source[path: "configMap", "name"])
            if source["clusterTrustBundle"] != nil { hasTrustBundles = true }
        }
        // Sources of storage systems keep their secret under one of these names.
        for source in (volume.objectValue ?? Fields()).map(\.value) {
            add(.secret, source[path: "secretRef", "name"])
            add(.secret, source[path: "nodePublishSecretRef", "name"])
        }
        add(.secret, volume[path: "azureFile", "secretName"])
    }
}
