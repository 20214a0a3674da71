import APIMachinery
import Testing

@Suite("YAML")
struct YAMLTests {
    private func parse(_ text: String) throws -> [Value] { try YAML.parse(Array(text.utf8)) }

    @Test(
        "scalars mean what they mean in YAML 1.1",
        arguments: [
            ("yes", true), ("Off", false), ("n", false), ("true", true), ("~", .null), ("1", 1), ("0x1F", 31),
            ("017", 15), ("0o17", 15),
            ("0b101", 5), ("1_000", 1000), ("-5", -5), ("+5", 5), ("08", 8), ("1.5", 1.5), ("1e3", 1000), (".5", 0.5),
            ("1.0", 1),
            ("'1'", "1"), ("\"yes\"", "yes"), ("!!str 1", "1"), ("2026-01-01", "2026-01-01"), ("1:30", "1:30"),
            ("1.2.3", "1.2.3"), ("abc", "abc"),
            ("18446744073709551615", 18446744073709551615.0), ("!!binary aGk=", "hi"), ("0x", "0x"), ("1e", "1e"),
            ("._1", "._1"),
        ] as [(String, Value)])
    func scalars(_ text: String, _ expected: Value) throws {
        #expect(try parse("a: \(text)\n") == [["a": expected]])
    }

    @Test("documents, anchors, merges and odd keys")
    func structures() throws {
        #expect(try parse("---\na: 1\n---\n# nothing\n---\n- b\n") == [["a": 1], ["b"]])
        #expect(try parse("a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\n")[0]["c"] == ["p": 1, "q": 3])
        #expect(try parse("1: a\ntrue: b\n1.5: c\n") == [["1": "a", "true": "b", "1.5": "c"]])
        #expect(try parse("{\"a\": [1, 2, {}]}") == [["a": [1, 2, [:]]]])
    }

    @Test("a key that occurs twice is reported, and its last value counts")
    func duplicates() throws {
        var duplicates: [String] = []
        #expect(try YAML.parse(Array("a: 1\nb: 2\na: 3\n".utf8), duplicates: &duplicates) == [["a": 3, "b": 2]])
        #expect(duplicates == ["line 3: key \"a\" already set in map"])
    }

    /// A million values in a hundred bytes.
    private static let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + zip("abcdef", "bcdefg").map { from, to in
        "\(to): &\(to) [" + repeatElement("*\(from)", count: 10).joined(separator: ",") + "]\n"
    }.joined()

    @Test(
        "bombs and broken texts are refused",
        arguments: [
            (
                bomb, "yaml: document contains excessive aliasing"
            ),
            (String(repeating: "[", count: 600), "yaml: exceeded max depth of 512"),
            ("a: b: c", "yaml: mapping values are not allowed in this context"),
            ("a: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
            ("a: *x", "yaml: line 1: unknown anchor 'x' referenced"),
            ("a: .inf", "json: unsupported value: +Inf"),
        ])
    func refuses(_ text: String, _ message: String) {
        #expect { try parse(text) } throws: { "\($0)" == message }
    }

    @Test(
        "what is written needs no more quotes than kubectl's",
        arguments: [
            ("a", "a"), ("", "\"\""), ("1", "\"1\""), ("yes", "\"yes\""),
            ("2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\""), ("1:30", "\"1:30\""),
            ("a: b", "'a: b'"), ("#a", "'#a'"), ("a\nb\n", "|\n  a\n  b"), ("a\nb", "|-\n  a\n  b"), ("\t", "\"\\t\""),
            ("é", "é"), ("*", "'*'"),
            ("1.2.3", "1.2.3"), ("- a", "'- a'"), ("10Gi", "10Gi"), (" a", "' a'"), ("null", "\"null\""),
        ])
    func strings(_ text: String, _ expected: String) throws {
        #expect(YAML.text(["k": .string(text)]) == "k: \(expected)\n")
        #expect(try parse(YAML.text(["k": .string(text)])) == [["k": .string(text)]])
    }

    @Test("collections look like kubectl's, keys with numbers are in their order")
    func collections() {
        let value: Value = ["b10": [], "b2": [["x": 1, "y": .null], [1, [true]]], "a": [:]]
        #expect(YAML.text(value) == "a: {}\nb2:\n- x: 1\n  \"y\": null\n- - 1\n  - - true\nb10: []\n")
        #expect(YAML.text(documents: [["a": 1], ["b": 2]]) == "a: 1\n---\nb: 2\n")
    }
}
