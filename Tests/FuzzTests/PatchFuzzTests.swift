import APIMachinery
import APIPatch
import Testing

/// Patches made of other patches' pieces are applied or refused.
@Suite("Fuzzing of patches")
struct PatchFuzzTests {
    private static let rounds = 300
    private static let tokens = [
        "/-", "/0", "~1", "\"$patch\":\"delete\",", "\"$retainKeys\":[\"a\"],", "null", "[]", "{}", ",", "\"", "-1",
    ]

    private static let object: Value = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web", "finalizers": ["a", "b"]],
        "spec": [
            "containers": [["name": "c", "image": "i"], ["name": "d", "image": "j"]], "tolerations": [["key": "k"]],
        ],
    ]

    private func fuzz(_ seed: Int, _ patches: [String], _ apply: (Value) throws -> Value) throws {
        let inputs = patches.map { Array($0.utf8) }
        var mutator = Mutator(seed: seed, tokens: Self.tokens)
        for _ in 0..<Self.rounds {
            let input = mutator.input(inputs)
            guard let patch = try? Value(json: input), let result = try? apply(patch) else { continue }
            #expect(try Value(json: result.json) == result, "\(input)")
        }
    }

    @Test("JSON patches", arguments: 0..<8)
    func json(_ seed: Int) throws {
        try fuzz(
            seed,
            [
                #"[{"op":"replace","path":"/spec/containers/0/image","value":"x"}]"#,
                #"[{"op":"move","from":"/metadata/finalizers/0","path":"/metadata/finalizers/-"}]"#,
                #"[{"op":"copy","from":"/spec","path":"/spec/a"},{"op":"remove","path":"/spec/tolerations"}]"#,
                #"[{"op":"test","path":"/kind","value":"Pod"},{"op":"add","path":"/metadata/a","value":{"a":1}}]"#,
            ]
        ) { try JSONPatch.apply($0, to: Self.object) }
    }

    @Test("merge patches", arguments: 0..<8)
    func merge(_ seed: Int) throws {
        try fuzz(seed, [#"{"metadata":{"labels":{"a":null}},"spec":{"containers":[]}}"#, #"{"spec":null}"#]) {
            try MergePatch.apply($0, to: Self.object)
        }
    }

    @Test("strategic merge patches", arguments: 0..<8)
    func strategic(_ seed: Int) throws {
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
        let schema = try #require(SchemaCatalog.builtin.type(for: kind))
        try fuzz(
            seed,
            [
                #"{"spec":{"containers":[{"name":"c","image":"x"},{"$patch":"delete","name":"d"}]}}"#,
                #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]},"spec":{"$patch":"replace"}}"#,
                #"{"spec":{"$setElementOrder/containers":[{"name":"d"},{"name":"c"}],"tolerations":null}}"#,
            ]
        ) { try StrategicMergePatch.apply($0, to: Self.object, schema: schema) }
    }
}
