import APIClient
import APIMachinery
import TestKit
import Testing

/// Mutating policies on a whole API server.
@Suite("Mutating policies", .timeLimit(.minutes(1)))
struct MutatingPolicyTests {
    private static func send(
        _ client: APIClient, _ path: String, _ body: Value, method: APIRequest.Method = .post
    ) async throws -> (code: Int, body: Value) {
        do {
            let answer = try await client.transport.send(APIRequest(method, path, body: body.json))
            return (answer.code, try Value(json: answer.body))
        } catch let error as StatusError {
            return (error.code, ["message": .string(error.message), "reason": .string(error.reason.rawValue)])
        }
    }

    private static let registration = "/apis/admissionregistration.k8s.io/v1"
    private static let deployments = "/apis/apps/v1/namespaces/default/deployments"

    /// Lets a policy have its way with deployments.
    private static func install(
        _ client: APIClient, _ name: String, _ mutations: [Value], _ more: Value = [:], binding: Value = [:]
    ) async throws {
        var spec: Value = [
            "reinvocationPolicy": "Never", "mutations": .array(mutations),
            "matchConstraints": [
                "resourceRules": [
                    [
                        "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"],
                        "resources": ["deployments"],
                    ]
                ]
            ],
        ]
        for field in more.objectValue ?? Fields() { spec[field.name] = field.value }
        let policy: Value = [
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
            "metadata": ["name": .string(name)], "spec": spec,
        ]
        let sent = try await send(client, "\(registration)/mutatingadmissionpolicies", policy)
        #expect(sent.code == 201, "\(sent.body)")
        var bound: Value = ["policyName": .string(name)]
        for field in binding.objectValue ?? Fields() { bound[field.name] = field.value }
        let object: Value = [
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
            "metadata": ["name": .string(name)], "spec": bound,
        ]
        let answer = try await send(client, "\(registration)/mutatingadmissionpolicybindings", object)
        #expect(answer.code == 201, "\(answer.body)")
    }

    private static func configuration(_ expression: String) -> Value {
        ["patchType": "ApplyConfiguration", "applyConfiguration": ["expression": .string(expression)]]
    }

    private static func patch(_ expression: String) -> Value {
        ["patchType": "JSONPatch", "jsonPatch": ["expression": .string(expression)]]
    }

    private static func deployment(_ name: String) -> Value {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": "a"]],
                "template": [
                    "metadata": ["labels": ["app": "a"]],
                    "spec": ["containers": [["name": "c", "image": "i", "env": [["name": "E", "value": "1"]]]]],
                ],
            ],
        ]
    }

    @Test("a policy changes objects by configuration and by patch, with variables and parameters")
    func changes() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let parameters: Value = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "sidecar"], "data": ["image": "proxy:1"],
            ]
            _ = try await Self.send(client, "/api/v1/namespaces/default/configmaps", parameters)
            let path = "Object.spec.template.spec"
            let sidecar = """
                Object{spec: Object.spec{template: Object.spec.template{spec: \(path){containers: [
                    \(path).containers{name: 'side', image: params.data.image},
                    \(path).containers{name: 'c', env: [\(path).containers.env{name: 'F', value: variables.name}]}
                ]}}}}
                """
            let more: Value = [
                "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"],
                "variables": [["name": "name", "expression": "object.metadata.name"]],
                "matchConditions": [["name": "not-free", "expression": "!object.metadata.name.startsWith('free')"]],
            ]
            let labels = """
                [JSONPatch{op: 'test', path: '/spec/replicas', value: 1},
                 JSONPatch{op: 'add', path: '/metadata/labels', value: {}},
                 JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a.io/b'), value: 'c'}]
                """
            let untouched = "[JSONPatch{op: 'test', path: '/spec/replicas', value: 2}, "
                + "JSONPatch{op: 'remove', path: '/spec/template'}]"
            try await Self.install(
                client, "sidecar",
                [Self.configuration(sidecar), Self.patch(labels), Self.patch(untouched)], more,
                binding: ["paramRef": ["name": "sidecar", "parameterNotFoundAction": "Deny"]])

            let made = try await Self.send(client, Self.deployments, Self.deployment("web"))
            #expect(made.code == 201, "\(made.body)")
            #expect(made.body[path: "metadata", "labels"] == ["a.io/b": "c"])
            let containers = made.body[path: "spec", "template", "spec", "containers"]?.arrayValue ?? []
            #expect(containers.map { $0["name"] } == ["side", "c"])
            #expect(containers.first?["image"] == "proxy:1")
            #expect(containers.first?["terminationMessagePath"] == "/dev/termination-log", "is defaulted")
            #expect(containers.last?["env"] == [["name": "E", "value": "1"], ["name": "F", "value": "web"]])

            let free = try await Self.send(client, Self.deployments, Self.deployment("free"))
            #expect(free.body[path: "metadata", "labels"] == nil)
        }
    }

    static let failures: [(mutation: Value, message: String)] = [
        (
            configuration("Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'l': 'v'}}}}"),
            "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
                + ".spec.selector"
        ),
        (
            configuration("Object{spec: Object.specx{replicas: 1}}"),
            "type mismatch: unexpected type name \"Object.specx\", expected \"Object.spec\", which matches field name "
                + "path from root Object type"
        ),
        (
            configuration("Object{spec: Object.spec{replicasx: 1}}"),
            "error applying patch: failed to convert patch object to typed object: .spec.replicasx: "
                + "field not declared in schema"
        ),
        (
            configuration("Object{spec: Object.spec{replicas: object.spec.missing}}"),
            "expression 'Object{spec: Object.spec{replicas: object.spec.missing}}' resulted in error: "
                + "no such key: missing"
        ),
        (
            patch("[JSONPatch{op: 'remove', path: '/spec/none'}]"),
            "JSON Patch: error in remove for path: '/spec/none': Unable to remove nonexistent key: none: missing value"
        ),
    ]

    @Test("what a policy cannot do refuses the request in upstream's words, or does not", arguments: failures)
    func fails(_ mutation: Value, _ message: String) async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            try await Self.install(client, "bad", [mutation])
            let refused = try await Self.send(client, Self.deployments, Self.deployment("web"))
            #expect(refused.code == 403)
            #expect(refused.body["reason"] == "Invalid")
            #expect(
                refused.body["message"] == .string("policy 'bad' with binding 'bad' denied request: \(message)"))
            let ignoring: Value = [
                "spec": ["failurePolicy": "Ignore"], "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "MutatingAdmissionPolicy", "metadata": ["name": "bad"],
            ]
            let answer = try await client.transport.send(
                APIRequest(
                    .patch, "\(Self.registration)/mutatingadmissionpolicies/bad", body: ignoring.json,
                    contentType: "application/merge-patch+json"))
            #expect(answer.code == 200)
            #expect(try await Self.send(client, Self.deployments, Self.deployment("web")).code == 201)
        }
    }

    @Test("a policy sees once more what later ones changed, when it wants to")
    func isReinvoked() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            for (name, policy) in [("a-once", "Never"), ("b-again", "IfNeeded")] {
                let key = "has(object.metadata.labels) && 'late' in object.metadata.labels ? 'late' : 'early'"
                try await Self.install(
                    client, name,
                    [Self.configuration("Object{metadata: Object.metadata{annotations: {'\(name)': \(key)}}}")],
                    ["reinvocationPolicy": .string(policy)])
            }
            try await Self.install(
                client, "c-late",
                [Self.configuration("Object{metadata: Object.metadata{labels: {'late': 'yes'}}}")])
            let made = try await Self.send(client, Self.deployments, Self.deployment("web"))
            #expect(made.body[path: "metadata", "annotations", "a-once"] == "early")
            #expect(made.body[path: "metadata", "annotations", "b-again"] == "late")
        }
    }
}
