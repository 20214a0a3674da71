import APIMachinery
import APIPatch
import Testing

@Suite("Merge patch")
struct MergePatchTests {
    /// The examples of RFC 7386, appendix A, that concern objects.
    static let cases: [PatchCase] = [
        PatchCase("a field is replaced", ["a": "b"], ["a": "c"], ["a": "c"]),
        PatchCase("a field is added", ["a": "b"], ["b": "c"], ["a": "b", "b": "c"]),
        PatchCase("null removes", ["a": "b", "b": "c"], ["a": .null], ["b": "c"]),
        PatchCase("a list is replaced by a scalar", ["a": ["b"]], ["a": "c"], ["a": "c"]),
        PatchCase("a scalar is replaced by a list", ["a": "c"], ["a": ["b"]], ["a": ["b"]]),
        PatchCase("objects are merged", ["a": ["b": "c"]], ["a": ["b": "d", "c": .null]], ["a": ["b": "d"]]),
        PatchCase("a list of objects is replaced", ["a": [["b": "c"]]], ["a": [1]], ["a": [1]]),
        PatchCase("what stood null stays", ["e": .null], ["a": 1], ["e": .null, "a": 1]),
        PatchCase("nested nulls are dropped", [:], ["a": ["bb": ["ccc": .null]]], ["a": ["bb": [:]]]),
        PatchCase("fields interleave", ["b": 1, "d": 2], ["a": 0, "c": 3, "e": 4],
            ["a": 0, "b": 1, "c": 3, "d": 2, "e": 4]),
        PatchCase("a list is no patch", [:], [1], fails: .malformed,
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"),
    ]

    @Test("a patch gives", arguments: cases)
    func applies(_ example: PatchCase) {
        let result = Result { () throws(PatchError) in try MergePatch.apply(example.patch, to: example.document) }
        #expect(result == example.result)
    }
}
