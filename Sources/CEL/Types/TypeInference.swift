/// What is known about the checker's type variables.
///
/// Types are compared gradually: `dyn` fits everything, and a variable takes the first type that it meets, then the
/// more general one of what it meets later.
struct TypeInference {
    private var bindings: [String: CELType] = [:]
    private var variableCount = 0

    mutating func freshVariable() -> CELType {
        variableCount += 1
        return .parameter("_var\(variableCount - 1)")
    }

    /// Whether a value of one type may be used as the other; if so, keeps what was learnt of variables.
    mutating func isAssignable(_ one: CELType, _ other: CELType) -> Bool {
        isAssignable([one], [other])
    }

    mutating func isAssignable(_ ones: [CELType], _ others: [CELType]) -> Bool {
        guard ones.count == others.count else { return false }
        var trial = self
        for (one, other) in zip(ones, others) where !trial.unify(one, other) { return false }
        self = trial
        return true
    }

    /// Puts in what is known of variables; where nothing is, `dyn` if asked for.
    func substitute(_ type: CELType, unknownIsDyn: Bool = false) -> CELType {
        if case .parameter(let name) = type {
            if let bound = bindings[name] { return substitute(bound, unknownIsDyn: unknownIsDyn) }
            return unknownIsDyn ? .dyn : type
        }
        return type.parameters.isEmpty ? type : type.mapParameters { substitute($0, unknownIsDyn: unknownIsDyn) }
    }

    private mutating func unify(_ one: CELType, _ other: CELType) -> Bool {
        if case .parameter(let name) = other {
            let (isValid, isBound) = bind(name, to: one)
            if isValid { return true }
            if isBound { return false }
        }
        if case .parameter(let name) = one { return bind(name, to: other).isValid }
        if one.isDynOrError || other.isDynOrError { return true }
        if one == .null { return other == .null || other.isNullable }
        if other == .null { return one.isNullable }
        if case .type = one, case .type = other { return true }
        guard one.isSameKind(as: other) else { return false }
        for (left, right) in zip(one.parameters, other.parameters) where !unify(left, right) { return false }
        return true
    }

    private mutating func bind(_ name: String, to type: CELType) -> (isValid: Bool, isBound: Bool) {
        if type == .parameter(name) { return (true, true) }
        if let bound = bindings[name] {
            if bound == type { return (true, true) }
            guard unify(type, bound) else { return (false, true) }
            let general = TypeInference.mostGeneral(type, bound)
            if !occurs(name, in: general) { bindings[name] = general }
            return (true, true)
        }
        guard !occurs(name, in: type) else { return (false, false) }
        bindings[name] = type
        return (true, false)
    }

    private func occurs(_ name: String, in type: CELType) -> Bool {
        if case .parameter(let other) = type {
            return other == name || bindings[other].map { occurs(name, in: $0) } ?? false
        }
        return type.parameters.contains { occurs(name, in: $0) }
    }

    /// The more general one of two types that fit each other.
    static func mostGeneral(_ one: CELType, _ other: CELType) -> CELType {
        isEqualOrLessSpecific(one, other) ? one : other
    }

    private static func isEqualOrLessSpecific(_ one: CELType, _ other: CELType) -> Bool {
        if one.isDyn || one.isParameter { return true }
        if other.isDyn || other.isParameter { return false }
        if case .type = one, case .type = other { return true }
        guard one.isSameKind(as: other) else { return false }
        return zip(one.parameters, other.parameters).allSatisfy { isEqualOrLessSpecific($0, $1) }
    }
}

extension CELType {
    fileprivate var isParameter: Bool { if case .parameter = self { true } else { false } }

    /// What may be null besides null.
    fileprivate var isNullable: Bool {
        switch self {
        case .opaque, .object, .timestamp, .duration: true
        default: false
        }
    }
}
