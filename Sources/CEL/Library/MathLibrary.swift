/// The math extension. Kubernetes does not have it; other users of the engine may.
package enum MathLibrary {
    package static let library: CELLibrary = {
        var library = CELLibrary()
        addExtremes(&library)
        addRounding(&library)
        addSigns(&library)
        addBits(&library)
        return library
    }()

    // MARK: Least and greatest

    private static func addExtremes(_ library: inout CELLibrary) {
        let types = ["double", "int", "uint"]
        for (macro, name, order) in [("least", "min", -1), ("greatest", "max", 1)] {
            let function = "math.@\(name)"
            for type in types {
                library.global(function, "math_@\(name)_\(type)", "(\(type)) -> \(type)", .unary { $0 })
                library.global(
                    function, "math_@\(name)_list_\(type)", "(list(\(type))) -> \(type)",
                    .unary { list throws(CELEvaluationError) in
                        let values = try list.list().values
                        guard var best = values.first else {
                            throw CELEvaluationError("\(function)(list) argument must not be empty")
                        }
                        for value in values { best = try better(best, value, order) }
                        return best
                    })
            }
            for one in types {
                for other in types {
                    let result = one == other ? one : "dyn"
                    library.global(
                        function, "math_@\(name)_\(one)_\(other)", "(\(one), \(other)) -> \(result)",
                        .binary { a, b throws(CELEvaluationError) in try better(a, b, order) })
                }
            }
            library.add([extreme(macro, function)])
        }
    }

    private static func better(_ one: CELValue, _ other: CELValue, _ order: Int) throws(CELEvaluationError) -> CELValue
    {
        try other.compare(one) == order ? other : one
    }

    private static func extreme(_ name: String, _ function: String) -> Macro {
        Macro(name: name, argumentCount: nil, isMember: true) { expansion, target, arguments throws(MacroError) in
            guard let target, target.identifierName == "math" else { return nil }
            guard !arguments.isEmpty else {
                throw MacroError(offset: target.offset, message: "math.\(name)() requires at least one argument")
            }
            for argument in arguments where !isNumeric(argument, allowsList: arguments.count == 1) {
                let message =
                    arguments.count == 1
                    ? "math.\(name)() invalid single argument value"
                    : "math.\(name)() simple literal arguments must be numeric"
                throw MacroError(offset: argument.offset, message: message)
            }
            if arguments.count <= 2 {
                return Expression(.call(target: nil, function: function, arguments: arguments), at: expansion.offset)
            }
            return expansion.call(function, expansion.list(arguments))
        }
    }

    private static func isNumeric(_ node: Expression, allowsList: Bool) -> Bool {
        switch node.kind {
        case .literal(.int), .literal(.uint), .literal(.double): true
        case .literal, .map, .structure: false
        case .list(let items, _): allowsList && !items.isEmpty && items.allSatisfy { isNumeric($0, allowsList: false) }
        default: true
        }
    }

    // MARK: Doubles

    private static func addRounding(_ library: inout CELLibrary) {
        let roundings: [(String, @Sendable (Double) -> Double)] = [
            ("ceil", { $0.rounded(.up) }), ("floor", { $0.rounded(.down) }),
            ("round", { $0.rounded(.toNearestOrAwayFromZero) }), ("trunc", { $0.rounded(.towardZero) }),
        ]
        for (name, round) in roundings {
            library.global(
                "math.\(name)", "math_\(name)_double", "(double) -> double",
                .unary { value throws(CELEvaluationError) in .double(round(try value.double())) })
        }
        let tests: [(String, @Sendable (Double) -> Bool)] = [
            ("isInf", { $0.isInfinite }), ("isNaN", { $0.isNaN }), ("isFinite", { $0.isFinite }),
        ]
        for (name, test) in tests {
            library.global(
                "math.\(name)", "math_\(name)_double", "(double) -> bool",
                .unary { value throws(CELEvaluationError) in .bool(test(try value.double())) })
        }
        for type in ["double", "int", "uint"] {
            library.global(
                "math.sqrt", "math_sqrt_\(type)", "(\(type)) -> double",
                .unary { value throws(CELEvaluationError) in
                    .double(try value.converted(to: .double).double().squareRoot())
                })
        }
    }

    private static func addSigns(_ library: inout CELLibrary) {
        for type in ["double", "int", "uint"] {
            library.global(
                "math.abs", "math_abs_\(type)", "(\(type)) -> \(type)",
                .unary { value throws(CELEvaluationError) in
                    switch value {
                    case .double(let number): return .double(number.magnitude)
                    case .int(let number):
                        guard number != .min else { throw .intOverflow }
                        return .int(number < 0 ? -number : number)
                    default: return value
                    }
                })
            library.global(
                "math.sign", "math_sign_\(type)", "(\(type)) -> \(type)",
                .unary { value in
                    switch value {
                    case .double(let number): .double(number.isNaN ? number : number > 0 ? 1 : number < 0 ? -1 : 0)
                    case .int(let number): .int(number.signum())
                    case .uint(let number): .uint(number > 0 ? 1 : 0)
                    default: value
                    }
                })
        }
    }

    // MARK: Bits

    private static func addBits(_ library: inout CELLibrary) {
        let operations: [(String, @Sendable (UInt64, UInt64) -> UInt64)] = [
            ("bitAnd", { $0 & $1 }), ("bitOr", { $0 | $1 }), ("bitXor", { $0 ^ $1 }),
        ]
        for (name, operation) in operations {
            for type in ["int", "uint"] {
                library.global(
                    "math.\(name)", "math_\(name)_\(type)_\(type)", "(\(type), \(type)) -> \(type)",
                    .binary { a, b throws(CELEvaluationError) in a.withBits(operation(try a.bits(), try b.bits())) })
            }
        }
        for type in ["int", "uint"] {
            library.global(
                "math.bitNot", "math_bitNot_\(type)_\(type)", "(\(type)) -> \(type)",
                .unary { value throws(CELEvaluationError) in value.withBits(~(try value.bits())) })
            for isLeft in [true, false] {
                let name = isLeft ? "bitShiftLeft" : "bitShiftRight"
                library.global(
                    "math.\(name)", "math_\(name)_\(type)_int", "(\(type), int) -> \(type)",
                    .binary { value, count throws(CELEvaluationError) in
                        let count = try count.int()
                        guard count >= 0 else { throw CELEvaluationError("math.\(name)() negative offset: \(count)") }
                        let bits = try value.bits()
                        // Smart shifts: beyond 63 nothing is left.
                        return value.withBits(isLeft ? bits << UInt64(count) : bits >> UInt64(count))
                    })
            }
        }
    }
}

extension CELValue {
    func double() throws(CELEvaluationError) -> Double {
        guard case .double(let value) = self else { throw .noSuchOverload }
        return value
    }

    fileprivate func bits() throws(CELEvaluationError) -> UInt64 {
        switch self {
        case .int(let value): return UInt64(bitPattern: value)
        case .uint(let value): return value
        default: throw .noSuchOverload
        }
    }

    fileprivate func withBits(_ bits: UInt64) -> CELValue {
        if case .int = self { .int(Int64(bitPattern: bits)) } else { .uint(bits) }
    }
}
