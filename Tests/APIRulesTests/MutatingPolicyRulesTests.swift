import APIMachinery
import APIRules
import Testing

@Suite("Mutating policies")
struct MutatingPolicyRulesTests {
    /// A policy as defaulting leaves it, with some fields of its spec in place of others; null takes one away.
    private static func policy(_ changes: Value) -> Value {
        var spec: Value = [
            "failurePolicy": "Fail", "reinvocationPolicy": "Never",
            "matchConstraints": [
                "matchPolicy": "Equivalent", "namespaceSelector": [:], "objectSelector": [:],
                "resourceRules": [
                    [
                        "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                        "scope": "*",
                    ]
                ],
            ],
            "mutations": [["patchType": "ApplyConfiguration", "applyConfiguration": ["expression": "Object{}"]]],
        ]
        for field in changes.objectValue ?? Fields() { spec[field.name] = field.value.isNull ? nil : field.value }
        return ["metadata": ["name": "p"], "spec": spec]
    }

    private static func mutation(_ expression: String, _ type: String = "ApplyConfiguration") -> Value {
        let field = type == "JSONPatch" ? "jsonPatch" : "applyConfiguration"
        return ["mutations": [["patchType": .string(type), field: ["expression": .string(expression)]]]]
    }

    static let cases: [(Value, [String])] = [
        ([:], []),
        (mutation("[JSONPatch{op: 'test', path: '/a'}]", "JSONPatch"), []),
        (
            ["failurePolicy": .null, "matchConstraints": .null, "mutations": .null, "reinvocationPolicy": .null],
            [
                "spec.failurePolicy: Required value", "spec.matchConstraints: Required value",
                "spec.mutations: Required value: mutations must contain at least one item",
                "spec.reinvocationPolicy: Required value",
            ]
        ),
        (
            ["reinvocationPolicy": "x", "mutations": [["patchType": "x"]]],
            [
                "spec.mutations[0].patchType: Unsupported value: \"x\": supported values: \"ApplyConfiguration\", "
                    + "\"JSONPatch\"",
                "spec.reinvocationPolicy: Unsupported value: \"x\": supported values: \"IfNeeded\", \"Never\"",
            ]
        ),
        (
            ["mutations": [["patchType": "JSONPatch", "applyConfiguration": ["expression": "Object{}"]]]],
            [
                "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
                "spec.mutations[0].applyConfiguration: Invalid value: \"{applyConfiguration}\": "
                    + "must not be specified when patchType is JSONPatch",
            ]
        ),
        (mutation("  "), ["spec.mutations[0].applyConfiguration.expression: Required value"]),
        (
            mutation("'teapot'"),
            [
                "spec.mutations[0].applyConfiguration.expression: Invalid value: \"'teapot'\": "
                    + "must evaluate to Object but got string"
            ]
        ),
        (
            mutation("Object.spec{}"),
            [
                "spec.mutations[0].applyConfiguration.expression: Invalid value: \"Object.spec{}\": "
                    + "must evaluate to Object but got Object.spec"
            ]
        ),
        (
            mutation("[]", "JSONPatch"),
            [
                "spec.mutations[0].jsonPatch.expression: Invalid value: \"[]\": "
                    + "must evaluate to list(JSONPatch) but got list(dyn)"
            ]
        ),
        (
            ["variables": [["name": "a-b", "expression": "1"]]],
            ["spec.variables[0].name: Invalid value: \"a-b\": must be a valid CEL identifier"]
        ),
        (
            ["matchConditions": [["name": "a", "expression": "true"], ["name": "a", "expression": "variables.x"]]],
            [
                "spec.matchConditions[1].expression: Invalid value: \"variables.x\": compilation failed: ERROR: "
                    + "<input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.x\n | ^",
                "spec.matchConditions[1].name: Duplicate value: \"a\"",
            ]
        ),
    ]

    @Test("are checked in upstream's words", arguments: cases)
    func checks(_ changes: Value, _ messages: [String]) {
        #expect(MutatingPolicyRules.create(Self.policy(changes)).map(\.description) == messages)
    }

    @Test("cannot change what is deleted")
    func refusesDeletion() {
        var policy = Self.policy([:])
        policy[path: "spec", "matchConstraints", "resourceRules"] = [
            ["operations": ["DELETE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "*"]
        ]
        let messages = [
            "spec.matchConstraints.resourceRules.operations: Unsupported value: \"DELETE\": supported values: "
                + "\"*\", \"CONNECT\", \"CREATE\", \"UPDATE\""
        ]
        #expect(MutatingPolicyRules.create(policy).map(\.description) == messages)
    }

    @Test("are bound by name, to parameters that are named or selected")
    func binds() {
        let binding: Value = [
            "spec": ["policyName": "!", "paramRef": ["name": "x", "selector": [:], "parameterNotFoundAction": "Deny"]]
        ]
        let messages = MutatingPolicyRules.binding(binding).map(\.description)
        let name = "spec.policyName: Invalid value: \"!\": a lowercase RFC 1123 subdomain"
        #expect(messages.first?.hasPrefix(name) == true)
        #expect(
            messages.dropFirst() == [
                "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
                "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
            ])
    }
}
