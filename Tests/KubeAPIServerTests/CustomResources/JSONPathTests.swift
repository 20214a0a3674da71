import APIMachinery
import KubeAPIServer
import Testing

@Suite("The JSON paths of columns")
struct JSONPathTests {
    private static let object: Value = [
        "spec": ["replicas": 3, "list": ["a", "b"]], "metadata": ["annotations": ["a.b/c": "x"]],
        "status": ["conditions": [["type": "Ready", "status": "True"], ["type": "Done", "status": "False"]]],
    ]

    @Test("lead to values", arguments: [
        (".spec.replicas", "[3]"), (".spec.list[1]", #"["b"]"#), (".spec.list[*]", #"["a","b"]"#), (".spec.none", "[]"),
        (#".metadata.annotations['a.b/c']"#, #"["x"]"#), (#".metadata.annotations.a\.b/c"#, #"["x"]"#),
        (#".status.conditions[?(@.type=="Ready")].status"#, #"["True"]"#),
        (#".status.conditions[?(@.type != 'Ready')].status"#, #"["False"]"#), (".spec.list[-1]", #"["b"]"#),
        ("..replicas", "[3]"), ("..", "[]"),
    ])
    func values(path: String, values: String) throws {
        let found = try #require(JSONPath(path)).values(in: Self.object)
        if path == ".." {
            #expect(found.count > 1)
        } else {
            #expect(.array(found) == (try Value(json: values)))
        }
    }

    @Test func whatIsNoPathIsNone() {
        #expect(JSONPath(".a[") == nil)
        #expect(JSONPath(".a[?(x)]") == nil)
    }
}
