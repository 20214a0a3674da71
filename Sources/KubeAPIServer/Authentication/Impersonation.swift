internal import APIClient
internal import APIMachinery

/// `Impersonate-User` and its kin: a user becomes another, if policy lets them.
///
/// There are several ways. The narrow ones (KEP-5284) say as whom and to do what; the old one says only as whom. They
/// are tried in this order, and the first that policy allows is taken; when none is, the first tells why.
struct Impersonation: Sendable {
    /// What stands between the asker and a way.
    enum Step: Sendable {
        case ask(AuthorizationAttributes)
        /// All of them, which a question about whatever name may settle at once.
        case askAll(AuthorizationAttributes, [AuthorizationAttributes])
        /// Not to be had on this way, whatever policy says.
        case refuse(StatusError)
    }

    struct Way: Sendable {
        /// Who they become.
        let user: UserInfo
        let steps: [Step]
        /// What the audit log says of the way; empty for the old one.
        let constraint: String
    }

    /// From so many on, groups and extras are asked about at once first.
    static let manyMin = 4

    let ways: [Way]

    /// `nil` when nobody is asked to become another.
    ///
    /// - attributes: what the request is about to do, as the asker.
    /// - isConstrained: the narrow ways are there.
    /// - Throws: 400 when it is not said as whom.
    init?(
        _ attributes: AuthorizationAttributes, _ headers: RequestHeaders, isConstrained: Bool
    ) throws(StatusError) {
        guard let wanted = try Self.wanted(headers) else { return nil }
        let narrow = isConstrained ? Mode.allCases.filter { $0.fits(wanted, attributes.user) } : []
        ways = narrow.map { Self.way($0, wanted, attributes) } + [Self.oldWay(wanted, attributes)]
    }

    // MARK: As whom

    private static func wanted(_ headers: RequestHeaders) throws(StatusError) -> UserInfo? {
        var wanted = UserInfo(name: headers["impersonate-user"] ?? "", uid: headers["impersonate-uid"] ?? "")
        wanted.groups = headers.all("impersonate-group")
        let prefix = "impersonate-extra-"
        for header in headers.everything where header.name.hasPrefix(prefix) {
            let encoded = String(header.name.dropFirst(prefix.count))
            wanted.extra[PercentEncoding.decode(encoded[...]) ?? encoded, default: []].append(header.value)
        }
        guard wanted.name.isEmpty else { return wanted }
        guard !wanted.uid.isEmpty || !wanted.groups.isEmpty || !wanted.extra.isEmpty else { return nil }
        throw .badRequest("requested \(goText(wanted)) without impersonating a user name")
    }

    /// As Go's `%#v` writes it.
    private static func goText(_ user: UserInfo) -> String {
        func list(_ texts: [String]) -> String { "{\(texts.map(GoText.quote).joined(separator: ", "))}" }
        let groups = user.groups.isEmpty ? "(nil)" : list(user.groups)
        let extra = user.extra.sorted { $0.key < $1.key }.map { "\(GoText.quote($0.key)):[]string\(list($0.value))" }
        return "&user.DefaultInfo{Name:\"\", UID:\(GoText.quote(user.uid)), Groups:[]string\(groups), "
            + "Extra:map[string][]string\(extra.isEmpty ? "(nil)" : "{\(extra.joined(separator: ", "))}")}"
    }

    // MARK: The ways

    private static func oldWay(_ wanted: UserInfo, _ attributes: AuthorizationAttributes) -> Way {
        var user = wanted
        let question = Question(asker: attributes.user, verb: "impersonate", group: "")
        var steps: [Step] = []
        if let account = ServiceAccountName(wanted.name) {
            steps.append(.ask(question.about("serviceaccounts", account.name, namespace: account.namespace)))
            if user.groups.isEmpty { user.groups = account.groups }
        } else {
            steps.append(.ask(question.about("users", wanted.name)))
        }
        steps += uidSteps(wanted, question) + wanted.groups.map { .ask(question.about("groups", $0)) }
        steps += extras(wanted, question).map { .ask($0) }
        return Way(user: completed(user), steps: steps, constraint: "")
    }

    private static func way(_ mode: Mode, _ wanted: UserInfo, _ attributes: AuthorizationAttributes) -> Way {
        var on = attributes
        on.verb = "impersonate-on:\(mode.rawValue):\(attributes.verb)"
        on.user = mode.asker(attributes.user)
        var user = wanted
        let verb = "impersonate:\(mode.rawValue)"
        let question = Question(asker: on.user, verb: verb, group: Question.authentication)
        var steps: [Step] = [.ask(on)]
        if let node = NodeName(wanted.name) {
            steps.append(.ask(question.about("nodes", mode == .associatedNode ? "*" : node.name)))
            user.groups = [UserGroup.nodes]
        } else if let account = ServiceAccountName(wanted.name) {
            steps.append(.ask(question.about("serviceaccounts", account.name, namespace: account.namespace)))
            user.groups = account.groups
        } else {
            steps.append(.ask(question.about("users", wanted.name)))
            steps += uidSteps(wanted, question) + groupSteps(wanted, question) + extraSteps(wanted, question)
        }
        return Way(user: completed(user), steps: steps, constraint: verb)
    }

    private static func completed(_ wanted: UserInfo) -> UserInfo {
        var user = wanted
        if user.name == UserInfo.anonymous.name {
            if !user.groups.contains(UserGroup.unauthenticated) { user.groups.append(UserGroup.unauthenticated) }
        } else if !user.groups.contains(UserGroup.unauthenticated), !user.groups.contains(UserGroup.authenticated) {
            user.groups.append(UserGroup.authenticated)
        }
        return user
    }

    // MARK: What else they become

    private static func uidSteps(_ wanted: UserInfo, _ question: Question) -> [Step] {
        wanted.uid.isEmpty ? [] : [.ask(question.about("uids", wanted.uid, group: Question.authentication))]
    }

    private static func groupSteps(_ wanted: UserInfo, _ question: Question) -> [Step] {
        func refuse(_ name: String, _ why: String) -> [Step] {
            [.refuse(ForbiddenMessage.status(for: question.about("groups", name), reason: why))]
        }
        if wanted.groups.contains("") { return refuse("", "impersonating the empty string group is not allowed") }
        if wanted.groups.contains(UserGroup.masters) {
            return refuse(UserGroup.masters, "impersonating the system:masters group is not allowed")
        }
        let each = wanted.groups.map { question.about("groups", $0) }
        return each.count < manyMin ? each.map { .ask($0) } : [.askAll(question.about("groups", "*"), each)]
    }

    private static func extras(_ wanted: UserInfo, _ question: Question) -> [AuthorizationAttributes] {
        wanted.extra.sorted { $0.key < $1.key }.flatMap { key, values in
            values.map {
                question.about("userextras", $0, group: Question.authentication, subresource: key)
            }
        }
    }

    private static func extraSteps(_ wanted: UserInfo, _ question: Question) -> [Step] {
        for (key, values) in wanted.extra.sorted(by: { $0.key < $1.key }) {
            guard let fault = fault(key, values) else { continue }
            return [.refuse(ForbiddenMessage.status(for: question.about("userextras", ""), reason: fault))]
        }
        let each = extras(wanted, question)
        guard each.count >= manyMin else { return each.map { .ask($0) } }
        return [.askAll(question.about("userextras", "*", subresource: "*"), each)]
    }

    private static func fault(_ key: String, _ values: [String]) -> String? {
        if key.isEmpty { return "impersonating the empty string key in extra is not allowed" }
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count < 2 || parts[1].isEmpty || !Names.dns1123Subdomain(parts[0]).isEmpty {
            let why = FieldError.invalid(
                "extra.key", key, "must be a domain-prefixed path (such as \"acme.io/foo\")")
            return "impersonating an invalid key in extra is not allowed: \(why)"
        }
        if key != key.lowercased() {
            return "impersonating a non-lowercase key in extra is not allowed: \(GoText.quote(key))"
        }
        return values.contains("") ? "impersonating the empty string value in extra is not allowed" : nil
    }
}

extension Impersonation {
    /// The narrow ways.
    private enum Mode: String, CaseIterable {
        /// A pod's service account becomes the node that the pod is on.
        case associatedNode = "associated-node"
        case arbitraryNode = "arbitrary-node"
        case serviceAccount = "serviceaccount"
        /// Anybody who is none of these.
        case userInfo = "user-info"

        func fits(_ wanted: UserInfo, _ asker: UserInfo) -> Bool {
            let isNameAlone = wanted.uid.isEmpty && wanted.groups.isEmpty && wanted.extra.isEmpty
            let node = NodeName(wanted.name)
            let account = ServiceAccountName(wanted.name)
            switch self {
            case .associatedNode:
                guard isNameAlone, let node, ServiceAccountName(asker.name) != nil else { return false }
                return asker.extra["authentication.kubernetes.io/node-name"] == [node.name]
            case .arbitraryNode: return isNameAlone && node != nil
            case .serviceAccount: return isNameAlone && account != nil
            case .userInfo: return node == nil && account == nil
            }
        }

        /// Of a pod's account all that is left is what is known of it, not what that is: it holds for all nodes.
        func asker(_ asker: UserInfo) -> UserInfo {
            guard self == .associatedNode else { return asker }
            var asker = asker
            asker.extra = ["authentication.kubernetes.io/associated-node-keys": asker.extra.keys.sorted()]
            return asker
        }
    }

    /// Whether somebody may become something.
    private struct Question {
        static let authentication = "authentication.k8s.io"

        let asker: UserInfo
        let verb: String
        /// Of the resources that stand for users.
        let group: String

        func about(
            _ resource: String, _ name: String, group: String? = nil, subresource: String = "", namespace: String = ""
        ) -> AuthorizationAttributes {
            AuthorizationAttributes(
                user: asker, verb: verb, apiGroup: group ?? self.group, resource: resource, subresource: subresource,
                namespace: namespace, name: name)
        }
    }
}

/// `system:node:NAME`
private struct NodeName {
    let name: String

    init?(_ user: String) {
        guard user.hasPrefix(NodeIdentity.userPrefix) else { return nil }
        name = String(user.dropFirst(NodeIdentity.userPrefix.count))
        guard Names.dns1123Subdomain(name).isEmpty else { return nil }
    }
}

/// `system:serviceaccount:NAMESPACE:NAME`
private struct ServiceAccountName {
    let namespace: String
    let name: String

    init?(_ user: String) {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount",
            Names.dns1123Label(parts[2]).isEmpty, Names.dns1123Subdomain(parts[3]).isEmpty
        else { return nil }
        (namespace, name) = (parts[2], parts[3])
    }

    var groups: [String] { [UserGroup.serviceAccounts, "\(UserGroup.serviceAccounts):\(namespace)"] }
}
