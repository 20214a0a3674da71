internal import APIMachinery
internal import APIPatch
internal import APIRules
internal import CEL

/// One change that a mutating policy makes. Pure.
struct PolicyMutation: Sendable {
    /// Otherwise it is an apply configuration.
    let isJSONPatch: Bool
    let expression: PolicyExpression

    /// What goes wrong, in upstream's words.
    struct Problem: Error, Equatable {
        let message: String
    }

    /// The object after the change, neither decoded nor defaulted.
    func apply(
        to object: Value, schema: SchemaType?, _ activation: CELActivation, _ policy: PolicyBasis
    ) throws(Problem) -> Value {
        if let problem = expression.problem { throw Problem(message: problem) }
        let variables = PolicyVariables(policy.variables, activation)
        var activation = activation
        activation["variables"] = .map(.lazy(variables))
        var budget = AdmissionExpressions.costBudget
        let value: CELValue
        do throws(PolicyExpression.Failure) {
            value = try expression.evaluate(activation, &budget, variables: variables)
        } catch {
            throw Problem(message: error.message)
        }
        return isJSONPatch ? try patch(object, value) : try configure(object, value, schema)
    }

    // MARK: JSONPatch

    private func patch(_ object: Value, _ patch: CELValue) throws(Problem) -> Value {
        guard case .list(let list) = patch else {
            throw Problem(message: "type mismatch: JSONPatchType.expression should evaluate to array")
        }
        var operations: [Value] = []
        for item in list.values { operations.append(try Self.operation(item)) }
        do throws(PatchError) {
            return try JSONPatch.apply(.array(operations), to: object)
        } catch {
            // A test that fails is no mistake: the policy asked whether it has something to do.
            if error.code == .testFailed { return object }
            throw Problem(message: "JSON Patch: \(error.message)")
        }
    }

    private static func operation(_ item: CELValue) throws(Problem) -> Value {
        guard case .map(.structure(name: PatchTypes.patchName, let fields)) = item else {
            throw Problem(
                message: "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, "
                    + "got element of \(item.type.runtimeName)")
        }
        func text(_ name: String) -> String { fields[.string(name)]?.stringValue ?? "" }
        var operation: Value = ["op": .string(text("op")), "path": .string(text("path"))]
        if !text("from").isEmpty { operation["from"] = .string(text("from")) }
        guard let value = fields[.string("value")] else { return operation }
        if case .map(.structure) = value { try checkTypes(value) }
        do throws(CELEvaluationError) {
            operation["value"] = try value.json()
        } catch {
            throw Problem(
                message: "JSONPath valueExpression evaluated to a type that could not marshal to JSON: "
                    + error.message)
        }
        return operation
    }

    private static func checkTypes(_ value: CELValue) throws(Problem) {
        let misplaced = PatchTypes.misplaced(value)
        if !misplaced.isEmpty { throw Problem(message: "type mismatch: " + misplaced.joined(separator: "\n")) }
    }

    // MARK: ApplyConfiguration

    private func configure(_ object: Value, _ value: CELValue, _ schema: SchemaType?) throws(Problem) -> Value {
        try Self.checkTypes(value)
        var configuration: Value
        do throws(CELEvaluationError) { configuration = try value.json() } catch {
            throw Problem(message: "invalid return type: \(error.message)")
        }
        for name in ["apiVersion", "kind"] { configuration[name] = object[name] }
        do throws(PatchError) {
            return try ConfigurationMerge.apply(configuration, to: object, schema: schema)
        } catch {
            throw Problem(message: "error applying patch: \(error.message)")
        }
    }
}
