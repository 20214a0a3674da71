/// What expressions may speak of: variables with their types, functions, macros and object types.
///
/// A value: adding to a copy leaves the original alone, so a base environment is made once and extended cheaply.
///
///     let environment = CELEnvironment.kubernetes().declaring("self", schema.type, [schema])
///     let program = try environment.compile("self.replicas <= 5")
///     let value = try program.evaluate(CELActivation(["self": CELValue(object, schema: schema)]))
package struct CELEnvironment: Sendable {
    /// Where unqualified names are looked up, such as `google.api.expr`.
    package var container = ""
    /// Whether `has()` costs anything, which it does not in Kubernetes.
    package var presenceTestHasCost = false
    /// Complains about constants that are no durations, timestamps or patterns where they are used as such, and about
    /// literal lists and maps of mixed types; Kubernetes does.
    package var validatesLiterals = true
    package var allowsOptionals = true
    /// Knows the types of mutating policies: `JSONPatch`, and `Object`, `Object.spec` and so on with any fields.
    package private(set) var hasPatchTypes = false
    /// How large variables can get, for the static estimate, by their paths.
    package var sizes: CELSizeEstimator = .unknown

    private(set) var variables: [String: CELType] = [:]
    private(set) var functions: [String: [CELOverload]] = [:]
    private(set) var macros = MacroTable()
    private(set) var types: [String: CELType] = StandardTypes.named
    private(set) var objects: [String: CELSchema] = [:]

    /// The standard library alone.
    package static let standard: CELEnvironment = {
        var environment = CELEnvironment()
        environment.macros.add(StandardMacros.all)
        for library in StandardLibrary.all { environment.add(library) }
        return environment
    }()

    private init() {}

    package mutating func add(_ library: CELLibrary) {
        for overload in library.overloads { functions[overload.function, default: []].append(overload) }
        macros.add(library.macros)
        types.merge(library.types) { $1 }
    }

    /// Declares a variable; the object types in its schemas become known.
    package mutating func declare(_ name: String, _ type: CELType, _ schemas: [CELSchema] = []) {
        variables[name] = type
        for schema in schemas { schema.collectObjects(into: &objects) }
    }

    /// Declares a variable anew, its object type with other fields than before.
    package mutating func redeclare(_ name: String, _ schema: CELSchema) {
        if let object = schema.objectName { objects[object] = nil }
        declare(name, schema)
    }

    package mutating func declare(_ name: String, _ schema: CELSchema) { declare(name, schema.type, [schema]) }

    /// Lets expressions make patches (``PatchTypes``).
    package mutating func addPatchTypes() {
        hasPatchTypes = true
        declare(objects: PatchTypes.jsonPatch)
        add(PatchLibrary.library)
    }

    /// Makes an object type known without a variable of it.
    package mutating func declare(objects schema: CELSchema) { schema.collectObjects(into: &objects) }

    package func adding(_ library: CELLibrary) -> CELEnvironment {
        var copy = self
        copy.add(library)
        return copy
    }

    package func declaring(_ name: String, _ type: CELType, _ schemas: [CELSchema] = []) -> CELEnvironment {
        var copy = self
        copy.declare(name, type, schemas)
        return copy
    }

    /// Parses, checks and compiles an expression. Throws everything that is wrong with it.
    package func compile(_ text: String) throws(CELCompileErrors) -> CELProgram {
        let source = CELSource(text)
        let expression = try Parser.parse(source, macros: macros, allowsOptionals: allowsOptionals)
        var checker = Checker(self, source)
        try checker.check(expression)
        if validatesLiterals { try LiteralValidator.validate(expression, in: source) }
        var estimator = CostEstimator(self, expression)
        let cost = estimator.estimate()
        let code = Lowering.lower(expression, self)
        return CELProgram(text: text, outputType: expression.type ?? .dyn, cost: cost, code)
    }

    /// Whether a type has any field that one likes to give it.
    func isOpenObject(_ name: String) -> Bool { hasPatchTypes && PatchTypes.isObject(name) }

    /// The names that an unqualified one may stand for, the nearest first.
    func candidates(for name: String) -> [String] {
        if name.hasPrefix(".") { return [String(name.dropFirst())] }
        guard !container.isEmpty else { return [name] }
        var candidates: [String] = []
        var parts = container.split(separator: ".")
        while !parts.isEmpty {
            candidates.append(parts.joined(separator: ".") + "." + name)
            parts.removeLast()
        }
        return candidates + [name]
    }
}

/// Types that have a name of their own.
enum StandardTypes {
    static let named: [String: CELType] = [
        "bool": .bool, "bytes": .bytes, "double": .double, "int": .int, "string": .string, "uint": .uint,
        "list": .list(.dyn), "map": .map(.dyn, .dyn), "null_type": .null, "type": .type(nil),
        "google.protobuf.Timestamp": .timestamp, "google.protobuf.Duration": .duration,
    ]
}
