package import APIMachinery
package import APITypes
package import Determinism
internal import APIRules

/// Turns a file into a pod that this node runs without being told by the API. Pure; upstream's rules
/// (`pkg/kubelet/config/common.go`).
package enum StaticPodManifest {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter seen: When the manifest was first read.
    package static func pod(
        _ text: [UInt8], node: String, seen: Timestamp
    ) throws(Failure) -> Pod {
        var value: Value
        do {
            let documents = try YAML.parse(text).filter { $0 != .null }
            guard documents.count == 1 else { throw Failure(description: "a manifest holds one pod") }
            value = documents[0]
        } catch {
            throw Failure(description: "\(error)")
        }
        guard value["kind"]?.stringValue == "Pod", value["apiVersion"]?.stringValue == "v1" else {
            throw Failure(description: "a manifest holds a Pod of v1")
        }
        let identity = hash(text, node)
        guard var fields = value.objectValue else { throw Failure(description: "a manifest holds an object") }
        PodDefaults.apply(&fields)
        value = .object(fields)
        var pod: Pod
        do { pod = try Pod(value: value) } catch { throw Failure(description: "\(error)") }
        guard !pod.metadata.name.isEmpty else { throw Failure(description: "metadata.name: Required value") }
        pod.metadata.name += "-\(node)"
        if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "default" }
        if pod.metadata.uid.isEmpty { pod.metadata.uid = identity }
        pod.metadata.resourceVersion = "1"
        pod.metadata.creationTimestamp = seen
        pod.metadata.annotations[PodLabels.configHash] = identity
        pod.metadata.annotations[PodLabels.configSource] = "file"
        pod.metadata.annotations[PodLabels.configSeen] = seen.rfc3339Nano
        pod.spec.nodeName = node
        var toleration = Toleration()
        toleration.operator = "Exists"
        toleration.effect = "NoExecute"
        pod.spec.tolerations.append(toleration)
        pod.status.phase = "Pending"
        return pod
    }

    /// What the API shows of a static pod; nil until the node itself is known there.
    package static func mirror(of pod: Pod, owner node: Node) -> Pod {
        var mirror = pod
        mirror.metadata.uid = ""
        mirror.metadata.resourceVersion = ""
        mirror.metadata.creationTimestamp = nil
        mirror.metadata.annotations[PodLabels.configMirror] = pod.metadata.annotations[PodLabels.configHash]
        var owner = OwnerReference()
        owner.apiVersion = "v1"
        owner.kind = "Node"
        owner.name = node.metadata.name
        owner.uid = node.metadata.uid
        owner.controller = true
        mirror.metadata.ownerReferences = [owner]
        return mirror
    }

    /// 32 hexadecimal digits that change with the manifest: the pod's UID.
    private static func hash(_ text: [UInt8], _ node: String) -> String {
        var halves: [UInt64] = [0xcbf2_9ce4_8422_2325, 0x6c62_272e_07bb_0142]
        for index in halves.indices {
            for byte in text + Array(node.utf8) {
                halves[index] = (halves[index] ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        return halves.map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
