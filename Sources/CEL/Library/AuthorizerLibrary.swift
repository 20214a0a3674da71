internal import APIMachinery

/// Who may do what, asked from an expression: `authorizer.group('apps').resource('deployments').check('create')`.
package protocol CELAuthorizer: Sendable {
    func authorize(_ request: CELAuthorizationRequest) -> CELAuthorizationDecision
}

/// What is asked.
package struct CELAuthorizationRequest: Sendable, Equatable {
    /// `nil` for whoever sent the request; otherwise the name of a service account's user.
    package var serviceAccount: String?
    package var verb = ""
    /// Set for a path that is no resource.
    package var path: String?
    package var group = ""
    package var resource = ""
    package var subresource = ""
    package var namespace = ""
    package var name = ""
    package var fieldSelector = ""
    package var labelSelector = ""

    package init() {}
}

/// What the authorizer says.
package struct CELAuthorizationDecision: Sendable, Equatable {
    package let isAllowed: Bool
    package let reason: String
    package let error: String?

    package init(isAllowed: Bool, reason: String = "", error: String? = nil) {
        self.isAllowed = isAllowed
        self.reason = reason
        self.error = error
    }
}

package enum AuthorizerLibrary {
    package static let authorizerType = CELType.object(typeName("Authorizer"))
    package static let resourceCheckType = CELType.object(typeName("ResourceCheck"))

    fileprivate static func typeName(_ kind: String) -> String { "kubernetes.authorization.\(kind)" }

    /// The value of the variable `authorizer`.
    package static func value(_ authorizer: any CELAuthorizer) -> CELValue {
        .object(AuthorizerObject(kind: "Authorizer", authorizer: authorizer, request: CELAuthorizationRequest()))
    }

    /// The value of the variable `authorizer.requestResource`.
    package static func value(_ authorizer: any CELAuthorizer, _ request: CELAuthorizationRequest) -> CELValue {
        .object(AuthorizerObject(kind: "ResourceCheck", authorizer: authorizer, request: request))
    }

    static let library: CELLibrary = {
        var library = CELLibrary()
        for kind in ["Authorizer", "PathCheck", "GroupCheck", "ResourceCheck", "Decision"] {
            library.add(type: .object(typeName(kind)), named: typeName(kind))
        }
        step(&library, "path", "authorizer_path", "Authorizer", "PathCheck") {
            request, path throws(CELEvaluationError) in
            if path.allSatisfy(\.isWhitespace) { throw CELEvaluationError("path must not be empty") }
            request.path = path
        }
        step(&library, "group", "authorizer_group", "Authorizer", "GroupCheck") { $0.group = $1 }
        step(&library, "resource", "groupcheck_resource", "GroupCheck", "ResourceCheck") {
            request, resource throws(CELEvaluationError) in
            if resource.allSatisfy(\.isWhitespace) { throw CELEvaluationError("resource must not be empty") }
            request.resource = resource
        }
        let parts: [(String, String, any WritableKeyPath<CELAuthorizationRequest, String> & Sendable)] = [
            ("subresource", "resourcecheck_subresource", \.subresource),
            ("namespace", "resourcecheck_namespace", \.namespace),
            ("name", "resourcecheck_name", \.name), ("fieldSelector", "authorizer_fieldselector", \.fieldSelector),
            ("labelSelector", "authorizer_labelselector", \.labelSelector),
        ]
        for (function, id, part) in parts {
            step(&library, function, id, "ResourceCheck", "ResourceCheck") { $0[keyPath: part] = $1 }
        }
        addServiceAccount(&library)
        addChecks(&library)
        return library
    }()

    /// A call that adds to what is asked.
    private static func step(
        _ library: inout CELLibrary, _ function: String, _ id: String, _ from: String, _ to: String,
        _ change: @escaping @Sendable (inout CELAuthorizationRequest, String) throws(CELEvaluationError) -> Void
    ) {
        library.member(
            function, id, "(\(typeName(from)), string) -> \(typeName(to))",
            .binary { value, text throws(CELEvaluationError) in
                let old = try value.authorizer()
                var request = old.request
                try change(&request, try text.string())
                return .object(AuthorizerObject(kind: to, authorizer: old.authorizer, request: request))
            })
    }

    private static func addServiceAccount(_ library: inout CELLibrary) {
        let type = typeName("Authorizer")
        library.member(
            "serviceAccount", "authorizer_serviceaccount", "(\(type), string, string) -> \(type)",
            .ternary { value, namespace, name throws(CELEvaluationError) in
                let old = try value.authorizer()
                let (namespace, name) = (try namespace.string(), try name.string())
                guard Names.dns1123Subdomain(name).isEmpty else {
                    throw CELEvaluationError("Invalid service account name")
                }
                guard Names.dns1123Label(namespace).isEmpty else {
                    throw CELEvaluationError("Invalid service account namespace")
                }
                var request = old.request
                request.serviceAccount = "system:serviceaccount:\(namespace):\(name)"
                return .object(AuthorizerObject(kind: "Authorizer", authorizer: old.authorizer, request: request))
            })
    }

    private static func addChecks(_ library: inout CELLibrary) {
        for (id, kind) in [("pathcheck_check", "PathCheck"), ("resourcecheck_check", "ResourceCheck")] {
            library.member(
                "check", id, "(\(typeName(kind)), string) -> \(typeName("Decision"))",
                .binary { value, verb throws(CELEvaluationError) in
                    let check = try value.authorizer()
                    var request = check.request
                    request.verb = try verb.string()
                    return .object(DecisionObject(decision: check.authorizer.authorize(request)))
                })
        }
        let readers: [(String, String, @Sendable (CELAuthorizationDecision) -> CELValue)] = [
            ("errored", "bool", { .bool($0.error != nil) }), ("error", "string", { .string($0.error ?? "") }),
            ("allowed", "bool", { .bool($0.isAllowed) }), ("reason", "string", { .string($0.reason) }),
        ]
        for (name, type, read) in readers {
            library.member(
                name, "decision_\(name)", "(\(typeName("Decision"))) -> \(type)",
                .unary { value throws(CELEvaluationError) in
                    guard case .object(let object) = value, let decision = object as? DecisionObject else {
                        throw .noSuchOverload
                    }
                    return read(decision.decision)
                })
        }
    }
}

private struct AuthorizerObject: CELObject {
    let kind: String
    let authorizer: any CELAuthorizer
    let request: CELAuthorizationRequest
    var type: CELType { .object(AuthorizerLibrary.typeName(kind)) }
    func isEqual(to other: any CELObject) -> Bool {
        (other as? AuthorizerObject).map { $0.kind == kind && $0.request == request } ?? false
    }
}

private struct DecisionObject: CELObject {
    let decision: CELAuthorizationDecision
    var type: CELType { .object(AuthorizerLibrary.typeName("Decision")) }
    func isEqual(to other: any CELObject) -> Bool { (other as? DecisionObject)?.decision == decision }
}

extension CELValue {
    fileprivate func authorizer() throws(CELEvaluationError) -> AuthorizerObject {
        guard case .object(let object) = self, let authorizer = object as? AuthorizerObject else {
            throw .noSuchOverload
        }
        return authorizer
    }
}
