import APIMachinery
import Determinism
import Testing

@Suite struct JSONReaderTests {
    @Test(arguments: [
        ("null", Value.null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.5", 1.5), ("1e3", 1000.0), ("-2.5E-1", -0.25),
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC\ud83d\ude00""#, "é€😀"),
        (#""\ud83d""#, "\u{fffd}"), (#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"), (#""\ud83d\u0041""#, "\u{fffd}A"),
        ("[]", []), ("[1, [2],{}]", [1, [2], [:]]), (#"{"b":1, "a" : {"c":null}}"#, ["a": ["c": .null], "b": 1]),
        (#"{"kin\u0064":"x","a":1,"a":2}"#, ["a": 2, "kind": "x"]),
    ] as [(String, Value)])
    func readsWhatIsJSON(text: String, value: Value) throws {
        #expect(try Value(json: text) == value)
    }

    @Test(arguments: [
        ("", "unexpected end of JSON input"), ("  ", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"), (#"{"a""#, "unexpected end of JSON input"),
        (#"{"a":"#, "unexpected end of JSON input"), (#""abc"#, "unexpected end of JSON input"),
        ("[1,", "unexpected end of JSON input"), ("-", "unexpected end of JSON input"),
        ("tru", "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("<html>", "invalid character '<' looking for beginning of value"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("[,1]", "invalid character ',' looking for beginning of value"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        (#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string"),
        (#"{,"a":1}"#, "invalid character ',' looking for beginning of object key string"),
        (#"{"a" 1}"#, "invalid character '1' after object key"),
        (#"{"a":1 "b"}"#, #"invalid character '"' after object key:value pair"#),
        ("1 2", "invalid character '2' after top-level value"), ("01", "invalid character '1' after top-level value"),
        ("tru ", "invalid character ' ' in literal true (expecting 'e')"),
        ("nil", "invalid character 'i' in literal null (expecting 'u')"),
        ("1.", "unexpected end of JSON input"), ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1ex", "invalid character 'x' in exponent of numeric literal"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("\"a\nb\"", #"invalid character '\n' in string literal"#),
        (#""\x""#, "invalid character 'x' in string escape code"),
        (#""\u12g4""#, #"invalid character 'g' in \u hexadecimal character escape"#),
        ("'a'", #"invalid character '\'' looking for beginning of value"#),
    ])
    func saysWhatIsWrongInTheWordsOfGo(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try Value(json: text) }
        #expect(error?.message == message)
    }

    @Test func replacesInvalidUTF8() throws {
        #expect(try Value(json: Array("\"a".utf8) + [0xff] + Array("b\"".utf8)) == "a\u{fffd}b")
    }

    @Test func refusesToNestWithoutEnd() throws {
        let limit = JSONReader.depthMax
        let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        _ = try Value(json: deepest)
        let error = #expect(throws: JSONError.self) { try Value(json: "[" + deepest + "]") }
        #expect(error?.code == .tooDeep)
    }

    @Test func namesThePathOfAnError() {
        let error = #expect(throws: JSONError.self) {
            try JSONReader.read(Array(#"{"other":[1],"spec":{"containers":[{}, {"priority": "no"}]}}"#.utf8)) {
                (reader) throws(JSONError) in
                try reader.beginObject()
                _ = try reader.nextKey()
                try reader.skipValue()
                _ = try reader.nextKey()
                try reader.beginObject()
                _ = try reader.nextKey()
                try reader.beginArray()
                _ = try reader.nextElement()
                try reader.skipValue()
                _ = try reader.nextElement()
                try reader.beginObject()
                _ = try reader.nextKey()
                return try reader.readInt32()
            }
        }
        #expect(error?.path == "spec.containers[1].priority")
        #expect(
            error?.message
                == "json: cannot unmarshal string into Go struct field spec.containers[1].priority of type int32")
    }

    @Test(arguments: ["2147483648", "-2147483649", "1.0", "1e2", "true", "\"1\"", "{}"])
    func keepsInt32InItsRange(text: String) {
        let error = #expect(throws: JSONError.self) {
            try JSONReader.read(Array(text.utf8)) { (reader) throws(JSONError) in try reader.readInt32() }
        }
        #expect(error?.code == .typeMismatch)
    }

    @Test func tellsKnownFieldsFromUnknownAndPassesOverNull() throws {
        let text = #"{"kind":"a","metadata":null,"no-such-field":1,"\u006bind":2}"#
        let ids = try JSONReader.read(Array(text.utf8)) { (reader) throws(JSONError) in
            var ids: [UInt16] = []
            try reader.beginObject()
            while let id = try reader.nextField() {
                ids.append(id)
                try reader.skipValue()
            }
            return ids
        }
        let kind = FieldNameTable.shared.id(of: "kind")
        #expect(kind != 0)
        #expect(ids == [kind, 0, kind])
    }

    @Test func namesDuplicateFieldsInOrder() throws {
        var duplicates: [String] = []
        let text = #"{"spec":{"x":1,"a":[{"n":1,"n":2,"n":3}],"x":2},"ok":1,"z":0,"z":1}"#
        let value = try Value(json: Array(text.utf8), duplicates: &duplicates)
        #expect(duplicates == ["spec.a[0].n", "spec.x", "z"])
        #expect(value["spec"] == ["a": [["n": 3]], "x": 2])
    }

    @Test(arguments: [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("YWJj\\nZA==", "abcd")])
    func readsBase64(text: String, plain: String) throws {
        let bytes = try JSONReader.read(Array("\"\(text)\"".utf8)) { (reader) throws(JSONError) in
            try reader.readBase64()
        }
        #expect(bytes == Array(plain.utf8))
    }

    @Test(arguments: ["YQ", "YQ=", "Y", "YQ=a", "Y*==", "===="])
    func refusesWhatIsNotBase64(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }
}
