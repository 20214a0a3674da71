import KubeAPIServer
import Testing

@Suite("PrettyJSON")
struct PrettyJSONTests {
    @Test(
        "is what Go's MarshalIndent makes of it",
        arguments: [
            ("{}", "{}"), ("[]\n", "[]"), ("3", "3"), ("\"a {b: [c], \\\" }\"", "\"a {b: [c], \\\" }\""),
            ("{\"a\":{},\"b\":[]}", "{\n  \"a\": {},\n  \"b\": []\n}"),
            ("{\"a\":[1,{\"b\":null}]}", "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ]\n}"),
            ("{\"a\": [ ] , \"b\\\\\":\"\\\\\"}", "{\n  \"a\": [],\n  \"b\\\\\": \"\\\\\"\n}"),
        ])
    func indentation(_ compact: String, _ pretty: String) {
        #expect(String(decoding: PrettyJSON.indented([Array(compact.utf8)]), as: UTF8.self) == pretty)
        let cut = compact.utf8.map { [$0] }
        #expect(String(decoding: PrettyJSON.indented(cut), as: UTF8.self) == pretty)
    }
}
