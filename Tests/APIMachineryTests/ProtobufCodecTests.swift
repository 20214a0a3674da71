import APIMachinery
import Testing

@Suite("ProtobufCodec")
struct ProtobufCodecTests {
    static let rich: Value = [
        "apiVersion": "sample/v1", "kind": "Widget",
        "metadata": ["name": "a", "creationTimestamp": "2026-01-01T00:00:00Z", "labels": ["x": "1", "b": ""]],
        "spec": [
            "replicas": -1, "count": 0, "ratio": 1.5, "secret": ["k": "AAEC", "empty": ""],
            "limits": ["cpu": "500m", "memory": "1Gi"], "port": "http", "items": [["name": ""], ["name": "é"]],
            "rules": .null, "path": "/x", "tries": 0, "seen": "2026-01-01T00:00:00.000001Z", "grace": "1h0m1.5s",
            "template": ["spec": ["z": [1, .null, true], "a": 1]], "extra": ["q": ["1", "2"]],
            "choice": ["name": "c"], "numbers": [0, -5, 1_000_000_000_000],
        ],
    ]

    @Test("an object survives the way there and back")
    func roundTrips() throws {
        let bytes = try ProtobufCodec.encode(ProtobufCodecTests.rich, as: SampleSchema.widget)
        #expect(try ProtobufCodec.kind(of: bytes).description == "sample/v1, Kind=Widget")
        #expect(try ProtobufCodec.decode(bytes, resolve: SampleSchema.resolve) == ProtobufCodecTests.rich)
    }

    @Test(
        "messages are those of Go's encoder, byte for byte",
        arguments: [
            // Value messages are always there, zero time is empty, inlined messages stay.
            ([:], "0a040a00420012081000180052021a00"),
            (
                ["metadata": ["name": "a"], "spec": ["on": true, "rules": ["", "b"]]],
                "0a050a01614200120d100018014a004a016252021a00"
            ),
            (
                ["spec": ["count": 300, "replicas": 0, "port": 80, "choice": true]],
                "0a040a004200121708" + "0010ac0218003a060800105" + "01a0052021a007a020801"
            ),
            (["spec": ["secret": ["k": "AAE="]]], "0a040a004200121110001800" + "2a070a016b12020001" + "52021a00"),
            (
                ["spec": ["limits": ["c": "1"], "grace": "1ns"]],
                "0a040a004200121610001800" + "32080a016312030a0131" + "52021a00" + "62020801"
            ),
        ] as [(Value, String)])
    func bytes(_ value: Value, _ hex: String) throws {
        let bytes = try ProtobufCodec.encodeBare(value, as: SampleSchema.widget)
        #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == hex)
    }

    @Test("the envelope has empty content fields, and a type that stands before the message")
    func envelope() throws {
        let bytes = try ProtobufCodec.encode(["apiVersion": "v1", "kind": "K", "name": ""], as: SampleSchema.item)
        #expect(
            bytes == [0x6b, 0x38, 0x73, 0] + [0x0a, 7, 0x0a, 2, 0x76, 0x31, 0x12, 1, 0x4b] + [0x12, 2, 0x0a, 0] + [
                0x1a, 0, 0x22, 0,
            ])
    }

    @Test("unset fields come back as Go's JSON has them")
    func unset() throws {
        let value = try ProtobufCodec.decodeBare([], as: SampleSchema.widget)
        #expect(value == ["metadata": [:], "spec": ["count": 0, "rules": .null]])
    }

    @Test("an object inside of an object may be protobuf, too")
    func nested() throws {
        let inner = try ProtobufCodec.encode(ProtobufCodecTests.rich, as: SampleSchema.widget)
        // spec (2) { template (13) { raw (1) } }
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(bytes.count & 0x7f) | 0x80, UInt8(bytes.count >> 7)] + bytes
        }
        let bytes = field(2, field(13, field(1, inner)))
        let value = try ProtobufCodec.decodeBare(bytes, as: SampleSchema.widget, resolve: SampleSchema.resolve)
        #expect(value[path: "spec", "template"] == ProtobufCodecTests.rich)
    }

    @Test("packed numbers and unknown fields are read as Go reads them")
    func lenient() throws {
        let value = try ProtobufCodec.decodeBare(
            [0x82, 1, 2, 1, 2, 0xf8, 7, 1, 0xfd, 7, 0, 0, 0, 0], as: SampleSchema.spec)
        #expect(value["numbers"] == [1, 2])
    }

    @Test(
        "broken bytes are errors",
        arguments: [
            [0x0a], [0x0a, 5, 1], [0x08, 0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0x0f],
            [0x0a, 2, 8, 1],
            [0x0d, 0, 0],
        ] as [[UInt8]])
    func broken(_ bytes: [UInt8]) {
        #expect(throws: ProtobufError.self) { try ProtobufCodec.decodeBare(bytes, as: SampleSchema.widget) }
    }

    @Test(
        "values of the wrong kind are errors",
        arguments: [
            ["spec": ["count": "1"]], ["spec": []], ["metadata": ["name": 1]], ["spec": ["secret": ["a": "!"]]],
            ["spec": ["limits": ["a": "x"]]], ["spec": ["items": "x"]],
        ] as [Value])
    func mismatches(_ value: Value) {
        #expect(throws: ProtobufError.self) { try ProtobufCodec.encodeBare(value, as: SampleSchema.widget) }
    }

    @Test("a list can be put together from encoded items")
    func lists() throws {
        let items: [Value] = [["name": "a"], ["name": "b"]]
        let list = SchemaType(
            name: "List", shape: .list,
            fields: [
                SchemaField(
                    name: "metadata", type: .type(TypeReference(SampleSchema.meta)), number: 1, presence: .value),
                SchemaField(
                    name: "items", type: .list(.type(TypeReference(SampleSchema.item))), number: 2, presence: .list),
            ])
        let whole = try ProtobufCodec.encode(
            ["metadata": ["name": "l"], "items": .array(items)], as: list, apiVersion: "v1", kind: "L")
        let parts = try ProtobufCodec.encodeList(
            metadata: ["name": "l"], as: SampleSchema.meta,
            items: items.map { try ProtobufCodec.encodeBare($0, as: SampleSchema.item) }, apiVersion: "v1", kind: "L")
        #expect(whole == parts)
    }

    @Test("watch events come out of a stream as they went in, however it is cut", arguments: 1...7)
    func watch(_ size: Int) throws {
        let object = try ProtobufCodec.encode(ProtobufCodecTests.rich, as: SampleSchema.widget)
        let stream =
            ProtobufWatch.frame(type: "ADDED", object: object) + ProtobufWatch.frame(type: "DELETED", object: [])
        var reader = ProtobufWatch.Reader()
        var events: [ProtobufWatch.Event] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            reader.append(stream[start..<min(start + size, stream.count)])
            while let event = try reader.next() { events.append(event) }
        }
        #expect(events.map(\.type) == ["ADDED", "DELETED"])
        #expect(events.first?.object == object)
        #expect(stream[0..<6] == [0, 0, UInt8((stream.count - 21) >> 8), UInt8((stream.count - 21) & 0xff), 0x0a, 5])
    }
}
