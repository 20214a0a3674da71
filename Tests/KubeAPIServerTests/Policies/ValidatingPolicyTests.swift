import APIClient
import APIMachinery
import TestKit
import Testing

/// Policies and rules of custom resources, on a whole API server.
@Suite("Validating policies", .timeLimit(.minutes(1)))
struct ValidatingPolicyTests {
    /// Sends an object and gives what the server says: the object, or the error's code and message.
    private static func send(
        _ client: APIClient, _ path: String, _ body: Value, method: APIRequest.Method = .post
    ) async throws -> (code: Int, message: String) {
        do {
            let answer = try await client.transport.send(APIRequest(method, path, body: body.json))
            let message = answer.code < 400 ? nil : try Value(json: answer.body)["message"]?.stringValue
            return (answer.code, message ?? "")
        } catch let error as StatusError {
            return (error.code, error.message)
        }
    }

    private static let policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    private static let bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
    private static let maps = "/api/v1/namespaces/default/configmaps"

    private static func policy(_ name: String, _ spec: Value) -> Value {
        var spec = spec
        spec["matchConstraints"] = [
            "resourceRules": [
                [
                    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                    "resources": ["configmaps"],
                ]
            ]
        ]
        return [
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": ["name": .string(name)], "spec": spec,
        ]
    }

    private static func binding(_ name: String, _ more: Value) -> Value {
        var spec: Value = ["policyName": .string(name), "validationActions": ["Deny"]]
        for field in more.objectValue ?? Fields() { spec[field.name] = field.value }
        return [
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": ["name": .string(name)], "spec": spec,
        ]
    }

    private static func map(_ name: String, _ data: Value) -> Value {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)], "data": data]
    }

    @Test("a policy denies by variables, parameters, conditions and the authorizer")
    func denies() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let spec: Value = [
                "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"],
                "matchConditions": [["name": "free", "expression": "!object.metadata.name.startsWith('free')"]],
                "variables": [["name": "size", "expression": "object.data.size()"]],
                "validations": [
                    [
                        "expression": "variables.size <= int(params.data.max)",
                        "messageExpression": "'at most ' + params.data.max + ' entries, not ' + string(variables.size)",
                    ],
                    [
                        "expression":
                            "authorizer.group('').resource('secrets').namespace('default').check('list').allowed()"
                    ],
                    [
                        "expression": "request.operation == 'CREATE' && namespaceObject.metadata.name == 'default'",
                        "reason": "Forbidden",
                    ],
                ],
            ]
            _ = try await Self.send(client, Self.maps, Self.map("limits", ["max": "1"]))
            #expect(try await Self.send(client, Self.policies, Self.policy("small", spec)).code == 201)
            let binding = Self.binding(
                "small", ["paramRef": ["name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"]])
            #expect(try await Self.send(client, Self.bindings, binding).code == 201)

            #expect(try await Self.send(client, Self.maps, Self.map("good", ["a": "1"])).code == 201)
            let refused = try await Self.send(client, Self.maps, Self.map("bad", ["a": "1", "b": "2"]))
            #expect(refused.code == 422)
            #expect(
                refused.message
                    == "configmaps \"bad\" is forbidden: ValidatingAdmissionPolicy 'small' with binding 'small' denied "
                    + "request: at most 1 entries, not 2")
            #expect(try await Self.send(client, Self.maps, Self.map("free-one", ["a": "1", "b": "2"])).code == 201)
            let update = try await Self.send(
                client, "\(Self.maps)/good", Self.map("good", ["a": "2"]), method: .put)
            #expect(update.code == 403)
            #expect(
                update.message.hasSuffix(
                    "denied request: failed expression: request.operation == 'CREATE' && "
                        + "namespaceObject.metadata.name == 'default'"))
        }
    }

    @Test("a policy warns, fails as it is told to, and is refused when it does not compile")
    func warnsAndFails() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let warning: Value = ["validations": [["expression": "has(object.data)", "message": "better with data"]]]
            _ = try await Self.send(client, Self.policies, Self.policy("warn", warning))
            _ = try await Self.send(client, Self.bindings, Self.binding("warn", ["validationActions": ["Warn"]]))
            let answer = try await Self.send(
                client, Self.maps, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "empty"]])
            #expect(answer.code == 201)

            let failing: Value = ["validations": [["expression": "object.data.missing == 'x'"]]]
            _ = try await Self.send(client, Self.policies, Self.policy("fail", failing))
            _ = try await Self.send(client, Self.bindings, Self.binding("fail", [:]))
            let failed = try await Self.send(client, Self.maps, Self.map("some", ["a": "1"]))
            #expect(failed.code == 422)
            #expect(
                failed.message.hasSuffix(
                    "denied request: expression 'object.data.missing == 'x'' resulted in error: no such key: missing"))

            let broken: Value = ["validations": [["expression": "object.data.size() > 'a'"]]]
            let refused = try await Self.send(client, Self.policies, Self.policy("broken", broken))
            #expect(refused.code == 422)
            #expect(
                refused.message.contains(
                    "spec.validations[0].expression: Invalid value: \"object.data.size() > 'a'\": "
                        + "compilation failed: ERROR: <input>:1:20: found no matching overload for '_>_' applied to '(int, string)'"
                ))
        }
    }
}
