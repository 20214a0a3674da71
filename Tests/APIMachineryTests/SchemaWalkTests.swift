import APIMachinery
import Testing

@Suite("SchemaWalk")
struct SchemaWalkTests {
    @Test(
        "what Go would write is what remains",
        arguments: [
            // Nothing set: value messages and always-fields appear.
            ([:], ["metadata": [:], "spec": ["count": 0, "rules": .null]]),
            // Nulls and zeros go, pointers to zeros stay.
            (
                [
                    "metadata": ["name": "", "labels": [:], "creationTimestamp": .null],
                    "spec": ["replicas": 0, "on": false, "items": [], "count": .null, "port": .null, "rules": []],
                ],
                ["metadata": [:], "spec": ["replicas": 0, "count": 0, "rules": []]]
            ),
            // Forms of their own get their canonical text.
            (
                [
                    "metadata": ["creationTimestamp": "2026-01-01T01:00:00.5+01:00", "labels": ["a": .null]],
                    "spec": [
                        "limits": ["a": "1000m", "b": 2, "c": 0.5, "d": .null, "e": " 1Gi "], "secret": ["k": "AA\nEC"],
                        "grace": "90s", "items": [.null], "extra": ["a": .null, "b": ["x", .null]],
                        "seen": "2026-01-01T00:00:00.123456+00:00",
                    ],
                ],
                [
                    "metadata": ["creationTimestamp": "2026-01-01T00:00:00Z", "labels": ["a": ""]],
                    "spec": [
                        "count": 0, "rules": .null, "limits": ["a": "1", "b": "2", "c": "500m", "d": "0", "e": "1Gi"],
                        "secret": ["k": "AAEC"], "grace": "1m30s", "items": [["name": ""]],
                        "extra": ["a": .null, "b": ["x", ""]], "seen": "2026-01-01T00:00:00.123456Z",
                    ],
                ]
            ),
            (
                ["spec": ["template": ["x": .null, "y": [:]]]],
                ["metadata": [:], "spec": ["count": 0, "rules": .null, "template": ["x": .null, "y": [:]]]]
            ),
        ] as [(Value, Value)])
    func normalizes(_ value: Value, _ expected: Value) throws {
        var value = value
        #expect(try SchemaWalk.normalize(&value, as: SampleSchema.widget).isEmpty)
        #expect(value == expected)
        #expect(try SchemaWalk.normalize(&value, as: SampleSchema.widget).isEmpty)
        #expect(value == expected, "a second time changes nothing")
    }

    @Test("unknown fields are dropped and named, names count in their case")
    func unknown() throws {
        var value: Value = [
            "apiVersion": "v1", "foo": 1, "metadata": ["Name": "x", "name": "y"],
            "spec": ["items": [["name": "a"], ["nme": "b"]], "choice": ["x": 1], "zzz": .null],
        ]
        let unknown = try SchemaWalk.normalize(&value, as: SampleSchema.widget)
        #expect(unknown == ["foo", "metadata.Name", "spec.choice.x", "spec.items[1].nme", "spec.zzz"])
        #expect(value["metadata"] == ["name": "y"])
        #expect(SchemaWalk.unknownFieldMessage(unknown[0]) == "unknown field \"foo\"")
    }

    @Test(
        "errors read like Go's",
        arguments: [
            (
                ["spec": ["items": "x"]],
                "json: cannot unmarshal string into Go struct field WidgetSpec.spec.items of type []v1.Item"
            ),
            (
                ["spec": ["items": [1]]],
                "json: cannot unmarshal number into Go struct field WidgetSpec.spec.items of type v1.Item"
            ),
            (
                ["spec": ["items": [["name": 1]]]],
                "json: cannot unmarshal number into Go struct field Item.spec.items.name of type string"
            ),
            (
                ["spec": ["replicas": "1"]],
                "json: cannot unmarshal string into Go struct field WidgetSpec.spec.replicas of type int32"
            ),
            (
                ["spec": ["replicas": 1.5]],
                "json: cannot unmarshal number 1.5 into Go struct field WidgetSpec.spec.replicas of type int32"
            ),
            (
                ["spec": ["replicas": 3_000_000_000]],
                "json: cannot unmarshal number 3000000000 into Go struct field WidgetSpec.spec.replicas of type int32"
            ),
            (
                ["metadata": ["labels": ["a": true]]],
                "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"
            ),
            ([], "json: cannot unmarshal array into Go value of type v1.Widget"),
            (
                ["spec": ["limits": ["cpu": "x"]]],
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            ),
            (["spec": ["secret": ["a": "!AAA"]]], "illegal base64 data at input byte 0"),
            (["spec": ["grace": "1"]], "time: missing unit in duration \"1\""),
            (
                ["metadata": ["creationTimestamp": 1]],
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp"
                    + " of type string"
            ),
        ] as [(Value, String)])
    func errors(_ value: Value, _ message: String) {
        var value = value
        #expect { try SchemaWalk.normalize(&value, as: SampleSchema.widget) } throws: { "\($0)" == message }
    }

    @Test("of a value made from another only what changed is looked at")
    func fromBase() throws {
        var base: Value = ["metadata": ["name": "a", "labels": ["x": "1"]], "spec": ["count": 2, "rules": ["r"]]]
        #expect(try SchemaWalk.normalize(&base, as: SampleSchema.widget).isEmpty)
        var value = base
        value[path: "metadata", "labels", "y"] = Value.null
        value[path: "metadata", "foo"] = 1
        value[path: "spec", "count"] = Value.null
        var alone = value
        let unknown = try SchemaWalk.normalize(&alone, as: SampleSchema.widget)
        #expect(unknown == ["metadata.foo"])
        #expect(try SchemaWalk.normalize(&value, from: base, as: SampleSchema.widget) == unknown)
        #expect(value == alone)
        // What nobody would store shows what is passed over.
        base[path: "spec", "foo"] = 1
        value = base
        value[path: "metadata", "name"] = "b"
        #expect(try SchemaWalk.normalize(&value, from: base, as: SampleSchema.widget).isEmpty)
        #expect(value[path: "spec", "foo"] == 1)
    }

    @Test("normalised values go through protobuf unchanged")
    func agreesWithProtobuf() throws {
        var value = ProtobufCodecTests.rich
        #expect(try SchemaWalk.normalize(&value, as: SampleSchema.widget).isEmpty)
        let bytes = try ProtobufCodec.encode(value, as: SampleSchema.widget)
        #expect(try ProtobufCodec.decode(bytes, resolve: SampleSchema.resolve) == value)
    }
}
