import APIMachinery
import CBOR
import Testing

/// Whatever comes in is read or refused, and what was read can be written and read again. Inputs that broke something
/// once are kept in the lists.
@Suite("Fuzzing of decoders")
struct DecoderFuzzTests {
    /// Inputs tried for every seed.
    private static let rounds = 300

    private func fuzz(
        _ seed: Int, _ inputs: [[UInt8]], tokens: [String], _ body: ([UInt8]) throws -> Void
    ) rethrows {
        for input in inputs { try body(input) }
        var mutator = Mutator(seed: seed, tokens: tokens)
        for _ in 0..<Self.rounds { try body(mutator.input(inputs)) }
    }

    private static let documents: [Value] = [
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "web", "labels": ["a": "b"], "creationTimestamp": "2026-01-01T00:00:00Z"],
            "spec": [
                "containers": [
                    [
                        "name": "c", "image": "i", "ports": [["containerPort": 80, "protocol": "TCP"]],
                        "resources": ["limits": ["cpu": "100m", "memory": "1.5Gi"]],
                    ]
                ]
            ],
        ],
        ["numbers": [0, -1, 1.5, 1e300, 9_223_372_036_854_775_807], "texts": ["", "no", "é\n\"'", "null", " a: b #c"]],
        ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["k": "AQID"]],
    ]

    @Test("JSON", arguments: 0..<16)
    func json(_ seed: Int) throws {
        let inputs = Self.documents.map(\.json) + ["[1e400]", "\"\\ud800\"", "{\"a\":1,\"a\":2}"].map { Array($0.utf8) }
        try fuzz(seed, inputs, tokens: ["{", "}", "[", "]", ",", ":", "\"", "\\u12", "1e", "null"]) { (input) throws in
            guard let value = try? Value(json: input) else { return }
            #expect(try Value(json: value.json) == value, "\(input)")
        }
    }

    @Test("YAML", arguments: 0..<16)
    func yaml(_ seed: Int) throws {
        let texts = [
            "a: &x [1, 2]\nb: *x\n", "- |\n  text\n- >-\n  more\n", "? a\n: !!str 1\n", "%YAML 1.1\n---\na: b\n...\n",
        ]
        let tokens = ["- ", ": ", "\n", "  ", "&a ", "*a", "|", "'", "\"", "#", "---\n", "<<: ", "{", "["]
        let inputs = Self.documents.map { Array(YAML.text($0).utf8) } + texts.map { Array($0.utf8) }
        fuzz(seed, inputs, tokens: tokens) { input in
            guard let documents = try? YAML.parse(input) else { return }
            for document in documents {
                let text = YAML.text(document)
                #expect(throws: Never.self, "\(input)") { try YAML.parse(Array(text.utf8)) }
            }
        }
    }

    @Test("CBOR", arguments: 0..<16)
    func cbor(_ seed: Int) throws {
        let inputs = Self.documents.map { CBORCodec.encode($0) }
        try fuzz(seed, inputs, tokens: ["\u{1f}", "\u{7f}", "@", "`"]) { (input) throws in
            guard let value = try? CBORCodec.decode(input) else { return }
            #expect(try CBORCodec.decode(CBORCodec.encode(value)) == value, "\(input)")
        }
    }

    @Test("protobuf", arguments: 0..<16)
    func protobuf(_ seed: Int) throws {
        var inputs: [[UInt8]] = []
        for kind in ["Pod", "Secret"] {
            let kind = GroupVersionKind(group: "", version: "v1", kind: kind)
            let schema = try #require(SchemaCatalog.builtin.type(for: kind))
            for var document in Self.documents where document["kind"]?.stringValue == kind.kind {
                _ = try SchemaWalk.normalize(&document, as: schema)
                inputs.append(try ProtobufCodec.encode(document, as: schema))
            }
        }
        try fuzz(seed, inputs, tokens: ["k8s\u{0}", "\u{a}\u{2}", "\u{12}\u{0}", "\u{7f}\u{7f}"]) { (input) throws in
            guard let value = try? ProtobufCodec.decode(input, resolve: { SchemaCatalog.builtin.type(for: $0) }) else {
                return
            }
            #expect(try Value(json: value.json) == value, "\(input)")
        }
    }

    @Test("quantities", arguments: 0..<16)
    func quantities(_ seed: Int) throws {
        let inputs = ["1.5Gi", "100m", "1e3", "-0.001", "9223372036854775807E", "12n", "+1u"].map { Array($0.utf8) }
        try fuzz(seed, inputs, tokens: ["m", "Ki", "e", "E", "-", ".", "0000000000", "9"]) { (input) throws in
            guard let quantity = try? Quantity(parsing: String(decoding: input, as: UTF8.self)) else { return }
            #expect(try Quantity(parsing: quantity.description) == quantity, "\(input)")
        }
    }

    @Test("selectors", arguments: 0..<16)
    func selectors(_ seed: Int) {
        let inputs = ["a=b,c!=d", "a in (b, c),!d", "x.io/y notin (z)", "n gt 5", "metadata.name=a\\,b,status!=c"]
            .map { Array($0.utf8) }
        fuzz(seed, inputs, tokens: ["=", "!", ",", "(", ")", " in ", "\\", "/", "exists"]) { input in
            let text = String(decoding: input, as: UTF8.self)
            // Reading is all there is to see: a refusal is as good.
            _ = try? Selector(parsing: text)
            guard let selector = try? FieldSelector(parsing: text) else { return }
            #expect((try? FieldSelector(parsing: selector.text)) != nil, "\(input)")
        }
    }
}
