import APIMachinery
import APIRules
import Testing

@Suite("The schema of a custom resource")
struct CustomSchemaTests {
    private static func schema(_ json: String) throws -> CustomSchema { CustomSchema(try Value(json: json)) }

    @Test("finds wrong what upstream finds wrong, in its words", arguments: [
        (#"{"type":"integer"}"#, #""a""#, #"x: Invalid value: "string": x in body must be of type integer: "string""#),
        (#"{"type":"object"}"#, "null", #"x: Invalid value: "null": x in body must be of type object: "null""#),
        (
            #"{"x-kubernetes-int-or-string":true}"#, "true",
            #"x: Invalid value: "boolean": x in body must be of type integer,string: "boolean""#
        ),
        (
            #"{"type":"integer","minimum":1}"#, "0",
            "x: Invalid value: 0: x in body should be greater than or equal to 1"
        ),
        (
            #"{"type":"integer","maximum":1,"exclusiveMaximum":true}"#, "1",
            "x: Invalid value: 1: x in body should be less than 1"
        ),
        (
            #"{"type":"string","pattern":"^a+$"}"#, #""b""#, #"x: Invalid value: "b": x in body should match '^a+$'"#
        ),
        (
            #"{"type":"string","minLength":2}"#, #""b""#,
            #"x: Invalid value: "b": x in body should be at least 2 chars long"#
        ),
        (#"{"type":"string","maxLength":1}"#, #""ab""#, "x: Too long: may not be more than 1 bytes"),
        (
            #"{"type":"string","enum":["a","b"]}"#, #""c""#,
            #"x: Unsupported value: "c": supported values: "a", "b""#
        ),
        (
            #"{"type":"string","format":"date-time"}"#, #""now""#,
            #"x: Invalid value: "now": x in body must be of type date-time: "now""#
        ),
        (#"{"type":"object","required":["a"]}"#, "{}", "x.a: Required value"),
        (#"{"type":"array","items":{"type":"string"},"maxItems":1}"#, #"["a","b"]"#, "x: Too many: 2: must have at most 1 items"),
        (
            #"{"type":"array","items":{"type":"integer"}}"#, #"[1,"b"]"#,
            #"x[1]: Invalid value: "string": x[1] in body must be of type integer: "string""#
        ),
        (
            #"{"oneOf":[{"required":["a"]},{"required":["b"]}],"type":"object"}"#, #"{"a":1,"b":1}"#,
            #"<nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives"#
        ),
    ])
    func refuses(schema: String, value: String, error: String) throws {
        let errors = try Self.schema(schema).validate(try Value(json: value), path: "x")
        #expect(errors.map(\.description) == [error])
    }

    @Test("lets pass what fits", arguments: [
        (#"{"type":"number"}"#, "1"), (#"{"type":"integer"}"#, "1.0"), (#"{"type":"string","nullable":true}"#, "null"),
        (#"{"x-kubernetes-int-or-string":true}"#, #""50%""#), (#"{"type":"string","pattern":"b"}"#, #""abc""#),
        (#"{"anyOf":[{"minimum":5},{"maximum":2}],"type":"integer"}"#, "1"),
        (#"{"type":"string","format":"no-such-format"}"#, #""x""#),
    ])
    func accepts(schema: String, value: String) throws {
        #expect(try Self.schema(schema).validate(try Value(json: value), path: "x").isEmpty)
    }

    @Test func whatIsAsItWasIsNotFoundWrongAgain() throws {
        let schema = try Self.schema(
            #"{"type":"object","properties":{"a":{"type":"string","maxLength":1},"b":{"type":"string","maxLength":1}}}"#)
        let old = try Value(json: #"{"a":"long","b":"x"}"#)
        #expect(schema.validate(try Value(json: #"{"a":"long","b":"y"}"#), old: old).isEmpty)
        #expect(schema.validate(try Value(json: #"{"a":"long","b":"long"}"#), old: old).map(\.field) == ["b"])
    }

    @Test("keeps what it lists", arguments: [
        (#"{"type":"object","properties":{"a":{"type":"object"}}}"#, #"{"a":{"x":1},"b":2}"#, #"{"a":{}}"#, ["a.x", "b"]),
        (
            #"{"type":"object","properties":{"a":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}"#,
            #"{"a":{"x":1}}"#, #"{"a":{"x":1}}"#, []
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}}}"#,
            #"{"a":[{},{"x":1}]}"#, #"{"a":[{},{}]}"#, ["a[1].x"]
        ),
        (
            #"{"type":"object","additionalProperties":{"type":"object"}}"#, #"{"a":{"x":1}}"#, #"{"a":{}}"#, ["a.x"]
        ),
        (#"{"type":"object"}"#, #"{"apiVersion":"v1","kind":"K","metadata":{"name":"n"}}"#,
         #"{"apiVersion":"v1","kind":"K","metadata":{"name":"n"}}"#, []),
    ])
    func prunes(schema: String, value: String, kept: String, unknown: [String]) throws {
        var object = try Value(json: value)
        #expect(try Self.schema(schema).prune(&object) == unknown)
        #expect(object == (try Value(json: kept)))
    }

    @Test("fills in defaults", arguments: [
        (#"{"properties":{"a":{"default":1}}}"#, "{}", #"{"a":1}"#),
        (#"{"properties":{"a":{"default":1}}}"#, #"{"a":null}"#, #"{"a":1}"#),
        (#"{"properties":{"a":{"default":1,"nullable":true}}}"#, #"{"a":null}"#, #"{"a":null}"#),
        (#"{"properties":{"a":{"default":{},"properties":{"b":{"default":2}}}}}"#, "{}", #"{"a":{"b":2}}"#),
        (#"{"properties":{"a":{"properties":{"b":{"default":2}}}}}"#, "{}", "{}"),
        (#"{"items":{"properties":{"b":{"default":2}}}}"#, "[{}]", #"[{"b":2}]"#),
        (#"{"additionalProperties":{"default":3}}"#, #"{"x":null}"#, #"{"x":3}"#),
    ])
    func defaults(schema: String, value: String, filled: String) throws {
        var object = try Value(json: value)
        try Self.schema(schema).setDefaults(&object)
        #expect(object == (try Value(json: filled)))
    }

    @Test func setsAndMapsHaveNothingTwice() throws {
        let set = try Self.schema(
            #"{"properties":{"a":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}}}"#)
        #expect(
            set.validateListTypes(try Value(json: #"{"a":["x","y","x"]}"#)).map(\.description)
                == [#"a[2]: Duplicate value: "x""#])
        let map = try Self.schema(
            #"{"properties":{"a":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"]}}}"#)
        #expect(
            map.validateListTypes(try Value(json: #"{"a":[{"k":1},{"k":2},{"k":1,"v":2}]}"#)).map(\.description)
                == [#"a[2]: Duplicate value: {"k":1}"#])
    }
}
