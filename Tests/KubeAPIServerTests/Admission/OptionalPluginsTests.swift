import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

/// What the plugins do that are on only when somebody asks for them, on a whole API server.
@Suite("Plugins that may be turned on", .timeLimit(.minutes(1)))
struct OptionalPluginsTests {
    private static let pods = "/api/v1/namespaces/default/pods"

    /// Sends as the administrator, or as somebody who may only make things; the answer is the object, or the message.
    private struct Server: Sendable {
        let cluster: InProcessCluster

        @discardableResult
        func send(_ path: String, _ body: Value, _ method: APIRequest.Method = .post, user: String? = nil) async throws
            -> Value
        {
            let client = try user.map { try cluster.client(user: $0, groups: []) } ?? cluster.client()
            do {
                return try Value(json: try await client.transport.send(APIRequest(method, path, body: body.json)).body)
            } catch let error as StatusError { return .string(error.message) }
        }
    }

    private static func with(
        _ plugins: [String], _ told: AdmissionConfiguration = AdmissionConfiguration(),
        _ body: @Sendable @escaping (Server) async throws -> Void
    ) async throws {
        let choice = try AdmissionChoice(enable: plugins, disable: ["ServiceAccount"])
        let configure = { (configuration: inout APIServerConfiguration) in
            configuration.plugins = choice
            configuration.admission = told
        }
        try await InProcessCluster.with(configure: configure) { try await body(Server(cluster: $0)) }
    }

    private static func object(_ version: String, _ kind: String, _ metadata: Value, _ spec: Value? = nil) -> Value {
        var object: Value = ["apiVersion": .string(version), "kind": .string(kind), "metadata": metadata]
        if let spec { object["spec"] = spec }
        return object
    }

    private static func pod(_ name: String, _ more: Value = [:], container: Value = [:]) -> Value {
        var first: Value = ["name": "c", "image": "i:1"]
        for field in container.objectValue ?? Fields() { first[field.name] = field.value }
        var spec: Value = ["containers": .array([first])]
        for field in more.objectValue ?? Fields() { spec[field.name] = field.value }
        return object("v1", "Pod", ["name": .string(name)], spec)
    }

    @Test("AlwaysDeny refuses every write, and AlwaysPullImages pulls every image")
    func always() async throws {
        try await Self.with(["AlwaysDeny"]) { server in
            let refused = try await server.send("/api/v1/namespaces", Self.object("v1", "Namespace", ["name": "n"]))
            #expect(
                refused == "namespaces \"n\" is forbidden: admission control is denying all modifications")
        }
        try await Self.with(["AlwaysPullImages", "AlwaysAdmit"]) { server in
            let made = try await server.send(Self.pods, Self.pod("a", container: ["imagePullPolicy": "Never"]))
            #expect(made[path: "spec", "containers"]?.arrayValue?.first?["imagePullPolicy"] == "Always")
        }
    }

    @Test("NamespaceAutoProvision makes the namespace that is missing")
    func provision() async throws {
        let map = Self.object("v1", "ConfigMap", ["name": "m"])
        try await Self.with(["NamespaceAutoProvision", "NamespaceExists"]) { server in
            let made = try await server.send("/api/v1/namespaces/fresh/configmaps", map)
            #expect(made[path: "metadata", "namespace"] == "fresh")
        }
        try await Self.with(["NamespaceExists"]) { server in
            let lost = try await server.send("/api/v1/namespaces/fresh/configmaps", map)
            #expect(lost == "namespaces \"fresh\" not found")
        }
    }

    @Test("a namespace says on what nodes its pods run, and what they tolerate")
    func namespaces() async throws {
        var told = AdmissionConfiguration()
        told.nodeSelectors = ["default": "disk=fast,zone=a", "clusterDefaultNodeSelector": "disk=fast"]
        told.allowedTolerations = [["key": "k", "operator": "Exists"]]
        try await Self.with(["PodNodeSelector"], told) { server in
            let made = try await server.send(Self.pods, Self.pod("a", ["nodeSelector": ["zone": "a"]]))
            #expect(made[path: "spec", "nodeSelector"] == ["disk": "fast", "zone": "a"])
            let contrary = try await server.send(Self.pods, Self.pod("b", ["nodeSelector": ["disk": "slow"]]))
            #expect(
                contrary
                    == "pods \"b\" is forbidden: pod node label selector conflicts with its namespace node label selector")
            let foreign = try await server.send(Self.pods, Self.pod("b", ["nodeSelector": ["zone": "b"]]))
            #expect(
                foreign
                    == "pods \"b\" is forbidden: pod node label selector labels conflict with its namespace whitelist")
        }
        try await Self.with(["PodTolerationRestriction"], told) { server in
            let path = "/api/v1/namespaces/own/pods"
            let annotations: Value = [
                "scheduler.alpha.kubernetes.io/defaultTolerations": "[{\"key\":\"k\",\"operator\":\"Exists\"}]",
                "scheduler.alpha.kubernetes.io/tolerationsWhitelist": "",
            ]
            try await server.send(
                "/api/v1/namespaces", Self.object("v1", "Namespace", ["name": "own", "annotations": annotations]))
            let narrow: Value = ["key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"]
            let made = try await server.send(path, Self.pod("a", ["tolerations": .array([narrow])]))
            let tolerations = made[path: "spec", "tolerations"]?.arrayValue ?? []
            #expect(tolerations.contains(["key": "k", "operator": "Exists"]) && !tolerations.contains(narrow))
            let refused = try await server.send(Self.pods, Self.pod("b", ["tolerations": [["operator": "Exists"]]]))
            #expect(
                refused
                    == .string(
                        "pod tolerations (possibly merged with namespace default tolerations) conflict with its"
                            + " cluster whitelist"))
        }
    }

    @Test("what pods and Services ask of the cluster is bounded")
    func bounds() async throws {
        try await Self.with(
            ["LimitPodHardAntiAffinityTopology", "DenyServiceExternalIPs", "ExtendedResourceToleration"]
        ) { server in
            let term: Value = ["topologyKey": "zone", "labelSelector": [:]]
            let apart: Value = [
                "podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": .array([term])]
            ]
            let wide = try await server.send(Self.pods, Self.pod("a", ["affinity": apart]))
            #expect(
                wide
                    == .string(
                        "pods \"a\" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone"
                            + " but only key kubernetes.io/hostname is allowed"))
            let service = Self.object(
                "v1", "Service", ["name": "s"], ["ports": [["port": 80]], "externalIPs": ["192.0.2.7"]])
            let outside = try await server.send("/api/v1/namespaces/default/services", service)
            #expect(
                outside == "services \"s\" is forbidden: Use of external IPs is denied by admission control")
            let amounts: Value = ["example.com/gpu": "1", "cpu": "1"]
            let device = try await server.send(
                Self.pods, Self.pod("b", container: ["resources": ["requests": amounts, "limits": amounts]]))
            let tolerations = device[path: "spec", "tolerations"]?.arrayValue ?? []
            #expect(
                tolerations.contains(["key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule"]))
            #expect(!tolerations.contains { $0["key"] == "cpu" })
        }
    }

    @Test("events come no faster than allowed")
    func events() async throws {
        var told = AdmissionConfiguration()
        told.eventLimits = [EventLimit(type: .namespace, perSecond: 1, burst: 2, cacheSize: 10)]
        try await Self.with(["EventRateLimit"], told) { server in
            var answers: [Value] = []
            for index in 0..<5 {
                var event = Self.object("v1", "Event", ["name": .string("e\(index)")])
                event["involvedObject"] = ["kind": "Pod", "namespace": "default", "name": "p"]
                answers.append(try await server.send("/api/v1/namespaces/default/events", event))
            }
            #expect(answers[0]["kind"] == "Event")
            #expect(answers.contains("limit reached on type Namespace for key default"))
        }
    }

    @Test("who names an owner may delete the object, and hold up the owner")
    func owners() async throws {
        try await Self.with(["OwnerReferencesPermissionEnforcement"]) { server in
            let rules = "rbac.authorization.k8s.io/v1"
            let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
            var role = Self.object(rules, "Role", ["name": "maker"])
            role["rules"] = [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]]]
            try await server.send("\(roles)/roles", role)
            var binding = Self.object(rules, "RoleBinding", ["name": "maker"])
            binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "maker"]
            binding["subjects"] = [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "somebody"]]
            try await server.send("\(roles)/rolebindings", binding)
            let owner: Value = [
                "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "blockOwnerDeletion": true,
            ]
            let map = Self.object("v1", "ConfigMap", ["name": "m", "ownerReferences": .array([owner])])
            let path = "/api/v1/namespaces/default/configmaps"
            let refused = try await server.send(path, map, user: "somebody").stringValue ?? ""
            #expect(
                refused.hasPrefix(
                    "configmaps \"m\" is forbidden: cannot set an ownerRef on a resource you can't delete: "))
            role["rules"] = [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "delete"]]]
            try await server.send("\(roles)/roles/maker", role, .put)
            let blocking = try await server.send(path, map, user: "somebody").stringValue ?? ""
            #expect(blocking.contains("refers to a resource you can't set finalizers on: "))
            #expect(try await server.send(path, map)["kind"] == "ConfigMap")
        }
    }
}
