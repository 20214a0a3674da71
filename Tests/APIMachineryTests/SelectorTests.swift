import APIMachinery
import Testing

@Suite("Selectors")
struct SelectorTests {
    @Test(
        "reads the whole grammar and writes it back",
        arguments: [
            ("", ""), ("a", "a"), ("!a", "!a"), ("a=b", "a=b"), ("a==b", "a==b"), ("a!=b", "a!=b"), ("a=", "a="),
            ("x in (b,a)", "x in (a,b)"), ("x notin (a)", "x notin (a)"), ("x in ()", "x in ()"),
            ("x in (,a)", "x in (,a)"), ("x in (a,)", "x in (,a)"),
            ("x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"),
            ("z=1, a in (in,notin)", "a in (in,notin),z=1"), ("x>1", "x>1"), ("x<1,y", "x<1,y"),
            ("in in (in)", "in in (in)"),
            ("example.com/a = b ", "example.com/a=b"),
        ])
    func parses(_ text: String, _ expected: String) throws {
        #expect(try Selector(parsing: text).text == expected)
    }

    @Test(
        "says what upstream says",
        arguments: [
            (",", "found ',', expected: !, identifier, or 'end of string'"),
            ("a,", "found '', expected: identifier after ','"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("!a=b", "found '=', expected: ',' or 'end of string'"),
            ("x in a", "unable to parse requirement: found 'a' expected: '('"),
            ("x in (a", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("x in (=", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
            ("a==(b", "unable to parse requirement: found '(', expected: identifier"),
            ("!", "unable to parse requirement: found '', expected: identifier"),
            (
                "x>a",
                "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value"
                    + " must be an integer"
            ),
            (
                "-a=b",
                "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric"
                    + " characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g."
                    + " 'MyName',  or 'my.name',  or '123-abc', regex used for validation is"
                    + " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
        ])
    func refuses(_ text: String, _ message: String) {
        #expect(throws: SelectorError(message)) { try Selector(parsing: text) }
    }

    @Test(
        "conditions hold as upstream's do",
        arguments: [
            ("", true), ("a", true), ("!a", false), ("b", false), ("!b", true), ("a=1", true), ("a!=1", false),
            ("b!=1", true), ("b=1", false), ("a in (1,2)", true), ("a notin (1,2)", false), ("b notin (1)", true),
            ("a>0", true), ("a<1", false), ("c>0", false), ("a=1,c=x", true), ("a=1,c=y", false), ("e=", true),
        ])
    func matches(_ text: String, _ expected: Bool) throws {
        let labels = ["a": "1", "c": "x", "e": ""]
        #expect(try Selector(parsing: text).matches(labels) == expected)
        #expect(try Selector(parsing: text).matches(lookup: { labels[$0] }) == expected)
    }

    @Test("the structured form becomes the same conditions")
    func structured() throws {
        let selector = try Selector(
            matchLabels: ["b": "1"],
            matchExpressions: [("a", "In", ["y", "x"]), ("c", "Exists", []), ("d", "DoesNotExist", [])])
        #expect(selector.text == "a in (x,y),b=1,c,!d")
        #expect(selector.exactValue(of: "b") == "1")
        #expect(Selector.nothing.matches(["a": "1"]) == false)
        #expect(throws: SelectorError("\"Like\" is not a valid label selector operator")) {
            try Selector(matchLabels: [:], matchExpressions: [("a", "Like", [])])
        }
    }

    @Test(
        "field selectors",
        arguments: [
            ("metadata.name=a", "metadata.name=a"), ("b!=1,a==2", "a=2,b!=1"), ("a=x\\,y\\=z", "a=x\\,y\\=z"),
            ("a=", "a="), ("", ""),
        ])
    func fields(_ text: String, _ expected: String) throws {
        #expect(try FieldSelector(parsing: text).text == expected)
    }

    @Test(arguments: [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        ("a=\\x", "invalid field selector: invalid escape sequence: \\x"),
    ])
    func refusesFields(_ text: String, _ message: String) {
        #expect(throws: SelectorError(message)) { try FieldSelector(parsing: text) }
    }
}
