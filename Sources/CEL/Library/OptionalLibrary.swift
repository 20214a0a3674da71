/// Values that may be missing: `optional.of`, `orValue`, `optMap` and their like.
enum OptionalLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.add(type: .optional(.dyn), named: "optional_type")
        addMakers(&library)
        addReaders(&library)
        for (id, signature) in [
            ("list_optindex_optional_int", "(list(V), int) -> optional(V)"),
            ("optional_list_optindex_optional_int", "(optional(list(V)), int) -> optional(V)"),
            ("map_optindex_optional_value", "(map(K, V), K) -> optional(V)"),
            ("optional_map_optindex_optional_value", "(optional(map(K, V)), K) -> optional(V)"),
        ] {
            library.global("_[?_]", id, signature, .builtIn)
        }
        library.global("_[_]", "optional_list_index_int", "(optional(list(V)), int) -> optional(V)", .builtIn)
        library.global("_[_]", "optional_map_index_value", "(optional(map(K, V)), K) -> optional(V)", .builtIn)
        library.add([optMap(isFlat: false), optMap(isFlat: true)])
        return library
    }()

    private static func addMakers(_ library: inout CELLibrary) {
        library.global("optional.of", "optional_of", "(V) -> optional(V)", .unary { .optional(.some($0)) })
        library.global(
            "optional.ofNonZeroValue", "optional_ofNonZeroValue", "(V) -> optional(V)",
            .unary { .optional($0.isZero ? .none : .some($0)) })
        library.global("optional.none", "optional_none", "() -> optional(V)", .variadic { _ in .optional(.none) })
        let unwrap = CELOverload.Body.unary { list throws(CELEvaluationError) in
            var values: [CELValue] = []
            for item in try list.list().values {
                guard case .optional(let optional) = item else {
                    throw CELEvaluationError("value \(item.text) is not optional")
                }
                if let value = optional.value { values.append(value) }
            }
            return .list(values)
        }
        library.global("optional.unwrap", "optional_unwrap", "(list(optional(V))) -> list(V)", unwrap)
        library.member("unwrapOpt", "optional_unwrapOpt", "(list(optional(V))) -> list(V)", unwrap)
        library.member(
            "first", "list_first", "(list(V)) -> optional(V)",
            .unary { list throws(CELEvaluationError) in
                let list = try list.list()
                return .optional(list.count > 0 ? .some(list[0]) : .none)
            })
        library.member(
            "last", "list_last", "(list(V)) -> optional(V)",
            .unary { list throws(CELEvaluationError) in
                let list = try list.list()
                return .optional(list.count > 0 ? .some(list[list.count - 1]) : .none)
            })
    }

    private static func addReaders(_ library: inout CELLibrary) {
        library.member(
            "value", "optional_value", "(optional(V)) -> V",
            .unary { optional throws(CELEvaluationError) in
                guard let value = try optional.optional().value else {
                    throw CELEvaluationError("optional.none() dereference")
                }
                return value
            })
        library.member(
            "hasValue", "optional_hasValue", "(optional(V)) -> bool",
            .unary { optional throws(CELEvaluationError) in .bool(try optional.optional().value != nil) })
        library.member(
            "or", "optional_or_optional", "(optional(V), optional(V)) -> optional(V)",
            .binary { one, other throws(CELEvaluationError) in try one.optional().value == nil ? other : one })
        library.member(
            "orValue", "optional_orValue_value", "(optional(V), V) -> V",
            .binary { optional, value throws(CELEvaluationError) in try optional.optional().value ?? value })
    }

    /// `x.optMap(v, f(v))` is `x.hasValue() ? optional.of(f(x.value())) : optional.none()`.
    private static func optMap(isFlat: Bool) -> Macro {
        let name = isFlat ? "optFlatMap" : "optMap"
        return Macro(name: name, argumentCount: 2, isMember: true) {
            expansion, target, arguments throws(MacroError) in
            guard let target else { return nil }
            guard let variable = arguments[0].identifierName else {
                throw MacroError(
                    offset: arguments[0].offset, message: "\(name)() variable name must be a simple identifier")
            }
            let binding = expansion.loop(
                over: expansion.list([]), "#unused", accumulator: variable,
                from: expansion.memberCall("value", target.copy()), while: expansion.literal(.bool(false)),
                step: expansion.identifier(variable), result: arguments[1])
            return expansion.call(
                "_?_:_", expansion.memberCall("hasValue", target),
                isFlat ? binding : expansion.call("optional.of", binding), expansion.call("optional.none"))
        }
    }
}

extension CELValue {
    func optional() throws(CELEvaluationError) -> CELOptional {
        guard case .optional(let value) = self else { throw .noSuchOverload }
        return value
    }
}
