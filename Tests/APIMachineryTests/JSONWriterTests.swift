import APIMachinery
import Determinism
import Testing

@Suite struct JSONWriterTests {
    @Test(arguments: [
        (Value.string("a<b>&\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}é\u{2028}\u{2029}\u{2030}"),
            "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u{7f}é\\u2028\\u2029\u{2030}\""),
        ("0123456789<", #""0123456789\u003c""#), (.integer(.min), "-9223372036854775808"),
        (.integer(.max), "9223372036854775807"), (0, "0"), (10, "10"), (-7, "-7"),
        (.double(1), "1"), (0.5, "0.5"), (0.000001, "0.000001"), (0.0000001, "1e-7"), (1e20, "100000000000000000000"),
        (1e21, "1e+21"), (-1.25e-9, "-1.25e-9"), (1.5e300, "1.5e+300"), (123.456, "123.456"), (100.0, "100"),
        (.double(-0.0), "-0"), (.double(.infinity), "null"),
        ([1, .null, true, false, []], "[1,null,true,false,[]]"), (["b": [:], "a": [[]]], #"{"a":[[]],"b":{}}"#),
    ] as [(Value, String)])
    func writesAsGoDoes(value: Value, text: String) {
        #expect(String(decoding: value.json, as: UTF8.self) == text)
    }

    @Test func putsCommasBetweenAllKindsOfValues() {
        let text = JSONWriter.bytes { writer in
            writer.beginObject()
            writer.key("raw")
            writer.raw(Array("[1]".utf8))
            writer.key("bytes")
            writer.base64([1, 2, 3, 4])
            writer.key("list")
            writer.beginArray()
            writer.raw(Array("{}".utf8))
            writer.string("x")
            writer.double(2.5)
            writer.endArray()
            writer.endObject()
        }
        #expect(String(decoding: text, as: UTF8.self) == #"{"raw":[1],"bytes":"AQIDBA==","list":[{},"x",2.5]}"#)
    }

    @Test(arguments: 1...300)
    func randomValuesSurviveTheRoundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let value = random.value(depth: 5)
        let text = value.json
        let again = try Value(json: text)
        #expect(again == value)
        #expect(again.json == text)
    }

    @Test(arguments: 1...300)
    func damagedTextNeverDoesWorseThanThrow(seed: UInt64) {
        var random = RandomValues(seed: seed)
        var text = random.value(depth: 5).json
        for _ in 0..<3 {
            let index = random.source.below(text.count)
            switch random.source.below(3) {
            case 0: text[index] = UInt8(random.source.below(256))
            case 1: text.removeSubrange(index...)
            default: text.insert(contentsOf: "\\u{[,".utf8.prefix(random.source.below(6)), at: index)
            }
            if text.isEmpty { break }
        }
        do throws(JSONError) {
            let value = try Value(json: text)
            #expect((try? Value(json: value.json)) == value, "what was read must be writable")
        } catch {
            #expect(!error.message.isEmpty)
        }
    }
}

/// Values of all kinds from a seed.
private struct RandomValues {
    let source: SeededRandomSource

    init(seed: UInt64) { source = SeededRandomSource(seed: seed) }

    mutating func value(depth: Int) -> Value {
        switch source.below(depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(source.below(2) == 0)
        case 2: return .integer(Int64(bitPattern: source.next()) >> Int64(source.below(64)))
        case 3:
            let number = Double(bitPattern: source.next())
            return .double(number.isFinite ? number : 0.1)
        case 4, 5: return .string(text())
        case 6: return .array((0..<source.below(5)).map { _ in value(depth: depth - 1) })
        default:
            var fields = Fields()
            for _ in 0..<source.below(40) { fields[text()] = value(depth: depth - 2) }
            return .object(fields)
        }
    }

    private func text() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789-./<>&\"\\\n\u{1}é€😀\u{2028}")
        let known = ["metadata", "terminationMessagePath", "kind", "name"]
        if source.below(4) == 0 { return known[source.below(known.count)] }
        return String((0..<source.below(24)).map { _ in alphabet[source.below(alphabet.count)] })
    }
}
