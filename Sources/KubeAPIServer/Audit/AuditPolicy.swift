internal import APIMachinery

/// How much of a request is written down.
package enum AuditLevel: String, Sendable, Comparable, CaseIterable {
    case none = "None"
    case metadata = "Metadata"
    case request = "Request"
    case requestResponse = "RequestResponse"

    package static func < (left: AuditLevel, right: AuditLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .none: 0
        case .metadata: 1
        case .request: 2
        case .requestResponse: 3
        }
    }
}

/// How far a request is.
package enum AuditStage: String, Sendable, CaseIterable {
    case requestReceived = "RequestReceived"
    /// The head of the answer is out; of requests that run long only.
    case responseStarted = "ResponseStarted"
    case responseComplete = "ResponseComplete"
    case panic = "Panic"
}

/// What is written down about which requests (`audit.k8s.io/v1` Policy): the first rule that matches decides, and
/// what no rule matches is not written down.
package struct AuditPolicy: Sendable {
    /// What the policy says of one request.
    package struct Verdict: Sendable, Equatable {
        package var level: AuditLevel
        package var omittedStages: Set<AuditStage>
        package var omitsManagedFields: Bool

        package init(level: AuditLevel, omittedStages: Set<AuditStage>, omitsManagedFields: Bool) {
            self.level = level
            self.omittedStages = omittedStages
            self.omitsManagedFields = omitsManagedFields
        }
    }

    struct Rule: Sendable {
        var verdict: Verdict
        var users: [String]
        var groups: [String]
        var verbs: [String]
        var resources: [Resources]
        var namespaces: [String]
        var paths: [String]
    }

    struct Resources: Sendable {
        var group: String
        var resources: [String]
        var names: [String]
    }

    let rules: [Rule]
    let fallback: Verdict

    package func verdict(on request: AuthorizationAttributes) -> Verdict {
        rules.first { $0.matches(request) }?.verdict ?? fallback
    }
}

extension AuditPolicy.Rule {
    fileprivate func matches(_ request: AuthorizationAttributes) -> Bool {
        guard users.isEmpty || users.contains(request.user.name),
            groups.isEmpty || request.user.groups.contains(where: groups.contains),
            verbs.isEmpty || verbs.contains(request.verb)
        else { return false }
        if !namespaces.isEmpty || !resources.isEmpty {
            return request.isResourceRequest && (namespaces.isEmpty || namespaces.contains(request.namespace))
                && (resources.isEmpty || resources.contains { $0.matches(request) })
        }
        guard !paths.isEmpty else { return true }
        return !request.isResourceRequest && paths.contains { Self.matches(request.path, $0) }
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        if pattern == "*" || pattern == path { return true }
        return pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast())
    }
}

extension AuditPolicy.Resources {
    /// `pods`, `pods/log`, `pods/*`, `*/scale`, `*` (subresources too).
    fileprivate func matches(_ request: AuthorizationAttributes) -> Bool {
        guard group == request.apiGroup || group == "*" else { return false }
        if resources.isEmpty { return true }
        guard names.isEmpty || names.contains(request.name) else { return false }
        let whole = request.combinedResource
        return resources.contains { resource in
            resource == whole || resource == "*"
                || (!request.subresource.isEmpty && resource == "*/" + request.subresource)
                || resource == request.resource + "/*"
        }
    }
}

// MARK: Reading

extension AuditPolicy {
    private static let rule: ConfigurationShape = .object([
        "level": .string, "users": .strings, "userGroups": .strings, "verbs": .strings,
        "resources": .list(.object(["group": .string, "resources": .strings, "resourceNames": .strings])),
        "namespaces": .strings, "nonResourceURLs": .strings, "omitStages": .strings, "omitManagedFields": .bool,
    ])

    /// Reads a policy file. Unknown fields are let be, as upstream lets them.
    package init(_ bytes: [UInt8]) throws(ConfigurationError) {
        let document: ConfigurationDocument
        do throws(ConfigurationError) {
            document = try ConfigurationDocument(
                bytes, group: "audit.k8s.io", versions: ["v1"], kind: "Policy",
                shape: [
                    "metadata": .anything, "rules": .list(Self.rule), "omitStages": .strings,
                    "omitManagedFields": .bool,
                ])
        } catch { throw ConfigurationError("failed decoding: \(error.message)") }
        try self.init(document.value)
    }

    private init(_ policy: Value) throws(ConfigurationError) {
        let sources = policy.items("rules")
        var errors = Self.stageErrors(policy, "omitStages")
        for (index, source) in sources.enumerated() { errors += Self.errors(source, "rules[\(index)]") }
        try ConfigurationError.check(errors)
        guard !sources.isEmpty else { throw ConfigurationError("loaded illegal policy with 0 rules") }
        let fallback = Verdict(
            level: .none, omittedStages: Self.stages(policy),
            omitsManagedFields: policy["omitManagedFields"]?.boolValue ?? false)
        self.fallback = fallback
        rules = sources.map { Rule($0, fallback) }
    }

    fileprivate static func stages(_ value: Value) -> Set<AuditStage> {
        Set(value.texts("omitStages").compactMap(AuditStage.init))
    }

    private static func errors(_ rule: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let level = rule.text("level")
        if level.isEmpty {
            errors.append(.required("\(path).level"))
        } else if AuditLevel(rawValue: level) == nil {
            errors.append(.notSupported("\(path).level", level, AuditLevel.allCases.map(\.rawValue)))
        }
        let urls = rule.texts("nonResourceURLs")
        let place = "\(path).nonResourceURLs"
        for (index, url) in urls.enumerated() where url != "*" {
            if !url.hasPrefix("/") {
                errors.append(
                    .invalid("\(place)[\(index)]", url, "non-resource URL rules must begin with a '/' character"))
            }
            if url.dropLast().contains("*") {
                errors.append(
                    .invalid(
                        "\(place)[\(index)]", url,
                        "non-resource URL wildcards '*' must be the final character of the rule"))
            }
        }
        for resources in rule.items("resources") { errors += resourceErrors(resources, "\(path).resources") }
        errors += stageErrors(rule, "\(path).omitStages")
        if !urls.isEmpty, !rule.items("resources").isEmpty || !rule.items("namespaces").isEmpty {
            errors.append(
                .invalid(
                    place, Value.strings(urls),
                    "rules cannot apply to both regular resources and non-resource URLs"))
        }
        return errors
    }

    private static func resourceErrors(_ resources: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let group = resources.text("group")
        if !group.isEmpty, group != "*" {
            let problems = Names.dns1123Subdomain(group)
            if !problems.isEmpty { errors.append(.invalid("\(path).group", group, problems.joined(separator: ","))) }
        }
        let names = resources.texts("resourceNames")
        if !names.isEmpty, resources.texts("resources").isEmpty {
            errors.append(
                .invalid(
                    "\(path).resourceNames", Value.strings(names),
                    "using resourceNames requires at least one resource"))
        }
        return errors
    }

    private static func stageErrors(_ value: Value, _ path: String) -> [FieldError] {
        let all = AuditStage.allCases.map(\.rawValue)
        return value.texts("omitStages").enumerated().filter { !all.contains($0.element) }.map { index, stage in
            .invalid("\(path)[\(index)]", stage, "allowed stages are " + all.joined(separator: ","))
        }
    }
}

extension AuditPolicy.Rule {
    fileprivate init(_ rule: Value, _ fallback: AuditPolicy.Verdict) {
        verdict = AuditPolicy.Verdict(
            level: AuditLevel(rawValue: rule.text("level")) ?? .none,
            omittedStages: fallback.omittedStages.union(AuditPolicy.stages(rule)),
            omitsManagedFields: rule["omitManagedFields"]?.boolValue ?? fallback.omitsManagedFields)
        users = rule.texts("users")
        groups = rule.texts("userGroups")
        verbs = rule.texts("verbs")
        namespaces = rule.texts("namespaces")
        paths = rule.texts("nonResourceURLs")
        resources = rule.items("resources").map {
            AuditPolicy.Resources(
                group: $0.text("group"), resources: $0.texts("resources"), names: $0.texts("resourceNames"))
        }
    }
}
