import APIMachinery
import APIPatch
import Testing

/// What a patch makes of a document: a value, or a message.
struct PatchCase: CustomTestStringConvertible {
    let testDescription: String
    let document: Value
    let patch: Value
    let result: Result<Value, PatchError>

    init(_ name: String, _ document: Value, _ patch: Value, _ result: Value) {
        testDescription = name
        self.document = document
        self.patch = patch
        self.result = .success(result)
    }

    init(_ name: String, _ document: Value, _ patch: Value, fails code: PatchError.Code, _ message: String) {
        testDescription = name
        self.document = document
        self.patch = patch
        self.result = .failure(PatchError(code, message))
    }
}

@Suite("JSON patch")
struct JSONPatchTests {
    static let cases: [PatchCase] = [
        PatchCase("add sets a field", ["a": 1], [["op": "add", "path": "/b", "value": 2]], ["a": 1, "b": 2]),
        PatchCase(
            "add inserts into an array", ["a": [1, 3]], [["op": "add", "path": "/a/1", "value": 2]], ["a": [1, 2, 3]]),
        PatchCase("add appends at -", ["a": [1]], [["op": "add", "path": "/a/-", "value": 2]], ["a": [1, 2]]),
        PatchCase("add without a value sets null", ["a": 1], [["op": "add", "path": "/b"]], ["a": 1, "b": .null]),
        PatchCase("remove takes a field out", ["a": 1, "b": 2], [["op": "remove", "path": "/b"]], ["a": 1]),
        PatchCase("remove counts from the end", ["a": [1, 2]], [["op": "remove", "path": "/a/-1"]], ["a": [1]]),
        PatchCase(
            "replace replaces deep inside", ["a": [["b": 1]]], [["op": "replace", "path": "/a/0/b", "value": "x"]],
            ["a": [["b": "x"]]]),
        PatchCase(
            "keys are unescaped", ["a/b": ["m~n": 1]], [["op": "replace", "path": "/a~1b/m~0n", "value": 2]],
            ["a/b": ["m~n": 2]]),
        PatchCase("move moves", ["a": ["b": 1]], [["op": "move", "from": "/a/b", "path": "/c"]], ["a": [:], "c": 1]),
        PatchCase(
            "copy copies", ["a": ["b": 1]], [["op": "copy", "from": "/a", "path": "/c"]],
            ["a": ["b": 1], "c": ["b": 1]]),
        PatchCase(
            "a passing test lets the rest through", ["a": ["b", 1]],
            [["op": "test", "path": "/a", "value": ["b", 1]], ["op": "add", "path": "/c", "value": true]],
            ["a": ["b", 1], "c": true]),
        PatchCase("an absent field tests equal to null", ["a": 1], [["op": "test", "path": "/b"]], ["a": 1]),
        PatchCase("replace of the root", ["a": 1], [["op": "replace", "path": "", "value": ["b": 2]]], ["b": 2]),
        PatchCase(
            "a failing test stops all", ["a": 1],
            [["op": "add", "path": "/c", "value": 1], ["op": "test", "path": "/a", "value": 2]],
            fails: .testFailed, "testing value /a failed: test failed"),
        PatchCase(
            "add below nothing", ["a": 1], [["op": "add", "path": "/b/c", "value": 1]], fails: .unprocessable,
            "add operation does not apply: doc is missing path: \"/b/c\": missing value"),
        PatchCase(
            "remove of nothing", ["a": 1], [["op": "remove", "path": "/b"]], fails: .unprocessable,
            "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value"),
        PatchCase(
            "an index beyond the end", ["a": [1]], [["op": "add", "path": "/a/3", "value": 1]],
            fails: .unprocessable,
            "error in add for path: '/a/3': Unable to access invalid index: 3: invalid index referenced"),
        PatchCase("an unknown operation", [:], [["op": "frob", "path": "/a"]], fails: .unprocessable,
            "Unexpected kind: frob"),
        PatchCase("an object is no patch", [:], ["op": "add"], fails: .malformed,
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
    ]

    @Test("a patch gives", arguments: cases)
    func applies(_ example: PatchCase) {
        let result = Result { () throws(PatchError) in try JSONPatch.apply(example.patch, to: example.document) }
        #expect(result == example.result)
    }

    @Test("10,001 operations are too many")
    func limitsOperations() {
        let operation: Value = ["op": "add", "path": "/a", "value": 1]
        #expect(
            throws: PatchError(.tooLarge, "The allowed maximum operations in a JSON patch is 10000, got 10001")
        ) {
            try JSONPatch.apply(.array(Array(repeating: operation, count: 10_001)), to: [:])
        }
    }

    @Test("10,000 operations on one array apply")
    func appliesAllOperations() throws {
        let operation: Value = ["op": "add", "path": "/a/-", "value": 1]
        let result = try JSONPatch.apply(.array(Array(repeating: operation, count: 10_000)), to: ["a": []])
        #expect(result["a"]?.arrayValue?.count == 10_000)
    }
}
