import APIMachinery
import APIRules
import Testing

/// Rules of custom resources: what they find, and what they let be.
@Suite("RuleTree")
struct RuleTreeTests {
    static func schema(_ spec: Value, rules: Value = .array([])) -> CustomSchema {
        CustomSchema(["type": "object", "x-kubernetes-validations": rules, "properties": ["spec": spec]])
    }

    static func rule(_ text: String, _ more: Value = [:]) -> Value {
        var rule: Value = ["rule": .string(text)]
        for field in more.objectValue ?? Fields() { rule[field.name] = field.value }
        return rule
    }

    static let spec: Value = [
        "type": "object",
        "properties": [
            "replicas": [
                "type": "integer", "x-kubernetes-validations": [rule("self <= 5", ["message": "at most five"])],
            ],
            "max": ["type": "integer"], "namespace": ["type": "string"],
            "ports": [
                "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": [
                    "type": "object", "required": ["name"],
                    "properties": ["name": ["type": "string"], "port": ["type": "integer"]],
                    "x-kubernetes-validations": [
                        rule("self.port == oldSelf.port", ["message": "port is immutable", "fieldPath": ".port"])
                    ],
                ],
            ],
            "labels": ["type": "object", "additionalProperties": ["type": "string"]],
            "share": ["x-kubernetes-int-or-string": true],
        ],
        "x-kubernetes-validations": [
            rule(
                "!has(self.max) || self.replicas <= self.max",
                ["messageExpression": "'more than %d'.format([self.max])"]),
            rule(
                "!has(self.__namespace__) || self.__namespace__ != 'kube-system'",
                ["reason": "FieldValueForbidden", "fieldPath": ".namespace"]),
            rule("!has(self.labels) || self.labels.all(k, k.startsWith('x'))"),
            rule("!has(self.share) || type(self.share) == int || self.share.endsWith('%')"),
        ],
    ]

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let object: Value
        var old: Value?
        let errors: [String]
    }

    static let cases = [
        Case(
            testDescription: "nothing is wrong", object: ["spec": ["replicas": 3, "max": 4, "share": "5%"]], errors: []),
        Case(
            testDescription: "a value breaks its own rule", object: ["spec": ["replicas": 6]],
            errors: ["spec.replicas: Invalid value: 6: at most five"]),
        Case(
            testDescription: "a message is computed", object: ["spec": ["replicas": 3, "max": 2]],
            errors: ["spec: Invalid value: more than 2"]),
        Case(
            testDescription: "a reason and a field are named",
            object: ["spec": ["replicas": 1, "namespace": "kube-system"]],
            errors: [
                "spec.namespace: Forbidden: failed rule: !has(self.__namespace__) || self.__namespace__ != 'kube-system'"
            ]),
        Case(
            testDescription: "names of a map are looked at", object: ["spec": ["replicas": 1, "labels": ["y": "1"]]],
            errors: ["spec: Invalid value: failed rule: !has(self.labels) || self.labels.all(k, k.startsWith('x'))"]),
        Case(
            testDescription: "either type of a union is seen", object: ["spec": ["replicas": 1, "share": "5"]],
            errors: [
                "spec: Invalid value: failed rule: !has(self.share) || type(self.share) == int || self.share.endsWith('%')"
            ]),
        Case(
            testDescription: "an item is matched by its key",
            object: ["spec": ["replicas": 1, "ports": [["name": "b", "port": 2], ["name": "a", "port": 9]]]],
            old: ["spec": ["replicas": 1, "ports": [["name": "a", "port": 1], ["name": "b", "port": 2]]]],
            errors: ["spec.ports[1].port: Invalid value: port is immutable"]),
        Case(
            testDescription: "what was wrong before and has not changed is let be",
            object: ["spec": ["replicas": 6, "max": 9]], old: ["spec": ["replicas": 6]], errors: []),
        Case(
            testDescription: "what has changed is checked again", object: ["spec": ["replicas": 7]],
            old: ["spec": ["replicas": 6]], errors: ["spec.replicas: Invalid value: 7: at most five"]),
        Case(
            testDescription: "a field that is missing fails its rule", object: ["spec": ["max": 1]],
            errors: [
                "spec: Invalid value: \"object\": no such key: replicas evaluating rule: !has(self.max) || self.replicas <= self.max"
            ]),
    ]

    @Test("finds what breaks a rule", arguments: cases)
    func finds(_ example: Case) throws {
        let tree = try #require(RuleTree(Self.schema(Self.spec)))
        let errors = tree.validate(example.object, old: example.old, others: [])
        #expect(errors.map(\.description) == example.errors)
    }

    @Test("runs no rules on an object whose form is wrong")
    func runsNone() throws {
        let tree = try #require(RuleTree(Self.schema(Self.spec)))
        let errors = tree.validate(["spec": ["replicas": 9]], others: [.required("spec.x")])
        #expect(
            errors.map(\.description) == [
                "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; "
                    + "correct the existing errors to complete validation"
            ])
    }

    @Test("an optional oldSelf is none when something is new")
    func optionalOldSelf() throws {
        let rules: Value = [
            Self.rule(
                "oldSelf.hasValue() || self.spec.replicas == 1", ["optionalOldSelf": true, "message": "begin with one"])
        ]
        let schema = Self.schema(["type": "object", "properties": ["replicas": ["type": "integer"]]], rules: rules)
        let tree = try #require(RuleTree(schema))
        #expect(tree.validate(["spec": ["replicas": 1]], others: []).isEmpty)
        #expect(
            tree.validate(["spec": ["replicas": 2]], others: []).map(\.description) == [
                "<nil>: Invalid value: begin with one"
            ])
        #expect(tree.validate(["spec": ["replicas": 2]], old: ["spec": ["replicas": 1]], others: []).isEmpty)
    }

    static let definitions: [(Value, [String])] = [
        (
            ["type": "string", "x-kubernetes-validations": [rule("self.size() > 'a'")]],
            [
                "Invalid value: {\"Rule\":\"self.size() \\u003e 'a'\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,"
                    + "\"FieldPath\":\"\",\"OptionalOldSelf\":null}: compilation failed: ERROR: <input>:1:13: "
                    + "found no matching overload for '_>_' applied to '(int, string)'\n | self.size() > 'a'\n | ............^"
            ]
        ),
        (
            ["type": "integer", "x-kubernetes-validations": [rule("self")]],
            [
                "Invalid value: {\"Rule\":\"self\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\","
                    + "\"OptionalOldSelf\":null}: cel expression must evaluate to a bool"
            ]
        ),
        (
            [
                "type": "array", "items": ["type": "array", "items": ["type": "string"]],
                "x-kubernetes-validations": [rule("self.all(a, a.all(b, b.contains('x')))")],
            ],
            [
                "Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or "
                    + "adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
                "Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
                "Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by "
                    + "factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength "
                    + "where arrays, maps, and strings are declared)",
            ]
        ),
        (
            ["type": "array", "items": ["type": "integer", "x-kubernetes-validations": [rule("self == oldSelf")]]],
            [
                "Invalid value: \"self == oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema within S"
            ]
        ),
        (
            ["type": "integer", "x-kubernetes-validations": [rule("self > 1", ["message": " "])]],
            ["Invalid value: \" \": must be non-empty if specified"]
        ),
        (
            [
                "type": "object", "properties": ["a": ["type": "integer"]],
                "x-kubernetes-validations": [rule("true", ["fieldPath": ".b"])],
            ],
            ["Invalid value: \".b\": must be a valid path"]
        ),
        (["type": "integer", "x-kubernetes-validations": [rule("self > 1")]], []),
    ]

    @Test("a definition's rules are compiled and counted", arguments: definitions)
    func definition(_ spec: Value, _ bodies: [String]) {
        let definition: Value = [
            "spec": [
                "group": "example.com", "scope": "Namespaced", "names": ["plural": "things", "kind": "Thing"],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": spec]]],
                    ]
                ],
            ]
        ]
        let place = "spec.validation.openAPIV3Schema.properties[spec]"
        let errors = DefinitionRules.validate(definition).filter { $0.field.contains("openAPIV3Schema") }
        #expect(errors.map { $0.body.replacing(place, with: "S") } == bodies)
    }
}

extension String {
    /// Without Foundation.
    fileprivate func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
