package import APIMachinery
package import CEL

/// Looks for mistakes in a validating policy's expressions that show only once it is known of which kinds the objects
/// are. Pure.
package enum PolicyTypeCheck {
    /// How many kinds one rule of a policy is checked against.
    package static let kindsMax = 10

    /// What is wrong with one expression, for `status.typeChecking`.
    package struct Warning: Equatable, Sendable {
        package let fieldRef: String
        package let warning: String
    }

    /// The kinds that a policy's rules name outright, in order.
    package static func kinds(
        of policy: Value, resolve: (GroupVersionResource) -> GroupVersionKind?
    ) -> [GroupVersionKind] {
        var kinds: Set<GroupVersionKind> = []
        for rule in policy[path: "spec", "matchConstraints", "resourceRules"]?.arrayValue ?? [] {
            func names(_ field: String) -> [String] {
                (rule[field]?.arrayValue ?? []).compactMap(\.stringValue).sorted()
            }
            let (groups, versions) = (names("apiGroups"), names("apiVersions"))
            if (groups + versions).contains(where: { $0.contains("*") }) { continue }
            let resources = names("resources").filter { !$0.contains("*") && !$0.contains("/") }
            var count = 0
            for group in groups {
                for version in versions {
                    for resource in resources where count < kindsMax {
                        let name = GroupVersionResource(group: group, version: version, resource: resource)
                        guard let kind = resolve(name) else { continue }
                        kinds.insert(kind)
                        count += 1
                    }
                }
            }
            if count == kindsMax { break }
        }
        return kinds.sorted { ($0.group, $0.version, $0.kind) < ($1.group, $1.version, $1.kind) }
    }

    /// - params: `nil` where the parameters' kind is not known.
    package static func warnings(
        of policy: Value, _ kinds: [(kind: GroupVersionKind, schema: CELSchema)], params: CELSchema?
    ) -> [Warning] {
        let spec = policy["spec"] ?? .emptyObject
        let environments = kinds.map { ($0.kind, environment(spec, $0.schema, params)) }
        var warnings: [Warning] = []
        for (index, validation) in (spec["validations"]?.arrayValue ?? []).enumerated() {
            for field in ["expression", "messageExpression"] {
                let text = validation[field]?.stringValue ?? ""
                if text.isEmpty, field == "messageExpression" { continue }
                let problems = environments.compactMap { problem(text, $0, $1) }
                if problems.isEmpty { continue }
                warnings.append(
                    Warning(
                        fieldRef: "spec.validations[\(index)].\(field)", warning: problems.joined(separator: "\n")))
            }
        }
        return warnings
    }

    /// What expressions may speak of, with the objects' type.
    private static func environment(_ spec: Value, _ object: CELSchema, _ params: CELSchema?) -> CELEnvironment {
        var environment = CELEnvironment.kubernetes
        environment.declare("namespaceObject", AdmissionExpressions.namespace)
        environment.declare("request", AdmissionExpressions.request)
        environment.declare("object", object)
        environment.declare("oldObject", object)
        if spec["paramKind"]?.objectValue != nil { environment.declare("params", params ?? CELSchema(.dyn)) }
        environment.declare("authorizer", AuthorizerLibrary.authorizerType)
        var types: [(String, CELType)] = []
        environment.declare("variables", AdmissionExpressions.variables(types))
        for variable in spec["variables"]?.arrayValue ?? [] {
            // A variable that does not compile is anything; what uses it is checked all the same.
            let program = try? environment.compile(variable["expression"]?.stringValue ?? "")
            types.append((variable["name"]?.stringValue ?? "", program?.outputType ?? .dyn))
            environment.redeclare("variables", AdmissionExpressions.variables(types))
        }
        return environment
    }

    private static func problem(
        _ text: String, _ kind: GroupVersionKind, _ environment: CELEnvironment
    ) -> String? {
        do throws(CELCompileErrors) {
            _ = try environment.compile(text)
            return nil
        } catch {
            return "\(kind.group)/\(kind.version), Kind=\(kind.kind): \(error.description)\n"
        }
    }
}
