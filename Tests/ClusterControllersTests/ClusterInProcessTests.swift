import APIClient
import APIMachinery
import APITypes
import ClusterControllers
import ClusterPKI
import ControllerRuntime
import TestKit
import Testing

@Suite("Cluster controllers against a real API server", .timeLimit(.minutes(1)))
struct ClusterInProcessTests {
    private func with(
        _ body: @Sendable @escaping (InProcessCluster, APIClient) async throws -> Void
    ) async throws {
        try await InProcessCluster.with { cluster in
            let context = try cluster.context()
            let settings = ClusterSettings(authority: "PEM", signer: cluster.credentials.authority)
            let controllers = ClusterControllerList.all(context, settings) + [HollowNode.make(context)]
            try await cluster.running(context, controllers) { try await body(cluster, try cluster.client()) }
        }
    }

    private func configMap(_ name: String, _ namespace: String, owners: [OwnerReference] = []) -> ConfigMap {
        var map = ConfigMap()
        map.metadata.name = name
        map.metadata.namespace = namespace
        map.metadata.ownerReferences = owners
        return map
    }

    @Test("a new namespace gets its account and its root certificate, and goes with everything in it")
    func namespaceLife() async throws {
        try await with { _, client in
            var namespace = Namespace()
            namespace.metadata.name = "shop"
            _ = try await client.create(namespace)
            _ = try await client.wait(for: ServiceAccount.self, "shop/default") { _ in true }
            let map = try await client.wait(for: ConfigMap.self, "shop/kube-root-ca.crt") { _ in true }
            #expect(map.data == ["ca.crt": "PEM"])
            var pod = Pod.sample("p", namespace: "shop", node: "")
            pod.status = PodStatus()
            pod.metadata.uid = ""
            _ = try await client.create(pod)
            try await client.delete(Namespace.self, "shop")
            try await client.waitForEnd(of: Namespace.self, "shop")
            #expect(try await client.list(ConfigMap.self, namespace: "shop").items.map(\.metadata) == [])
        }
    }

    @Test("a service finds its pods, in Endpoints and in slices, and loses them")
    func endpoints() async throws {
        try await with { _, client in
            var service = Service()
            service.metadata.name = "web"
            service.metadata.namespace = "default"
            service.spec.selector = ["app": "web"]
            var port = ServicePort()
            port.port = 80
            port.targetPort = 8080
            service.spec.ports = [port]
            _ = try await client.create(service)
            var pod = Pod.sample("p", node: "")
            pod.status = PodStatus()
            pod.metadata.uid = ""
            _ = try await client.create(pod)
            let endpoints = try await client.wait(for: Endpoints.self, "default/web") {
                $0.subsets.first?.addresses.count == 1
            }
            #expect(endpoints.subsets.first?.ports.first?.port == 8080)
            let slices = try await client.waitForAll(EndpointSlice.self, namespace: "default") { slices in
                slices.contains { $0.metadata.name.hasPrefix("web-") && $0.endpoints.first?.conditions.ready == true }
            }
            let slice = try #require(slices.first { $0.metadata.name.hasPrefix("web-") && !$0.endpoints.isEmpty })
            #expect(slice.metadata.labels["kubernetes.io/service-name"] == "web")
            #expect(slice.endpoints.first?.targetRef?.name == "p")

            try await client.delete(Pod.self, "p", namespace: "default")
            _ = try await client.wait(for: Endpoints.self, "default/web") { $0.subsets.isEmpty }
            try await client.delete(Service.self, "web", namespace: "default")
            try await client.waitForEnd(of: Endpoints.self, "default/web")
            // Slices are garbage, collected with their owner.
            _ = try await client.waitForAll(EndpointSlice.self, namespace: "default") { slices in
                !slices.contains { $0.metadata.name.hasPrefix("web-") }
            }
        }
    }

    @Test("dependents go with their owner: after it, before it, or not at all, as the deletion says",
        arguments: [DeletionOptions.Propagation.background, .foreground, .orphan])
    func propagation(_ policy: DeletionOptions.Propagation) async throws {
        try await with { _, client in
            let owner = try await client.create(configMap("owner", "default"))
            let child = try await client.create(configMap("child", "default", owners: [.controller(owner)]))
            _ = try await client.create(configMap("grandchild", "default", owners: [.controller(child)]))
            try await client.delete(
                ConfigMap.self, "owner", namespace: "default", options: DeletionOptions(propagation: policy))
            try await client.waitForEnd(of: ConfigMap.self, "default/owner")
            if policy == .orphan {
                let kept = try await client.get(ConfigMap.self, "child", namespace: "default")
                #expect(kept.metadata.ownerReferences.isEmpty)
                return
            }
            if policy == .foreground {
                let left = try await client.list(ConfigMap.self, namespace: "default").items.map(\.metadata.name)
                #expect(!left.contains("child") && !left.contains("grandchild"))
            }
            try await client.waitForEnd(of: ConfigMap.self, "default/grandchild")
        }
    }

    @Test("what names an owner that never was is collected; what has one owner left is kept")
    func danglingOwners() async throws {
        try await with { _, client in
            let owner = try await client.create(configMap("owner", "default"))
            var ghost = OwnerReference.controller(owner)
            ghost.name = "ghost"
            ghost.uid = "00000000-0000-0000-0000-000000000000"
            ghost.controller = false
            _ = try await client.create(configMap("lost", "default", owners: [ghost]))
            _ = try await client.create(configMap("held", "default", owners: [.controller(owner), ghost]))
            try await client.waitForEnd(of: ConfigMap.self, "default/lost")
            _ = try await client.wait(for: ConfigMap.self, "default/held") { $0.metadata.ownerReferences.count == 1 }
        }
    }

    @Test("nodes get ranges of their own")
    func nodeRanges() async throws {
        try await with { _, client in
            for name in ["a", "b"] {
                var node = Node()
                node.metadata.name = name
                _ = try await client.create(node)
            }
            let nodes = try await client.waitForAll(Node.self) { nodes in
                nodes.filter { !$0.spec.podCIDR.isEmpty }.count == 2
            }
            #expect(Set(nodes.map(\.spec.podCIDR)) == ["10.244.0.0/24", "10.244.1.0/24"])
        }
    }
}
