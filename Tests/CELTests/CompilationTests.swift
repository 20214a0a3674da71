import CEL
import Testing

/// What users see of mistakes, in upstream's words.
@Suite("Compilation")
struct CompilationTests {
    static let operands =
        "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

    static let refusals: [(expression: String, message: String)] = [
        (
            "1 + 'a'",
            "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + 'a'\n | ..^"
        ),
        ("x", "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^"),
        ("f(1)", "ERROR: <input>:1:2: undeclared reference to 'f' (in container '')\n | f(1)\n | .^"),
        ("'a'.f(1)", "ERROR: <input>:1:6: undeclared reference to 'f' (in container '')\n | 'a'.f(1)\n | .....^"),
        ("self.other", "ERROR: <input>:1:5: undefined field 'other'\n | self.other\n | ....^"),
        (
            "self.name.size",
            "ERROR: <input>:1:10: type 'string' does not support field selection\n | self.name.size\n | .........^"
        ),
        (
            "'a'.startsWith(1)",
            "ERROR: <input>:1:15: found no matching overload for 'startsWith' applied to 'string.(int)'\n | 'a'.startsWith(1)\n | ..............^"
        ),
        ("[1, 'a']", "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^"),
        ("1 && true", "ERROR: <input>:1:1: expected type 'bool' but found 'int'\n | 1 && true\n | ^"),
        (
            "1.all(x, true)",
            "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | 1.all(x, true)\n | ^"
        ),
        ("has(self)", "ERROR: <input>:1:5: invalid argument to has() macro\n | has(self)\n | ....^"),
        ("[1].all(2, true)", "ERROR: <input>:1:9: argument must be a simple name\n | [1].all(2, true)\n | ........^"),
        ("namespace", "ERROR: <input>:1:1: reserved identifier: namespace\n | namespace\n | ^"),
        ("0xFFFFFFFFFFFFFFFFF", "ERROR: <input>:1:1: invalid int literal\n | 0xFFFFFFFFFFFFFFFFF\n | ^"),
        ("duration('x')", "ERROR: <input>:1:10: invalid duration argument\n | duration('x')\n | .........^"),
        ("'a'.matches('[')", "ERROR: <input>:1:13: invalid matches argument\n | 'a'.matches('[')\n | ............^"),
        (
            "1 + $",
            "ERROR: <input>:1:5: Syntax error: token recognition error at: '$'\n | 1 + $\n | ....^\n"
                + "ERROR: <input>:1:6: Syntax error: mismatched input '<EOF>' expecting \(operands)\n | 1 + $\n | .....^"
        ),
        (
            "*@a | b",
            "ERROR: <input>:1:1: Syntax error: extraneous input '*' expecting \(operands)\n | *@a | b\n | ^\n"
                + "ERROR: <input>:1:2: Syntax error: token recognition error at: '@'\n | *@a | b\n | .^\n"
                + "ERROR: <input>:1:5: Syntax error: token recognition error at: '| '\n | *@a | b\n | ....^\n"
                + "ERROR: <input>:1:7: Syntax error: extraneous input 'b' expecting <EOF>\n | *@a | b\n | ......^"
        ),
        (
            "1 + +",
            "ERROR: <input>:1:5: Syntax error: mismatched input '+' expecting \(operands)\n | 1 + +\n | ....^\n"
                + "ERROR: <input>:1:6: Syntax error: mismatched input '<EOF>' expecting \(operands)\n | 1 + +\n | .....^"
        ),
        (
            "in",
            "ERROR: <input>:1:1: Syntax error: mismatched input 'in' expecting \(operands)\n | in\n | ^\n"
                + "ERROR: <input>:1:3: Syntax error: mismatched input '<EOF>' expecting \(operands)\n | in\n | ..^"
        ),
        ("1 + 2\n3 +", "ERROR: <input>:2:1: Syntax error: mismatched input '3' expecting <EOF>\n | 3 +\n | ^"),
        ("{a}", "ERROR: <input>:1:3: Syntax error: mismatched input '}' expecting ':'\n | {a}\n | ..^"),
        (
            "TestAllTypes(){}",
            "ERROR: <input>:1:15: Syntax error: mismatched input '{' expecting <EOF>\n | TestAllTypes(){}\n | ..............^"
        ),
        (
            "{\"a\": 1}.\"a\"",
            "ERROR: <input>:1:10: Syntax error: no viable alternative at input '.\"a\"'\n | {\"a\": 1}.\"a\"\n | .........^"
        ),
        (
            String(repeating: "(", count: 300) + "1" + String(repeating: ")", count: 300),
            "ERROR: <input>:-1:0: expression recursion limit exceeded: 250"
        ),
        (String(repeating: "1+", count: 300) + "1", "ERROR: <input>:-1:0: expression recursion limit exceeded: 250"),
        (
            String(repeating: " ", count: 100_001),
            "ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000"
        ),
    ]

    static let environment: CELEnvironment = {
        var environment = CELEnvironment.kubernetes
        let name = CELSchema.Field(property: "name", schema: CELSchema(.string, maxElements: 40))
        let list = CELSchema.Field(
            property: "items", schema: CELSchema(.list, items: CELSchema(.string, maxElements: 20), maxElements: 10))
        let schema = CELSchema(.object, objectName: "object", fields: ["name": name, "items": list])
        environment.declare("self", schema)
        environment.sizes = .schemas(["self": schema])
        return environment
    }()

    @Test("complains like upstream", arguments: refusals)
    func refuses(expression: String, message: String) {
        let error = #expect(throws: CELCompileErrors.self) { try Self.environment.compile(expression) }
        #expect(error?.description == message)
    }

    static let types: [(String, CELType)] = [
        ("1 + 2", .int), ("self", .object("object")), ("self.name", .string),
        ("self.items.map(i, i.size())", .list(.int)),
        ("[]", .list(.dyn)), ("{'a': 1}", .map(.string, .int)), ("self.?name", .optional(.string)),
        ("self.?name.orValue('x')", .string), ("type(1)", .type(.int)), ("int", .type(.int)), ("has(self.name)", .bool),
        ("true ? 1 : dyn('a')", .dyn), ("self.items.transformMap(i, v, v)", .map(.int, .string)),
    ]

    @Test("finds the type", arguments: types)
    func findsType(expression: String, type: CELType) throws {
        #expect(try Self.environment.compile(expression).outputType == type)
    }

    /// The figures are upstream's.
    static let costs: [(String, CELCostEstimate)] = [
        ("1", CELCostEstimate(min: 0, max: 0)), ("self.name == 'abc'", CELCostEstimate(min: 3, max: 3)),
        ("self.name.size() > 1", CELCostEstimate(min: 4, max: 4)), ("[1, 2]", CELCostEstimate(min: 10, max: 10)),
        ("self.items.all(i, i == 'x')", CELCostEstimate(min: 3, max: 53)),
        ("self.items.exists(i, i.startsWith('x'))", CELCostEstimate(min: 3, max: 63)),
        ("has(self.name)", CELCostEstimate(min: 1, max: 1)),
        ("self.name.matches('^[a-z]+$')", CELCostEstimate(min: 4, max: 12)),
    ]

    @Test("estimates the cost like upstream", arguments: costs)
    func estimates(expression: String, cost: CELCostEstimate) throws {
        #expect(try Self.environment.compile(expression).cost == cost)
    }
}
