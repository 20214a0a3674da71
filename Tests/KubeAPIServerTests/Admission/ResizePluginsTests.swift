import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

@Suite("Plugins that look at a pod's resize", .timeLimit(.minutes(1)))
struct ResizePluginsTests {
    private static func sized(_ processors: String) -> Value {
        let amounts: Value = ["cpu": .string(processors), "memory": "64Mi"]
        return ["spec": ["containers": [["name": "c", "resources": ["requests": amounts, "limits": amounts]]]]]
    }

    /// The message of what was refused.
    private static func send(
        _ client: APIClient, _ method: APIRequest.Method, _ path: String, _ body: Value, as type: String
    ) async throws -> String? {
        do {
            _ = try await client.transport.send(APIRequest(method, path, body: body.json, contentType: type))
            return nil
        } catch { return error.message }
    }

    @Test("a pod grows only where its node has declared that it can, and not beyond it")
    func resize() async throws {
        let choice = try AdmissionChoice(enable: [], disable: ["ServiceAccount"])
        try await InProcessCluster.with(configure: { $0.plugins = choice }) { cluster in
            let client = try cluster.client()
            let json = "application/json"
            let merge = "application/strategic-merge-patch+json"
            func patch(_ path: String, _ body: Value) async throws -> String? {
                try await Self.send(client, .patch, path, body, as: merge)
            }
            let labels: Value = ["kubernetes.io/os": "linux"]
            let node: Value = [
                "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n", "labels": labels],
            ]
            #expect(try await Self.send(client, .post, "/api/v1/nodes", node, as: json) == nil)
            let status: Value = ["status": ["allocatable": ["cpu": "2", "memory": "1Gi"]]]
            #expect(try await patch("/api/v1/nodes/n/status", status) == nil)
            var pod: Value = ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"]]
            pod["spec"] = Self.sized("1")["spec"]
            pod[path: "spec", "nodeName"] = "n"
            pod[path: "spec", "containers"] = .array(
                (pod[path: "spec", "containers"]?.arrayValue ?? []).map { container in
                    var container = container
                    container["image"] = "i"
                    return container
                })
            let pods = "/api/v1/namespaces/default/pods"
            #expect(try await Self.send(client, .post, pods, pod, as: json) == nil)
            let quality: Value = ["status": ["qosClass": "Guaranteed"]]
            _ = try await patch("\(pods)/p/status", quality)

            #expect(
                try await patch("\(pods)/p/resize", Self.sized("1500m"))
                    == "pods \"p\" is forbidden: pod update requires features GuaranteedQoSPodCPUResize which are not"
                    + " available on node \"n\"")
            let declared: Value = ["status": ["declaredFeatures": ["GuaranteedQoSPodCPUResize"]]]
            #expect(try await patch("/api/v1/nodes/n/status", declared) == nil)
            #expect(try await patch("\(pods)/p/resize", Self.sized("1500m")) == nil)
            #expect(
                try await patch("\(pods)/p/resize", Self.sized("3"))
                    == "pods \"p\" is forbidden: Node didn't have enough allocatable resources: cpu, requested: 3000,"
                    + " allocatable: 2000")
        }
    }
}
