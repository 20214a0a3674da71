import APIMachinery
import APIRules
import CEL
import Testing

@Suite("Type checking of policies")
struct PolicyTypeCheckTests {
    private static func policy(
        _ expression: String, message: String? = nil, variables: [(String, String)] = [], resources: [String] = []
    ) -> Value {
        var validation: Value = ["expression": .string(expression)]
        if let message { validation["messageExpression"] = .string(message) }
        return [
            "spec": [
                "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"],
                "variables": .array(variables.map { ["name": .string($0.0), "expression": .string($0.1)] }),
                "validations": [validation],
                "matchConstraints": [
                    "resourceRules": [
                        [
                            "apiGroups": ["apps", ""], "apiVersions": ["v1"],
                            "resources": .array(resources.map(Value.string)),
                        ]
                    ]
                ],
            ]
        ]
    }

    private static let deployment = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    private static let pod = GroupVersionKind(group: "", version: "v1", kind: "Pod")

    private static func warnings(
        _ policy: Value, _ kinds: [GroupVersionKind] = [deployment]
    ) throws -> [PolicyTypeCheck.Warning] {
        let schemas = try kinds.map { kind in
            (kind, try #require(SchemaCatalog.builtin.type(for: kind)).celSchema(name: kind.kind))
        }
        let params = SchemaCatalog.builtin.type("core/v1.ConfigMap")?.celSchema(name: "params.ConfigMap")
        return PolicyTypeCheck.warnings(of: policy, schemas, params: params)
    }

    static let sound = [
        "object.spec.replicas > 1", "object.metadata.labels['a'] == 'b'",
        "object.spec.template.spec.containers.all(c, c.name != '')",
        "object.metadata.creationTimestamp > timestamp('2026-01-01T00:00:00Z')", "params.data.max == '1'",
        "object.spec.strategy.rollingUpdate.maxSurge == 1 || object.spec.strategy.rollingUpdate.maxSurge == '10%'",
        "object.spec.template.spec.containers.all(c, quantity(c.resources.limits['cpu']).isLessThan(quantity('1')))",
        "oldObject == null || oldObject.spec.replicas == object.spec.replicas", "variables.size > 1",
        "authorizer.group('').resource('pods').check('get').allowed() && request.operation == 'CREATE'",
    ]

    @Test("has nothing to say of expressions that fit", arguments: sound)
    func accepts(_ expression: String) throws {
        let policy = Self.policy(expression, variables: [("size", "object.spec.replicas")])
        #expect(try Self.warnings(policy) == [])
    }

    static let faulty: [(expression: String, problem: String)] = [
        (
            "object.spec.repicas > 1",
            "ERROR: <input>:1:12: undefined field 'repicas'\n | object.spec.repicas > 1\n | ...........^"
        ),
        (
            "object.spec.replicas > 'a'",
            "ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n"
                + " | object.spec.replicas > 'a'\n | .....................^"
        ),
        (
            "variables.size == ''",
            "ERROR: <input>:1:16: found no matching overload for '_==_' applied to '(int, string)'\n"
                + " | variables.size == ''\n | ...............^"
        ),
        ("params.dat", "ERROR: <input>:1:7: undefined field 'dat'\n | params.dat\n | ......^"),
    ]

    @Test("names what does not fit, in upstream's words", arguments: faulty)
    func refuses(_ expression: String, _ problem: String) throws {
        let policy = Self.policy(expression, variables: [("size", "object.spec.replicas"), ("bad", "object.none")])
        let warnings = try Self.warnings(policy)
        #expect(warnings.map(\.fieldRef) == ["spec.validations[0].expression"])
        #expect(warnings.map(\.warning) == ["apps/v1, Kind=Deployment: \(problem)\n"])
    }

    @Test("speaks of every kind by itself, and of messages")
    func kinds() throws {
        let found = try Self.warnings(
            Self.policy("object.spec.replicas > 1", message: "object.spec.none"), [Self.pod, Self.deployment])
        #expect(found.map(\.fieldRef) == ["spec.validations[0].expression", "spec.validations[0].messageExpression"])
        #expect(
            found.first?.warning
                == "/v1, Kind=Pod: ERROR: <input>:1:12: undefined field 'replicas'\n | object.spec.replicas > 1\n | "
                + "...........^\n")
        #expect(found.last?.warning.contains("\n\napps/v1, Kind=Deployment: ERROR") == true)
    }

    @Test("checks against the kinds that rules name outright")
    func resolves() {
        let policy = Self.policy("true", resources: ["deployments", "pods", "pods/status", "*", "nothing"])
        let kinds = PolicyTypeCheck.kinds(of: policy) { SchemaCatalog.builtin.resource($0)?.groupVersionKind }
        #expect(kinds == [Self.pod, Self.deployment])
    }
}
