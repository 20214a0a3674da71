import APIClient
import APIMachinery
import TestKit
import Testing

/// What the plugins that are always on do to what is written, on a whole API server.
@Suite("Plugins that are always on", .timeLimit(.minutes(1)))
struct DefaultPluginsTests {
    private struct Server {
        let client: APIClient

        /// The object that the server answers with, or the error as one.
        @discardableResult
        func send(_ path: String, _ body: Value, _ method: APIRequest.Method = .post) async throws -> Value {
            do {
                return try Value(json: try await client.transport.send(APIRequest(method, path, body: body.json)).body)
            } catch let error as StatusError {
                return ["code": .integer(Int64(error.code)), "message": .string(error.message)]
            }
        }

        func get(_ path: String) async throws -> Value {
            try Value(json: try await client.transport.send(APIRequest(.get, path)).body)
        }
    }

    private static let pods = "/api/v1/namespaces/default/pods"
    private static let claims = "/api/v1/namespaces/default/persistentvolumeclaims"

    private static func with(_ body: @Sendable @escaping (Server) async throws -> Void) async throws {
        try await InProcessCluster.with { cluster in
            let server = Server(client: try cluster.client())
            let account = object("v1", "ServiceAccount", "default")
            try await server.send("/api/v1/namespaces/default/serviceaccounts", account)
            try await body(server)
        }
    }

    private static func object(_ version: String, _ kind: String, _ name: String, _ more: Value = [:]) -> Value {
        var object: Value = [
            "apiVersion": .string(version), "kind": .string(kind), "metadata": ["name": .string(name)],
        ]
        for field in more.objectValue ?? Fields() { object[field.name] = field.value }
        return object
    }

    private static func pod(_ name: String, _ more: Value = [:]) -> Value {
        var spec: Value = ["containers": [["name": "c", "image": "i"]]]
        for field in more.objectValue ?? Fields() { spec[field.name] = field.value }
        return object("v1", "Pod", name, ["spec": spec])
    }

    @Test("NamespaceLifecycle keeps what a cluster needs, and lets nothing into what is not there")
    func namespaces() async throws {
        try await Self.with { server in
            let kept = try await server.send("/api/v1/namespaces/default", [:], .delete)
            #expect(kept["message"] == "namespaces \"default\" is forbidden: this namespace may not be deleted")
            let lost = try await server.send(
                "/api/v1/namespaces/nowhere/configmaps", Self.object("v1", "ConfigMap", "a"))
            #expect(lost["message"] == "namespaces \"nowhere\" not found")
        }
    }

    @Test("ServiceAccount, Priority and DefaultTolerationSeconds complete a pod")
    func completesPods() async throws {
        try await Self.with { server in
            try await server.send(
                "/apis/scheduling.k8s.io/v1/priorityclasses",
                Self.object("scheduling.k8s.io/v1", "PriorityClass", "high", ["value": 7, "globalDefault": true]))
            let made = try await server.send(Self.pods, Self.pod("a"))
            #expect(made[path: "spec", "serviceAccountName"] == "default")
            let mounts = made[path: "spec", "containers"]?.arrayValue?.first?["volumeMounts"]?.arrayValue
            #expect(mounts?.first?["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount")
            #expect(made[path: "spec", "priority"] == 7)
            let tolerations = made[path: "spec", "tolerations"]?.arrayValue ?? []
            #expect(tolerations.map { $0["tolerationSeconds"] ?? .null } == [300, 300])
            let nobody = try await server.send(Self.pods, Self.pod("b", ["serviceAccountName": "nobody"]))
            #expect(
                nobody["message"]
                    == .string(
                        "pods \"b\" is forbidden: error looking up service account default/nobody: "
                            + "serviceaccount \"nobody\" not found"))
            let lowly = try await server.send(Self.pods, Self.pod("b", ["priorityClassName": "none"]))
            #expect(
                lowly["message"] == "pods \"b\" is forbidden: no PriorityClass with name none was found")
        }
    }

    @Test("RuntimeClass gives a pod its overhead, TaintNodesByCondition a node its taint")
    func runtimeClasses() async throws {
        try await Self.with { server in
            try await server.send(
                "/apis/node.k8s.io/v1/runtimeclasses",
                Self.object(
                    "node.k8s.io/v1", "RuntimeClass", "heavy",
                    [
                        "handler": "heavy", "overhead": ["podFixed": ["cpu": "1"]],
                        "scheduling": ["nodeSelector": ["a": "b"]],
                    ]))
            let made = try await server.send(Self.pods, Self.pod("a", ["runtimeClassName": "heavy"]))
            #expect(made[path: "spec", "overhead"] == ["cpu": "1"])
            #expect(made[path: "spec", "nodeSelector"] == ["a": "b"])
            let node = try await server.send("/api/v1/nodes", Self.object("v1", "Node", "n"))
            let taints = node[path: "spec", "taints"]?.arrayValue ?? []
            #expect(taints.contains { $0["key"] == "node.kubernetes.io/not-ready" && $0["effect"] == "NoSchedule" })
        }
    }

    @Test("PodTopologyLabels tells a pod where it is, whether it is bound or made there")
    func topology() async throws {
        try await Self.with { server in
            var node = Self.object("v1", "Node", "n")
            node[path: "metadata", "labels"] = [
                "topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r", "other": "o",
            ]
            try await server.send("/api/v1/nodes", node)
            let placed = try await server.send(Self.pods, Self.pod("placed", ["nodeName": "n"]))
            let labels: Value = ["topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "z"]
            #expect(placed[path: "metadata", "labels"] == labels)
            var pod = Self.pod("bound")
            pod[path: "metadata", "labels"] = ["topology.kubernetes.io/zone": "elsewhere", "mine": "m"]
            try await server.send(Self.pods, pod)
            let binding = Self.object("v1", "Binding", "bound", ["target": ["kind": "Node", "name": "n"]])
            #expect(try await server.send("\(Self.pods)/bound/binding", binding)["status"] == "Success")
            let bound = try await server.get("\(Self.pods)/bound")
            #expect(bound[path: "spec", "nodeName"] == "n")
            #expect(bound[path: "metadata", "labels", "mine"] == "m")
            #expect(bound[path: "metadata", "labels", "topology.kubernetes.io/region"] == "r")
        }
    }

    @Test("claims get a class and a finalizer, and grow only where they can")
    func claims() async throws {
        try await Self.with { server in
            var standard = Self.object("storage.k8s.io/v1", "StorageClass", "standard", ["provisioner": "p"])
            standard[path: "metadata", "annotations"] = ["storageclass.kubernetes.io/is-default-class": "true"]
            try await server.send("/apis/storage.k8s.io/v1/storageclasses", standard)
            let spec: Value = ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]]
            var claim = try await server.send(
                Self.claims, Self.object("v1", "PersistentVolumeClaim", "c", ["spec": spec]))
            #expect(claim[path: "spec", "storageClassName"] == "standard")
            #expect(claim[path: "metadata", "finalizers"] == ["kubernetes.io/pvc-protection"])
            claim[path: "spec", "resources", "requests", "storage"] = "2Gi"
            let refused = try await server.send("\(Self.claims)/c", claim, .put)
            #expect(refused["code"] == 403 || refused["code"] == 422)
        }
    }

    @Test("an ingress gets the default class")
    func ingresses() async throws {
        try await Self.with { server in
            let version = "networking.k8s.io/v1"
            var main = Self.object(version, "IngressClass", "main", ["spec": ["controller": "a.io/b"]])
            main[path: "metadata", "annotations"] = ["ingressclass.kubernetes.io/is-default-class": "true"]
            try await server.send("/apis/\(version)/ingressclasses", main)
            let backend: Value = ["service": ["name": "s", "port": ["number": 80]]]
            let made = try await server.send(
                "/apis/\(version)/namespaces/default/ingresses",
                Self.object(version, "Ingress", "i", ["spec": ["defaultBackend": backend]]))
            #expect(made[path: "spec", "ingressClassName"] == "main")
        }
    }

    @Test("NodeRestriction sees what nodes ask of subresources")
    func nodes() async throws {
        try await InProcessCluster.with { cluster in
            let admin = Server(client: try cluster.client())
            let path = "/api/v1/namespaces/default/serviceaccounts"
            try await admin.send(path, Self.object("v1", "ServiceAccount", "default"))
            try await admin.send(Self.pods, Self.pod("elsewhere", ["nodeName": "other"]))
            // Who may do anything, and is a node all the same.
            let groups = ["system:nodes", "system:masters"]
            let node = Server(client: try cluster.client(user: "system:node:mine", groups: groups))
            let token = try await node.send(
                "\(path)/default/token",
                ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["audiences": ["a"]]])
            #expect(
                token["message"]
                    == "serviceaccounts \"default\" is forbidden: node requested token not bound to a pod")
            let eviction = Self.object("policy/v1", "Eviction", "elsewhere")
            let evicted = try await node.send("\(Self.pods)/elsewhere/eviction", eviction)
            #expect(
                evicted["message"]
                    == "pods \"elsewhere\" is forbidden: node mine can only evict pods with spec.nodeName set to itself"
            )
        }
    }

    @Test("who scales is seen with a Scale, who binds with a Binding, who evicts with an Eviction")
    func subresources() async throws {
        try await Self.with { server in
            let version = "admissionregistration.k8s.io/v1"
            let rules: Value = [
                "resourceRules": [
                    [
                        "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"],
                        "resources": ["deployments/scale"],
                    ],
                    [
                        "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                        "resources": ["pods/binding", "pods/eviction"],
                    ],
                ]
            ]
            let expression =
                "request.kind.kind == object.kind && (object.kind == 'Scale' ? object.spec.replicas <= 3 && "
                + "oldObject.spec.replicas == 1 : object.metadata.name == 'free')"
            try await server.send(
                "/apis/\(version)/validatingadmissionpolicies",
                Self.object(
                    version, "ValidatingAdmissionPolicy", "p",
                    ["spec": ["matchConstraints": rules, "validations": [["expression": .string(expression)]]]]))
            try await server.send(
                "/apis/\(version)/validatingadmissionpolicybindings",
                Self.object(
                    version, "ValidatingAdmissionPolicyBinding", "p",
                    ["spec": ["policyName": "p", "validationActions": ["Deny"]]]))
            let deployments = "/apis/apps/v1/namespaces/default/deployments"
            let template: Value = [
                "metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]],
            ]
            try await server.send(
                deployments,
                Self.object(
                    "apps/v1", "Deployment", "d",
                    ["spec": ["selector": ["matchLabels": ["a": "b"]], "template": template]]))
            func scale(_ replicas: Int64) async throws -> Value {
                let body = Self.object("autoscaling/v1", "Scale", "d", ["spec": ["replicas": .integer(replicas)]])
                return try await server.send("\(deployments)/d/scale", body, .put)
            }
            #expect(try await scale(4)["code"] == 422)
            #expect(try await scale(3)[path: "spec", "replicas"] == 3)
            for name in ["free", "other"] {
                try await server.send(Self.pods, Self.pod(name))
                let binding = Self.object("v1", "Binding", name, ["target": ["kind": "Node", "name": "n"]])
                let bound = try await server.send("\(Self.pods)/\(name)/binding", binding)
                #expect(bound["code"] == (name == "free" ? 201 : 422))
                let evicted = try await server.send(
                    "\(Self.pods)/\(name)/eviction", Self.object("policy/v1", "Eviction", name))
                #expect(evicted["code"] == (name == "free" ? 201 : 422))
            }
        }
    }
}
