package import APIMachinery

/// Which requests belong together, and how urgent they are (`flowcontrol.apiserver.k8s.io` FlowSchema), read for use.
package struct FlowSchema: Sendable {
    /// By what requests of a schema are told apart.
    enum Distinguisher: String, Sendable {
        case user = "ByUser"
        case namespace = "ByNamespace"
    }

    private struct Rule: Sendable {
        let users: [String]
        let groups: [String]
        /// Namespace and name; the name may be a star.
        let accounts: [(namespace: String, name: String)]
        let resources: [ResourceRule]
        let paths: [PathRule]
    }

    private struct ResourceRule: Sendable {
        let verbs: [String]
        let groups: [String]
        let resources: [String]
        let namespaces: [String]
        let isClusterScoped: Bool
    }

    private struct PathRule: Sendable {
        let verbs: [String]
        let paths: [String]
    }

    package let name: String
    package let uid: String
    /// The priority level's name.
    package let level: String
    package let precedence: Int64
    private let distinguisher: Distinguisher?
    private let rules: [Rule]

    package init(_ object: Value) {
        let spec = object["spec"] ?? .emptyObject
        name = object.objectName
        uid = object[path: "metadata", "uid"]?.stringValue ?? ""
        level = spec["priorityLevelConfiguration"]?.text("name") ?? ""
        precedence = spec["matchingPrecedence"]?.integerValue ?? 1000
        distinguisher = (spec["distinguisherMethod"]?.text("type")).flatMap(Distinguisher.init)
        rules = spec.items("rules").map(Self.rule)
    }

    private static func rule(_ value: Value) -> Rule {
        let subjects = value.items("subjects")
        func named(_ kind: String, _ field: String) -> [Value] {
            subjects.filter { $0["kind"]?.stringValue == kind }.compactMap { $0[field] }
        }
        return Rule(
            users: named("User", "user").map { $0.text("name") },
            groups: named("Group", "group").map { $0.text("name") },
            accounts: named("ServiceAccount", "serviceAccount").map { ($0.text("namespace"), $0.text("name")) },
            resources: value.items("resourceRules").map {
                ResourceRule(
                    verbs: $0.texts("verbs"), groups: $0.texts("apiGroups"), resources: $0.texts("resources"),
                    namespaces: $0.texts("namespaces"), isClusterScoped: $0["clusterScope"]?.boolValue ?? false)
            },
            paths: value.items("nonResourceRules").map {
                PathRule(verbs: $0.texts("verbs"), paths: $0.texts("nonResourceURLs"))
            })
    }

    /// Whether one of its rules speaks of the request.
    package func covers(_ request: AuthorizationAttributes) -> Bool {
        rules.contains { rule in
            Self.isSubject(request.user, rule)
                && (request.isResourceRequest
                    ? rule.resources.contains { Self.covers($0, request) }
                    : rule.paths.contains { Self.covers($0, request) })
        }
    }

    /// What tells this request's flow apart from others of the schema.
    package func distinguisher(of request: AuthorizationAttributes) -> String {
        switch distinguisher {
        case .user: request.user.name
        case .namespace: request.namespace
        case nil: ""
        }
    }

    private static func isSubject(_ user: UserInfo, _ rule: Rule) -> Bool {
        if rule.users.contains(where: { $0 == "*" || $0 == user.name }) { return true }
        if rule.groups.contains(where: { $0 == "*" || user.groups.contains($0) }) { return true }
        return rule.accounts.contains { namespace, name in
            let prefix = "system:serviceaccount:\(namespace):"
            return user.name.hasPrefix(prefix) && (name == "*" || user.name.dropFirst(prefix.count) == name)
        }
    }

    private static func has(_ list: [String], _ value: String) -> Bool { list.contains { $0 == "*" || $0 == value } }

    private static func covers(_ rule: ResourceRule, _ request: AuthorizationAttributes) -> Bool {
        guard has(rule.verbs, request.verb), has(rule.groups, request.apiGroup),
            has(rule.resources, request.combinedResource)
        else { return false }
        return request.namespace.isEmpty ? rule.isClusterScoped : has(rule.namespaces, request.namespace)
    }

    private static func covers(_ rule: PathRule, _ request: AuthorizationAttributes) -> Bool {
        has(rule.verbs, request.verb)
            && rule.paths.contains { path in
                path == "*" || path == request.path || (path.hasSuffix("/*") && request.path.hasPrefix(path.dropLast()))
            }
    }
}

/// How much of the server requests of one urgency may use (PriorityLevelConfiguration), read for use.
package struct PriorityLevel: Sendable, Equatable {
    package struct Queuing: Sendable, Equatable {
        package var queues: Int
        /// Of so many queues a flow's requests take the shortest.
        package var handSize: Int
        package var lengthMax: Int

        package init(queues: Int, handSize: Int, lengthMax: Int) {
            self.queues = queues
            self.handSize = handSize
            self.lengthMax = lengthMax
        }
    }

    package let name: String
    package let uid: String
    package let isExempt: Bool
    /// Of the server, as against the other levels.
    package let shares: Int
    /// Of its share, what it may lend, in percent.
    package let lendablePercent: Int
    /// What it may borrow, in percent of its share; `nil`: whatever there is.
    package let borrowingLimitPercent: Int?
    /// `nil`: what finds no seat is refused.
    package let queuing: Queuing?

    package init(_ object: Value) {
        let spec = object["spec"] ?? .emptyObject
        name = object.objectName
        uid = object[path: "metadata", "uid"]?.stringValue ?? ""
        isExempt = spec["type"] == "Exempt"
        let limited = spec[isExempt ? "exempt" : "limited"] ?? .emptyObject
        shares = Int(limited["nominalConcurrencyShares"]?.integerValue ?? (isExempt ? 0 : 30))
        lendablePercent = Int(limited["lendablePercent"]?.integerValue ?? 0)
        borrowingLimitPercent = limited["borrowingLimitPercent"]?.integerValue.map { Int($0) }
        let response = limited["limitResponse"]
        let queuing = response?["queuing"]
        self.queuing =
            response?["type"] == "Queue"
            ? Queuing(
                queues: max(1, Int(queuing?["queues"]?.integerValue ?? 64)),
                handSize: max(1, Int(queuing?["handSize"]?.integerValue ?? 8)),
                lengthMax: max(1, Int(queuing?["queueLengthLimit"]?.integerValue ?? 50)))
            : nil
    }
}
