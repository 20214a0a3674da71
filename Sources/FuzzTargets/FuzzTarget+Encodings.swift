internal import APIMachinery
internal import CBOR

/// What was read can be written and read again.
extension FuzzTarget {
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

    static let json = FuzzTarget(
        "json",
        examples: documents.map(\.json) + ["[1e400]", "\"\\ud800\"", "{\"a\":1,\"a\":2}"].map { Array($0.utf8) },
        tokens: ["{", "}", "[", "]", ",", ":", "\"", "\\u12", "1e", "null", "{\"a\":"]
    ) { (input) throws in
        guard let value = try? Value(json: input) else { return }
        try FuzzFinding.check(try Value(json: value.json) == value, "what is written is something else")
    }

    static let yaml = FuzzTarget(
        "yaml",
        examples: documents.map { Array(YAML.text($0).utf8) }
            + ["a: &x [1, 2]\nb: *x\n", "- |\n  text\n- >-\n  more\n", "? a\n: !!str 1\n", "%YAML 1.1\n---\na: b\n"]
            .map { Array($0.utf8) },
        tokens: ["- ", ": ", "\n", "  ", "&a ", "*a", "|", "'", "\"", "#", "---\n", "<<: ", "{", "[", "? ", "!!str "]
    ) { (input) throws in
        guard let documents = try? YAML.parse(input) else { return }
        for document in documents { _ = try YAML.parse(Array(YAML.text(document).utf8)) }
    }

    static let cbor = FuzzTarget(
        "cbor", examples: documents.map { CBORCodec.encode($0) }, tokens: ["\u{1f}", "\u{7f}", "@", "`"]
    ) { (input) throws in
        guard let value = try? CBORCodec.decode(input) else { return }
        let again = try CBORCodec.decode(CBORCodec.encode(value))
        try FuzzFinding.check(again == value, "what is written is something else")
    }

    static let protobuf = FuzzTarget(
        "protobuf", examples: documents.compactMap(encoded),
        tokens: ["k8s\u{0}", "\u{a}\u{2}", "\u{12}\u{0}", "\u{7f}\u{7f}"]
    ) { (input) throws in
        guard let value = try? ProtobufCodec.decode(input, resolve: { SchemaCatalog.builtin.type(for: $0) }) else {
            return
        }
        try FuzzFinding.check(try Value(json: value.json) == value, "what is written is something else")
    }

    /// A document in protobuf; nil for what is no kind's.
    private static func encoded(_ document: Value) -> [UInt8]? {
        guard let name = document["kind"]?.stringValue else { return nil }
        var document = document
        guard let schema = SchemaCatalog.builtin.type(for: GroupVersionKind(group: "", version: "v1", kind: name)),
            // Both are well formed; were they not, the test that counts examples says so.
            (try? SchemaWalk.normalize(&document, as: schema)) != nil
        else { return nil }
        return try? ProtobufCodec.encode(document, as: schema)
    }
}
