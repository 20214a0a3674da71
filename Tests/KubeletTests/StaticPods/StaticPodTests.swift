import APIMachinery
import APITypes
import Determinism
import Kubelet
import Testing

@Suite("Pods from files")
struct StaticPodTests {
    private static let manifest = """
        apiVersion: v1
        kind: Pod
        metadata: {name: proxy, namespace: kube-system, labels: {a: b}}
        spec: {containers: [{name: main, image: "example.com/main:1"}]}
        """

    @Test func aManifestBecomesAPodOfThisNode() throws {
        let pod = try StaticPodManifest.pod(Array(Self.manifest.utf8), node: "node-1", seen: .testEpoch)
        #expect(pod.metadata.name == "proxy-node-1" && pod.metadata.namespace == "kube-system")
        #expect(pod.metadata.uid.count == 32)
        #expect(pod.metadata.annotations["kubernetes.io/config.source"] == "file")
        #expect(pod.spec.nodeName == "node-1" && pod.spec.restartPolicy == "Always", "defaults are put in")
        #expect(pod.spec.tolerations.contains { $0.operator == "Exists" && $0.effect == "NoExecute" })
        let changed = try StaticPodManifest.pod(
            Array(Self.manifest.replacing("main:1", with: "main:2").utf8), node: "node-1", seen: .testEpoch)
        #expect(changed.metadata.uid != pod.metadata.uid, "a changed manifest is another pod")
        var node = Node()
        node.metadata.name = "node-1"
        node.metadata.uid = "n"
        let mirror = StaticPodManifest.mirror(of: pod, owner: node)
        #expect(mirror.metadata.annotations["kubernetes.io/config.mirror"] == pod.metadata.uid)
        #expect(mirror.metadata.uid.isEmpty && mirror.metadata.ownerReferences.first?.controller == true)
    }

    @Test("what is no manifest", arguments: [
        "", "kind: Pod", "kind: Service\napiVersion: v1", "a: [", "apiVersion: v1\nkind: Pod\nmetadata: {}",
        "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod",
    ])
    func refused(text: String) {
        #expect(throws: StaticPodManifest.Failure.self) {
            try StaticPodManifest.pod(Array(text.utf8), node: "node-1", seen: .testEpoch)
        }
    }
}
