package import CEL

/// What expressions of policies and of webhooks' conditions may speak of.
package enum AdmissionExpressions {
    /// `object`, `oldObject`, `request`, `namespaceObject`, and `params` and `authorizer` where there are any.
    package static func environment(hasParams: Bool, hasAuthorizer: Bool) -> CELEnvironment {
        environments[(hasParams ? 1 : 0) + (hasAuthorizer ? 2 : 0)]
    }

    /// What a mutation's expression must give, by its `patchType`; `nil` for a patch type that is unknown.
    package static func patchType(_ name: String) -> (field: String, type: CELType)? {
        switch name {
        case "ApplyConfiguration": ("applyConfiguration", .object(PatchTypes.objectName))
        case "JSONPatch": ("jsonPatch", .list(.object(PatchTypes.patchName)))
        default: nil
        }
    }

    /// What all expressions of one policy may cost for one request, and what its conditions may.
    package static let costBudget: UInt64 = 10_000_000
    package static let conditionCostBudget: UInt64 = 2_500_000

    private static let environments: [CELEnvironment] = (0..<4).map { index in
        var environment = CELEnvironment.kubernetes
        environment.declare("object", .dyn)
        environment.declare("oldObject", .dyn)
        environment.declare("request", request)
        environment.declare("namespaceObject", namespace)
        if index & 1 != 0 { environment.declare("params", .dyn) }
        if index & 2 != 0 {
            environment.declare("authorizer", AuthorizerLibrary.authorizerType)
            environment.declare("authorizer.requestResource", AuthorizerLibrary.resourceCheckType)
        }
        return environment
    }

    /// Compiles an expression that must give one of some types; throws what upstream says of it.
    package static func compile(
        _ text: String, _ environment: CELEnvironment, _ types: [CELType]
    ) throws(ExpressionProblem) -> CELProgram {
        let program: CELProgram
        do throws(CELCompileErrors) {
            program = try environment.compile(text)
        } catch {
            throw ExpressionProblem(message: "compilation failed: \(error.description)")
        }
        guard !types.isEmpty, !types.contains(program.outputType) else { return program }
        let names = types.map(\.declaredName)
        let wanted = names.count == 1 ? names[0] : "one of [\(names.joined(separator: " "))]"
        throw ExpressionProblem(message: "must evaluate to \(wanted) but got \(program.outputType.declaredName)")
    }

    /// The type of the map `variables`, as far as its entries are known.
    package static func variables(_ types: [(String, CELType)]) -> CELSchema {
        object(variablesName, types.map { ($0.0, schema(of: $0.1)) })
    }

    package static let variablesName = "kubernetes.variables"

    private static func schema(of type: CELType) -> CELSchema {
        switch type {
        case .bool: CELSchema(.bool)
        case .bytes: CELSchema(.bytes)
        case .double: CELSchema(.double)
        case .duration: CELSchema(.duration)
        case .int: CELSchema(.int)
        case .string: CELSchema(.string)
        case .timestamp: CELSchema(.dateTime)
        case .list(let element): CELSchema(.list, items: schema(of: element))
        case .map(.string, let value): CELSchema(.map, items: schema(of: value))
        default: CELSchema(.dyn)
        }
    }

    // MARK: Types

    private static func object(_ name: String, _ fields: [(String, CELSchema)]) -> CELSchema {
        var declared: [String: CELSchema.Field] = [:]
        for (field, schema) in fields { declared[field] = CELSchema.Field(property: field, schema: schema) }
        return CELSchema(.object, objectName: name, fields: declared)
    }

    private static let text = CELSchema(.string)
    private static let texts = CELSchema(.list, items: text)

    static let request: CELSchema = {
        let kind = object("kubernetes.GroupVersionKind", [("group", text), ("version", text), ("kind", text)])
        let resource = object(
            "kubernetes.GroupVersionResource", [("group", text), ("version", text), ("resource", text)])
        let user = object(
            "kubernetes.UserInfo",
            [("username", text), ("uid", text), ("groups", texts), ("extra", CELSchema(.map, items: texts))])
        return object(
            "kubernetes.AdmissionRequest",
            [
                ("kind", kind), ("resource", resource), ("subResource", text), ("requestKind", kind),
                ("requestResource", resource), ("requestSubResource", text), ("name", text), ("namespace", text),
                ("operation", text), ("userInfo", user), ("dryRun", CELSchema(.bool)), ("options", CELSchema(.dyn)),
            ])
    }()

    static let namespace: CELSchema = {
        let time = CELSchema(.dateTime)
        let labels = CELSchema(.map, items: text)
        let condition = object(
            "kubernetes.NamespaceCondition",
            [("status", text), ("type", text), ("lastTransitionTime", time), ("message", text), ("reason", text)])
        let metadata = object(
            "kubernetes.NamespaceMetadata",
            [
                ("name", text), ("generateName", text), ("namespace", text), ("labels", labels),
                ("annotations", labels),
                ("UID", text), ("creationTimestamp", time), ("deletionGracePeriodSeconds", CELSchema(.int)),
                ("deletionTimestamp", time), ("generation", CELSchema(.int)), ("resourceVersion", text),
                ("finalizers", texts),
            ])
        let status = object(
            "kubernetes.NamespaceStatus", [("conditions", CELSchema(.list, items: condition)), ("phase", text)])
        return object(
            "kubernetes.Namespace",
            [
                ("metadata", metadata), ("spec", object("kubernetes.NamespaceSpec", [("finalizers", texts)])),
                ("status", status),
            ])
    }()
}

/// Why an expression cannot be used.
package struct ExpressionProblem: Error, Sendable, Equatable {
    package let message: String
}
