import APIMachinery
import CEL
import Testing

@Suite("Evaluation")
struct EvaluationTests {
    static let object: Value = [
        "name": "web", "replicas": 3, "ratio": 1.5, "paused": false, "none": .null,
        "items": ["a", "b", "c"], "labels": ["app": "x", "tier": "y"], "nested": ["list": [["k": 1], ["k": 2]]],
    ]

    static func evaluate(_ text: String, costLimit: UInt64 = CELProgram.perCallLimit) throws -> CELValue {
        let environment = CELEnvironment.kubernetes.declaring("self", .dyn)
        return try environment.compile(text).evaluate(
            CELActivation(["self": CELValue(object)]), costLimit: costLimit)
    }

    static let truths = [
        "self.replicas == 3 && self.ratio > 1", "self.replicas < 3.5", "self.labels.app == 'x'", "'app' in self.labels",
        "!('zzz' in self.labels)", "self.items.size() == 3", "self.items[1] == 'b'", "self.nested.list[1].k == 2",
        "has(self.name) && !has(self.other)", "self.none == null", "self.?other.orValue(5) == 5",
        "self.?labels.?app.hasValue()", "self.items.map(i, i + '!') == ['a!', 'b!', 'c!']",
        "self.items.filter(i, i != 'b') == ['a', 'c']", "self.items.exists_one(i, i == 'a')",
        "self.labels.all(k, self.labels[k] != '')", "self.labels.transformList(k, v, k + v) == ['appx', 'tiery']",
        "self.items.transformMap(i, v, i > 0, v) == {1: 'b', 2: 'c'}",
        // One side may decide alone.
        "true || self.other.x", "self.other.x || true", "!(false && self.other.x)", "!(self.other.x && false)",
        "[dyn(1), dyn('a'), dyn(2)].exists(x, x == 2)", "[dyn('a'), dyn(1)].exists(x, x > 0)",
        "'b' in self.items", "dyn(1) == 1.0", "dyn(1u) == 1", "dyn(1) != 'a'", "{1: 'a'}[dyn(1.0)] == 'a'",
        "'abcabc'.findAll('b') == ['b', 'b']", "'abc'.find('[bc]+') == 'bc'", "'a,b'.split(',') == ['a', 'b']",
        "['a', 'b'].join('-') == 'a-b'", "'Hello'.lowerAscii() == 'hello'", "'  x '.trim() == 'x'",
        "'héllo'.charAt(1) == 'é'", "'hello'.replace('l', 'L', 1) == 'heLlo'", "'abc'.substring(1) == 'bc'",
        "'%s is %d, %.2f'.format(['x', 1, 2.5]) == 'x is 1, 2.50'", "'%s'.format([[1, 'a']]) == '[1, \"a\"]'",
        "[3, 1, 2].sort() == [1, 2, 3]", "[1, 2, 3].sum() == 6", "[1, 5, 3].max() == 5", "![2, 1].isSorted()",
        "['bb', 'a'].sortBy(x, x.size()) == ['a', 'bb']", "[1, 2, 2].distinct() == [1, 2]",
        "[[1], [2]].flatten() == [1, 2]",
        "sets.contains([1, 2], [2])", "sets.equivalent([1, 2], [2, 1, 1])", "sets.intersects([1], [1, 2])",
        "timestamp('2026-03-29T02:30:00+01:00').getHours('Europe/Berlin') == 3",
        "timestamp('2026-11-23T10:00:00Z').getFullYear('-11:00') == 2026", "duration('90m').getHours() == 1",
        "timestamp('2026-01-01T00:00:00Z') + duration('24h') == timestamp('2026-01-02T00:00:00Z')",
        "string(duration('1m30s')) == '90s'", "string(1.0) == '1'", "int('42') == 42", "string(1e21) == '1e+21'",
        "[1, 2].map(x, [3, 4].map(y, x * y)) == [[3, 4], [6, 8]]", "optional.of(1).optMap(x, x + 1).value() == 2",
        "[?optional.none(), optional.of(2).value()] == [2]", "{?'a': optional.of(1)} == {'a': 1}",
    ]

    @Test("holds", arguments: truths)
    func holds(_ expression: String) throws {
        let value = try Self.evaluate(expression)
        #expect(value.boolValue == true, "\(value.text)")
    }

    static let failures: [(String, String)] = [
        ("self.other", "no such key: other"), ("self.items[9]", "index out of bounds: 9"),
        ("1 / (self.replicas - 3)", "division by zero"),
        ("1 % (self.replicas - 3)", "modulus by zero"), ("9223372036854775807 + self.replicas", "integer overflow"),
        ("0u - uint(self.replicas)", "unsigned integer overflow"), ("self.name + 1", "no such overload"),
        ("self.name.x", "no such key: x"), ("int('x' + self.name)", "type conversion error from 'string' to 'int'"),
        ("self.paused || self.other", "no such key: other"), ("'a'.charAt(self.replicas)", "index out of range: 3"),
        ("timestamp(self.name)", "type conversion error from 'string' to 'google.protobuf.Timestamp'"),
        ("self.replicas.startsWith('a')", "no such overload"),
        ("{'a': 1, string(self.name): 1, 'web': 2}", "Failed with repeated key: web"),
        ("optional.none().value()", "optional.none() dereference"),
    ]

    @Test("fails in upstream's words", arguments: failures)
    func fails(_ expression: String, _ message: String) {
        let error = #expect(throws: CELEvaluationError.self) { try Self.evaluate(expression) }
        #expect(error?.message == message)
    }

    /// The figures follow upstream's counting.
    static let costs: [(String, UInt64)] = [
        ("1 + 2", 1), ("self.replicas", 2), ("self.replicas + self.replicas", 5), ("self.nested.list[0].k", 5),
        ("has(self.nested.list)", 2), ("self.paused ? self.name : self.items", 3), ("self.items.map(i, i)", 42),
        ("['a', 'b']", 0),
        ("[self.name]", 12), ("self.name == 'web'", 3), ("'a' in self.items", 3), ("'a' in ['a', 'b']", 0),
        ("self.name.startsWith('w')", 3),
    ]

    @Test("charges like upstream", arguments: costs)
    func charges(_ expression: String, _ cost: UInt64) throws {
        let environment = CELEnvironment.kubernetes.declaring("self", .dyn)
        var charged: UInt64 = 0
        _ = try environment.compile(expression).evaluate(CELActivation(["self": CELValue(Self.object)]), cost: &charged)
        #expect(charged == cost)
    }

    static let patches: [(expression: String, json: Value)] = [
        ("Object{spec: Object.spec{replicas: self.replicas + 1}}", ["spec": ["replicas": 4]]),
        ("Object{?spec: optional.none(), ?name: optional.of('a')}", ["name": "a"]),
        (
            "Object{list: [Object.list{name: 'a', args: self.items}], labels: {'a': 'b'}}",
            ["labels": ["a": "b"], "list": [["name": "a", "args": ["a", "b", "c"]]]]
        ),
        ("Object{list: [1, 2, 3]}.list.sum()", 6), ("has(Object{a: 1}.b)", false), ("Object{a: 1}.?b.orValue(2)", 2),
        ("Object{a: 1} == Object{a: 0 + 1}", true), ("dyn(Object{a: 1}) == Object.b{a: 1}", false),
        ("dyn(Object{a: 1}) == {'a': 1}", false),
        (
            "[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('b/c~d'), value: Object.a{b: 1.5}}]",
            [["op": "add", "path": "/a/b~1c~0d", "value": ["b": 1.5]]]
        ),
        ("JSONPatch{op: 'copy', from: '/a', path: '/b'}.from", "/a"),
    ]

    @Test("makes patches", arguments: patches)
    func makesPatches(_ expression: String, _ json: Value) throws {
        var environment = CELEnvironment.kubernetes.declaring("self", .dyn)
        environment.addPatchTypes()
        let value = try environment.compile(expression).evaluate(CELActivation(["self": CELValue(Self.object)]))
        #expect(try value.json() == json)
    }

    static let misplacements: [(expression: String, problems: [String])] = [
        ("Object{spec: Object.spec{a: [Object.spec.a{b: 1}], m: {'k': Object.spec.m{}}}}", []),
        (
            "Object{spec: Object.specx{a: Object.spec.a{}}}",
            [
                "unexpected type name \"Object.specx\", expected \"Object.spec\", which matches field name path from "
                    + "root Object type"
            ]
        ),
        (
            "Object{a: [Object.b{}]}",
            [
                "unexpected type name \"Object.b\", expected \"Object.a\", which matches field name path from root "
                    + "Object type"
            ]
        ),
    ]

    @Test("the types of a patch are the paths of its fields", arguments: misplacements)
    func namesPaths(_ expression: String, _ problems: [String]) throws {
        var environment = CELEnvironment.kubernetes
        environment.addPatchTypes()
        #expect(PatchTypes.misplaced(try environment.compile(expression).evaluate(CELActivation())) == problems)
    }

    @Test("stops when it has cost too much, and nothing absorbs that")
    func stops() {
        let error = #expect(throws: CELEvaluationError.self) {
            try Self.evaluate("self.items.all(a, self.items.all(b, self.items.all(c, true))) || true", costLimit: 50)
        }
        #expect(error?.message == "operation cancelled: actual cost limit exceeded")
        #expect(error?.kind == .costLimit)
    }

    @Test("survives anything that is thrown at it", arguments: [UInt64(1), 2, 3])
    func survives(_ seed: UInt64) {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let words = [
            "self", ".", "items", "(", ")", "[", "]", "{", "}", "1", "2u", "3.5", "'a'", "b'x'", "+", "-", "*", "/",
            "%", "&&", "||",
            "!", "?", ":", ",", "==", "<", "in", "null", "true", "x", "all(x, x)", ".map(x, x)", "size",
            "has(self.name)", "'", "\"",
            "\\", "\u{1F600}", "é", "0x", "1e", "`a`", ".?", "[?", "duration('1s')", "matches('(a*)*b')",
            "optional.none()",
        ]
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<(1 + next(12)) { text += words[next(words.count)] + (next(3) == 0 ? " " : "") }
            // Whether it means anything is not asked; that it comes back is.
            _ = try? Self.evaluate(text, costLimit: 100_000)
        }
    }
}
