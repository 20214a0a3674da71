/// Quantifiers and transformations with two variables: index and item of a list, key and value of a map.
enum TwoVariableLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.global(
            "cel.@mapInsert", "@mapInsert_map_key_value", "(map(K, V), K, V) -> map(K, V)",
            .ternary { map, key, value throws(CELEvaluationError) in
                var dictionary = try map.dictionary()
                try insert(value, for: key, into: &dictionary)
                return .map(.dictionary(dictionary))
            })
        library.global(
            "cel.@mapInsert", "@mapInsert_map_map", "(map(K, V), map(K, V)) -> map(K, V)",
            .binary { map, added throws(CELEvaluationError) in
                var dictionary = try map.dictionary()
                let entries = try added.dictionary()
                for (key, value) in zip(entries.keys, entries.values) { try insert(value, for: key, into: &dictionary) }
                return .map(.dictionary(dictionary))
            })
        library.add([
            quantifier("all", .all), quantifier("exists", .exists), quantifier("existsOne", .existsOne),
            quantifier("exists_one", .existsOne),
        ])
        for count in [3, 4] { library.add([transformList(count), transformMap(count), transformMapEntry(count)]) }
        return library
    }()

    private static func insert(
        _ value: CELValue, for key: CELValue, into dictionary: inout CELDictionary
    ) throws(CELEvaluationError) {
        guard dictionary.insert(value, for: key) else {
            throw CELEvaluationError("insert failed: key \(key.text) already exists")
        }
    }

    private static func quantifier(_ name: String, _ quantifier: Quantifier) -> Macro {
        Macro(name: name, argumentCount: 3, isMember: true) { expansion, target, arguments throws(MacroError) in
            guard let target else { return nil }
            let (first, second) = try variables(expansion, arguments)
            return quantifier.expand(expansion, target, first, second, arguments[2])
        }
    }

    private static func variables(
        _ expansion: MacroExpansion, _ arguments: [Expression]
    ) throws(MacroError) -> (String, String) {
        let first = try expansion.variable(arguments[0], orElse: "argument must be a simple name")
        let second = try expansion.variable(arguments[1], orElse: "argument must be a simple name")
        guard first != second else {
            throw MacroError(offset: arguments[1].offset, message: "duplicate variable name: \(first)")
        }
        return (first, second)
    }

    /// With four arguments, the third one says which items count.
    private static func transformation(
        _ name: String, _ count: Int, from initial: Expression.Kind,
        _ step: @escaping @Sendable (MacroExpansion, _ first: String, _ value: Expression) -> Expression
    ) -> Macro {
        let isMap = if case .map = initial { true } else { false }
        return Macro(name: name, argumentCount: count, isMember: true) {
            expansion, target, arguments throws(MacroError) in
            guard let target else { return nil }
            let (first, second) = try variables(expansion, arguments)
            var step = step(expansion, first, arguments[count - 1])
            if count == 4 { step = expansion.call("_?_:_", arguments[2], step, expansion.result) }
            let start = isMap ? Expression(.map([]), at: expansion.offset) : expansion.list([])
            return expansion.loop(
                over: target, first, second, from: start, while: expansion.literal(.bool(true)), step: step,
                result: expansion.result)
        }
    }

    private static func transformList(_ count: Int) -> Macro {
        transformation("transformList", count, from: .list([], optionals: [])) { expansion, _, value in
            expansion.call("_+_", expansion.result, expansion.list([value]))
        }
    }

    private static func transformMap(_ count: Int) -> Macro {
        transformation("transformMap", count, from: .map([])) { expansion, first, value in
            expansion.call("cel.@mapInsert", expansion.result, expansion.identifier(first), value)
        }
    }

    private static func transformMapEntry(_ count: Int) -> Macro {
        transformation("transformMapEntry", count, from: .map([])) { expansion, _, value in
            expansion.call("cel.@mapInsert", expansion.result, value)
        }
    }
}

extension CELValue {
    /// The entries of a map, all computed.
    func dictionary() throws(CELEvaluationError) -> CELDictionary {
        guard case .map(let map) = self else { throw .noSuchOverload }
        if case .dictionary(let dictionary) = map { return dictionary }
        var dictionary = CELDictionary()
        for key in map.keys {
            guard let value = try map.find(key) else { continue }
            _ = dictionary.insert(value, for: key)
        }
        return dictionary
    }
}
