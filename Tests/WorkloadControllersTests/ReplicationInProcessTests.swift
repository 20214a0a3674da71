import APIClient
import APIMachinery
import APITypes
import ControllerRuntime
import TestKit
import Testing
import WorkloadControllers

@Suite("Workloads against a real API server", .timeLimit(.minutes(1)))
struct ReplicationInProcessTests {
    @Test("a deployment becomes available, rolls to a new template and scales down, with every pod made once")
    func deploymentLife() async throws {
        try await InProcessCluster.with { cluster in
            let context = try cluster.context()
            let controllers = WorkloadControllerList.all(context) + [HollowNode.make(context)]
            try await cluster.running(context, controllers) {
                let client = try cluster.client()
                var account = ServiceAccount()
                account.metadata.name = "default"
                account.metadata.namespace = "default"
                _ = try await client.create(account)
                var sample = Deployment.sample(replicas: 3)
                sample.metadata = ObjectMeta()
                sample.metadata.name = "web"
                sample.metadata.namespace = "default"
                _ = try await client.create(sample)
                let up = try await client.wait(for: Deployment.self, "default/web") {
                    $0.status.availableReplicas == 3 && $0.status.observedGeneration == $0.metadata.generation
                }
                #expect(up.metadata.annotations["deployment.kubernetes.io/revision"] == "1")
                let pods = try await client.list(Pod.self, namespace: "default").items
                #expect(pods.count == 3)
                #expect(pods.allSatisfy { $0.metadata.controllerReference?.kind == "ReplicaSet" })

                _ = try await client.patch(
                    Deployment.self, "web", namespace: "default",
                    .strategic([
                        "spec": ["template": ["spec": ["containers": [["name": "main", "image": "web:2"]]]]]
                    ]))
                let rolled = try await client.wait(for: Deployment.self, "default/web") {
                    $0.status.updatedReplicas == 3 && $0.status.replicas == 3 && $0.status.availableReplicas == 3
                        && $0.status.observedGeneration == $0.metadata.generation
                }
                #expect(rolled.metadata.annotations["deployment.kubernetes.io/revision"] == "2")

                _ = try await client.patch(
                    Deployment.self, "web", namespace: "default", .merge(["spec": ["replicas": 1]]))
                let left = try await client.waitForAll(Pod.self, namespace: "default") { $0.count == 1 }
                #expect(left.map(\.spec.containers[0].image) == ["web:2"])
            }
        }
    }
}
