internal import APIMachinery
internal import APIPatch

/// Patches are applied or refused, and what comes out is an object.
extension FuzzTarget {
    private static let object: Value = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web", "finalizers": ["a", "b"]],
        "spec": [
            "containers": [["name": "c", "image": "i"], ["name": "d", "image": "j"]], "tolerations": [["key": "k"]],
        ],
    ]

    static let jsonPatch = patch(
        "json-patch",
        [
            #"[{"op":"replace","path":"/spec/containers/0/image","value":"x"}]"#,
            #"[{"op":"move","from":"/metadata/finalizers/0","path":"/metadata/finalizers/-"}]"#,
            #"[{"op":"copy","from":"/spec","path":"/spec/a"},{"op":"remove","path":"/spec/tolerations"}]"#,
            #"[{"op":"test","path":"/kind","value":"Pod"},{"op":"add","path":"/metadata/a","value":{"a":1}}]"#,
        ]
    ) { try JSONPatch.apply($0, to: object) }

    static let mergePatch = patch(
        "merge-patch", [#"{"metadata":{"labels":{"a":null}},"spec":{"containers":[]}}"#, #"{"spec":null}"#]
    ) { try MergePatch.apply($0, to: object) }

    static let strategicMergePatch = patch(
        "strategic-merge-patch",
        [
            #"{"spec":{"containers":[{"name":"c","image":"x"},{"$patch":"delete","name":"d"}]}}"#,
            #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]},"spec":{"$patch":"replace"}}"#,
            #"{"spec":{"$setElementOrder/containers":[{"name":"d"},{"name":"c"}],"tolerations":null}}"#,
        ]
    ) { patch in
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
        guard let schema = SchemaCatalog.builtin.type(for: kind) else { throw FuzzFinding("pods have no schema") }
        return try StrategicMergePatch.apply(patch, to: object, schema: schema)
    }

    private static func patch(
        _ name: String, _ texts: [String], _ apply: @escaping @Sendable (Value) throws -> Value
    ) -> FuzzTarget {
        let tokens = [
            "/-", "/0", "~1", "\"$patch\":\"delete\",", "\"$retainKeys\":[\"a\"],", "null", "[]", "{}", ",", "\"", "-1",
        ]
        return FuzzTarget(name, examples: texts.map { Array($0.utf8) }, tokens: tokens) { (input) throws in
            // A refusal is as good as an application.
            guard let patch = try? Value(json: input), let result = try? apply(patch) else { return }
            try FuzzFinding.check(try Value(json: result.json) == result, "what is written is something else")
        }
    }
}
