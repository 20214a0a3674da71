import RE2
import Testing

@Suite("RE2Pattern")
struct RE2PatternTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let pattern: String
        let text: String
        /// The leftmost match; nil where there is none.
        let match: String?

        init(_ pattern: String, _ text: String, _ match: String?) {
            self.pattern = pattern
            self.text = text
            self.match = match
        }

        var testDescription: String { "\(pattern) in \(text)" }
    }

    static let cases = [
        Case("", "abc", ""), Case("abc", "xabcy", "abc"), Case("^abc$", "abc", "abc"), Case("^abc$", "xabc", nil),
        Case("a|ab", "ab", "a"), Case("ab|a", "ab", "ab"), Case("a*", "baac", ""), Case("a+", "baac", "aa"),
        Case("a+?", "baac", "a"), Case("(?U)a+", "baac", "a"), Case("(?U)a+?", "baac", "aa"),
        Case("a{2,3}", "aaaa", "aaa"), Case("a{2,3}?", "aaaa", "aa"), Case("a{2}", "a", nil),
        Case("a{,2}", "a{,2}", "a{,2}"), Case("a{2,}", "aaaaa", "aaaaa"), Case("(ab){2}", "ababab", "abab"),
        Case("[a-c]+", "xxabcd", "abc"), Case("[^a-c]+", "abxyc", "xy"), Case("[]a]+", "x]a]", "]a]"),
        Case("[a\\]b]+", "a]b", "a]b"), Case("[[:alpha:]]+", "12ab3", "ab"), Case("[[:^alpha:]]+", "ab12", "12"),
        Case("\\d+\\s\\w+", "12 ab", "12 ab"), Case("[\\d-]+", "1-2", "1-2"), Case("\\D+", "12ab", "ab"),
        Case("(?i)HeLLo", "hello", "hello"), Case("(?i)k", "\u{212A}", "\u{212A}"), Case("(?i:A)b", "ab", "ab"),
        Case("(?i:A)b", "aB", nil), Case(".", "\n", nil), Case("(?s).", "\n", "\n"), Case("(?m)^b$", "a\nb\nc", "b"),
        Case("^b$", "a\nb\nc", nil), Case("\\bfoo\\b", "a foo b", "foo"), Case("\\bfoo\\b", "afoo", nil),
        Case("\\Boo", "foo", "oo"), Case("é+", "caféé", "éé"), Case("[α-ω]+", "xαβγy", "αβγ"),
        Case("\\p{Greek}+", "xαβγy", "αβγ"), Case("\\pL+", "12äö3", "äö"), Case("\\P{L}+", "ab12", "12"),
        Case("\\p{^L}+", "ab12", "12"), Case("\\x41\\x{1F600}", "A😀", "A😀"), Case("\\101", "A", "A"),
        Case("\\Qa.b\\E+", "a.bbb", "a.bbb"), Case("(?P<year>\\d{4})", "in 2026", "2026"), Case("(?<y>a)b", "ab", "ab"),
        Case("a**", "a", nil), Case("$^", "", ""), Case("(a|b)*c", "ababc", "ababc"), Case("\\Aa\\z", "a", "a"),
        Case("(|a)*", "aa", ""), Case("(|a)+", "aa", ""), Case("x{0}y", "xy", "y"), Case("[^\\n]", "\n", nil),
    ].filter { $0.pattern != "a**" }

    @Test("finds the leftmost match that Perl would choose", arguments: cases)
    func finds(_ example: Case) throws {
        let pattern = try RE2Pattern(example.pattern)
        #expect(pattern.firstMatch(in: example.text) == example.match)
        #expect(pattern.matches(example.text) == (example.match != nil))
        // The automaton remembers: the second answer comes from its states.
        #expect(pattern.matches(example.text) == (example.match != nil))
    }

    @Test("finds all matches without overlap, like Go")
    func findsAll() throws {
        #expect(try RE2Pattern("a*").allMatches(in: "baaab") == ["", "aaa", ""])
        #expect(try RE2Pattern("[0-9]+").allMatches(in: "1 22 333") == ["1", "22", "333"])
        #expect(try RE2Pattern("[0-9]+").allMatches(in: "1 22 333", max: 2) == ["1", "22"])
        #expect(try RE2Pattern("").allMatches(in: "éa") == ["", "", ""])
    }

    static let refusals: [(pattern: String, message: String)] = [
        ("a**", "invalid nested repetition operator: `**`"), ("*a", "missing argument to repetition operator: `*`"),
        ("(a", "missing closing ): `(a`"), ("a)", "unexpected ): `a)`"), ("[a", "missing closing ]: `[a`"),
        ("a\\", "trailing backslash at end of expression: ``"), ("[b-a]", "invalid character class range: `b-a`"),
        ("a{1001}", "invalid repeat count: `{1001}`"), ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("(a{100}){100}", "invalid repeat count: `{100}`"), ("\\1", "invalid escape sequence: `\\1`"),
        ("\\y", "invalid escape sequence: `\\y`"), ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?<=a)", "invalid or unsupported Perl syntax: `(?<`"), ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?P<a b>x)", "invalid named capture: `(?P<a b>`"),
        ("\\p{Klingon}", "invalid character class range: `\\p{Klingon}`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        ("(?P<n>a)(?P<n>b)", "duplicate capture group name: `n`"),
    ]

    @Test("refuses in Go's words", arguments: refusals)
    func refuses(pattern: String, message: String) {
        let error = #expect(throws: RE2Error.self) { try RE2Pattern(pattern) }
        #expect(error?.description == "error parsing regexp: \(message)")
    }

    @Test("a pattern that would keep a backtracker busy for ages takes no time")
    func isLinear() throws {
        let text = String(repeating: "a", count: 3000)
        #expect(try !RE2Pattern("^(a+)+$").matches(text + "b"))
        #expect(try !RE2Pattern("(a*)*\\bc").matches(text))
        #expect(try RE2Pattern("(a?){30}a{30}").matches(String(repeating: "a", count: 30)))
    }
}
