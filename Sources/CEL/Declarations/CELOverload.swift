/// One way in which a function may be called.
package struct CELOverload: Sendable {
    /// What calls it.
    package enum Body: Sendable {
        /// The interpreter knows what to do.
        case builtIn
        case unary(@Sendable (CELValue) throws(CELEvaluationError) -> CELValue)
        case binary(@Sendable (CELValue, CELValue) throws(CELEvaluationError) -> CELValue)
        case ternary(@Sendable (CELValue, CELValue, CELValue) throws(CELEvaluationError) -> CELValue)
        case variadic(@Sendable ([CELValue]) throws(CELEvaluationError) -> CELValue)
    }

    /// Upstream's name of the overload, by which costs are looked up.
    package let id: String
    package let function: String
    /// The first parameter stands before the point.
    package let isMember: Bool
    package let parameters: [CELType]
    package let result: CELType
    package let body: Body
    /// Upstream does not look at the arguments before it calls the body, which shows in its errors.
    let isUnguarded: Bool

    /// Names of the type variables of the signature.
    let typeVariables: Set<String>

    init(
        _ id: String, function: String, isMember: Bool, parameters: [CELType], result: CELType,
        isUnguarded: Bool = false,
        body: Body
    ) {
        self.id = id
        self.function = function
        self.isMember = isMember
        self.parameters = parameters
        self.result = result
        self.isUnguarded = isUnguarded
        self.body = body
        var names: Set<String> = []
        for type in parameters + [result] { type.collectVariables(into: &names) }
        typeVariables = names
    }

    /// Whether the values may be its arguments, as far as they tell.
    func accepts(_ arguments: [CELValue]) -> Bool {
        arguments.count == parameters.count && zip(parameters, arguments).allSatisfy { $0.accepts($1) }
    }
}

extension CELType {
    func collectVariables(into names: inout Set<String>) {
        if case .parameter(let name) = self { names.insert(name) }
        for parameter in parameters { parameter.collectVariables(into: &names) }
    }

    /// Whether a value is of the type, by its constructor alone.
    func accepts(_ value: CELValue) -> Bool {
        switch (self, value) {
        case (.dyn, _), (.parameter, _), (.null, .null), (.bool, .bool), (.int, .int), (.uint, .uint),
            (.double, .double), (.string, .string), (.bytes, .bytes), (.timestamp, .timestamp),
            (.duration, .duration), (.list, .list), (.map, .map), (.type, .type),
            (.opaque("optional_type", _), .optional):
            true
        case (.opaque(let name, _), .object(let object)), (.object(let name), .object(let object)):
            object.type.runtimeName == name
        case (.object, .map): true
        default: false
        }
    }
}
