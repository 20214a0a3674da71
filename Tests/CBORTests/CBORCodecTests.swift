import APIMachinery
import CBOR
import Testing

@Suite("CBORCodec")
struct CBORCodecTests {
    /// What it reads, as the JSON of the value; from upstream's and RFC 8949's examples.
    static let readable: [(hex: String, json: String)] = [
        ("0a", "10"), ("00", "0"), ("1b7fffffffffffffff", "9223372036854775807"), ("20", "-1"),
        ("3b7fffffffffffffff", "-9223372036854775808"), ("40", "\"\""), ("60", "\"\""),
        ("d64401020304", "\"AQIDBA==\""), ("d544fbff0102", "\"-_8BAg\""), ("d744fbff0102", "\"fbff0102\""),
        ("d682d5410141ff", "[\"AQ\",\"/w==\"]"), ("7f616161626163ff", "\"abc\""), ("5f41614162ff", "\"ab\""),
        ("9f9f8080ff9f8080ffff", "[[[],[]],[[],[]]]"),
        ("bf6141bf616101616202ff6142bf616901616a02ffff", "{\"A\":{\"a\":1,\"b\":2},\"B\":{\"i\":1,\"j\":2}}"),
        ("a143414243187b", "{\"ABC\":123}"), ("a1f601", "{\"\":1}"), ("f94200", "3"), ("fa40000000", "2"),
        ("fb3ff8000000000000", "1.5"), ("fb0000000000000001", "5e-324"), ("f90001", "5.960464477539063e-8"),
        ("f4", "false"), ("f5", "true"), ("f6", "null"), ("d9d9f7a0", "{}"), ("d9d9f7d9d9f7a0", "{}"),
        ("c074323030362d30312d30325431353a30343a30355a", "\"2006-01-02T15:04:05Z\""),
        ("c11a43b940e5", "\"2006-01-02T15:04:05Z\""), ("c1f93c00", "\"1970-01-01T00:00:01Z\""),
        ("c120", "\"1969-12-31T23:59:59Z\""), ("c1fb3ff8000000000000", "\"1970-01-01T00:00:01.5Z\""),
        ("c48221196ab3", "[-2,27315]"),
    ]

    @Test("reads what upstream reads", arguments: readable)
    func reads(_ hex: String, _ json: String) throws {
        #expect(String(decoding: try CBORCodec.decode(bytes(hex)).json, as: UTF8.self) == json)
    }

    private static let notAccepted = "cbor: data item of cbor type primitives is not accepted by protocol: "

    /// What it refuses, with upstream's words.
    static let refused: [(hex: String, message: String)] = [
        ("", "EOF"), ("18", "unexpected EOF"), ("62c3", "unexpected EOF"), ("8201", "unexpected EOF"),
        ("9f01", "unexpected EOF"), ("c0", "unexpected EOF"), ("5f4161", "unexpected EOF"),
        ("9b7fffffffffffffff", "unexpected EOF"), ("5b7fffffffffffffff", "unexpected EOF"),
        ("0101", "cbor: 1 bytes of extraneous data starting at index 1"),
        (
            "1bffffffffffffffff",
            "cbor: cannot unmarshal positive integer into Go value of type int64 "
                + "(18446744073709551615 overflows Go's int64)"
        ),
        (
            "3bffffffffffffffff",
            "cbor: cannot unmarshal negative integer into Go value of type int64 "
                + "(-18446744073709551616 overflows Go's int64)"
        ),
        ("1c", "cbor: invalid additional information 28 for type positive integer"),
        ("1f", "cbor: invalid additional information 31 for type positive integer"),
        ("ff", "cbor: unexpected \"break\" code"), ("81ff", "cbor: unexpected \"break\" code"),
        ("bf6161ff", "cbor: unexpected \"break\" code"), ("6180", "cbor: invalid UTF-8 string"),
        ("7f61c361a9ff", "cbor: invalid UTF-8 string"),
        ("5f6161ff", "cbor: wrong element type UTF-8 text string for indefinite-length byte string"),
        ("5f5f4161ffff", "cbor: indefinite-length byte string chunk is not definite-length"),
        ("a2614101614102", "cbor: found duplicate map key \"A\" at map element index 1"),
        ("a2414101614102", "cbor: found duplicate map key \"A\" at map element index 1"),
        (
            "a25f426865436c6c6fff015f416844656c6c6fff02",
            "cbor: found duplicate map key \"hello\" at map element index 1"
        ),
        ("a1fb40091eb851eb851f63706965", "cbor: cannot unmarshal primitives into Go value of type string"),
        ("a10102", "cbor: cannot unmarshal positive integer into Go value of type string"),
        ("a18002", "cbor: cannot unmarshal array into Go value of type string"),
        ("f97c00", notAccepted + "floating-point infinity"),
        ("faff800000", notAccepted + "floating-point infinity"),
        ("fb7ff8000000000000", notAccepted + "floating-point NaN"),
        ("f7", notAccepted + "simple value 23 is not recognized"),
        ("e0", notAccepted + "simple value 0 is not recognized"),
        ("f8ff", notAccepted + "simple value 255 is not recognized"),
        ("f818", "cbor: invalid simple value 24 for type primitives"),
        ("c249010000000000000000", "cbor: data item of cbor type tag is not accepted by protocol: bignum"),
        ("c349010000000000000000", "cbor: data item of cbor type tag is not accepted by protocol: bignum"),
        (
            "c054323030362d30312d30325431353a30343a30355a",
            "cbor: tag number 0 must be followed by text string, got byte string"
        ),
        ("c160", "cbor: tag number 1 must be followed by integer or floating-point number, got UTF-8 text string"),
        (
            "c06474657874",
            "cbor: cannot set text for time.Time: parsing time \"text\" as \"2006-01-02T15:04:05Z07:00\": "
                + "cannot parse \"text\" as \"2006\""
        ),
        (
            "c11b0000003afff44181",
            "cbor: decoded time cannot be represented in RFC3339 format with sub-second precision: "
                + "Time.MarshalText: year outside of range [0,9999]"
        ),
        ("bbffffffffffffffff", "cbor: map length 18446744073709551615 is too large, it would cause integer overflow"),
        ("ba00200001", "cbor: exceeded max number of key-value pairs 2097152 for CBOR map"),
    ]

    @Test("refuses what upstream refuses, in its words", arguments: refused)
    func refuses(_ hex: String, _ message: String) {
        #expect { try CBORCodec.decode(bytes(hex)) } throws: { "\($0)" == message }
    }

    @Test("nests as deep as JSON and no deeper", arguments: [0x81, 0xc4] as [UInt8])
    func depth(_ byte: UInt8) throws {
        _ = try CBORCodec.decode(Array(repeating: byte, count: CBORCodec.depthMax) + [0])
        #expect { try CBORCodec.decode(Array(repeating: byte, count: 1_000_000) + [0]) } throws: {
            "\($0)" == "cbor: exceeded max nested level \(CBORCodec.depthMax)"
        }
    }

    /// What it writes: the deterministic form that upstream's encoder gives.
    static let written: [(value: Value, hex: String)] = [
        ([:], "a0"), (["b": 1, "aa": 2, "a": -1], "a3416120416201426161" + "02"),
        (["kind": "Pod"], "a1446b696e6443506f64"),
        ([1, 24, 256, 65536, 4_294_967_296], "85011818190100" + "1a000100001b0000000100000000"),
        (.array([.null, true, false]), "83f6f5f4"), (1.5, "f93e00"), (3.4028234663852886e+38, "fa7f7fffff"),
        (1.1, "fb3ff199999999999a"), (-0.25, "f9b400"), (.integer(.min), "3b7fffffffffffffff"),
    ]

    @Test("writes the shortest form, keys sorted, behind the tag", arguments: written)
    func writes(_ value: Value, _ hex: String) throws {
        #expect(CBORCodec.encode(value) == bytes("d9d9f7" + hex))
        #expect(try CBORCodec.decode(CBORCodec.encode(value)) == value)
    }

    @Test("bytes of a known type go out as bytes and come back as base64")
    func schema() throws {
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "data": ["k": "AQIDBA=="], "stringData": ["s": "AQIDBA=="],
        ]
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Secret")
        let encoded = CBORCodec.encode(secret, as: SchemaCatalog.builtin.type(for: kind))
        #expect(contains(encoded, bytes("416bd64401020304")))
        #expect(contains(encoded, bytes("417348") + Array("AQIDBA==".utf8)))
        #expect(try CBORCodec.decode(encoded) == secret)
        let list: Value = ["items": .array([secret]), "metadata": [:]]
        let whole = CBORCodec.encode(
            list, as: SchemaCatalog.builtin.type(for: GroupVersionKind(group: "", version: "v1", kind: "SecretList")))
        #expect(contains(whole, bytes("416bd64401020304")))
    }

    @Test("a frame of a watch is one item with the object in it")
    func frame() throws {
        let frame = CBORCodec.frame(type: "ADDED", object: CBORCodec.encode(["kind": "Pod"]))
        #expect(try CBORCodec.decode(frame) == ["type": "ADDED", "object": ["kind": "Pod"]])
        #expect(CBORCodec.isSelfDescribed(frame))
    }

    /// Changed and cut input is read or refused, and what is read can be written and read again.
    @Test("no input breaks it", arguments: 0..<64)
    func mutations(_ seed: Int) throws {
        let seeds = Self.readable.map { bytes($0.hex) } + Self.refused.map { bytes($0.hex) }
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func roll(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<200 {
            var input = seeds[roll(seeds.count)] + seeds[roll(seeds.count)]
            for _ in 0..<roll(4) where !input.isEmpty { input[roll(input.count)] = UInt8(roll(256)) }
            input.removeLast(roll(input.count + 1))
            guard let value = try? CBORCodec.decode(input) else { continue }
            #expect(try CBORCodec.decode(CBORCodec.encode(value)) == value)
        }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
