import KubeAPIServer
import Testing

@Suite("Role-based access")
struct RBACAuthorizerTests {
    private let authorizer = RBACAuthorizer()
    private let user = UserInfo(name: "jane", groups: ["dev", "system:authenticated"])

    private func put(_ changes: RBACChange...) { authorizer.apply(changes) }

    private func role(_ name: String, in namespace: String? = nil, _ rules: RBACRule...) -> RBACChange {
        .putRole(RBACRole(key: .init(namespace: namespace, name: name), rules: rules))
    }

    private func bind(
        _ name: String, in namespace: String? = nil, _ role: RBACBinding.RoleReference,
        _ subjects: RBACBinding.Subject...
    ) -> RBACChange {
        .putBinding(RBACBinding(key: .init(namespace: namespace, name: name), role: role, subjects: subjects))
    }

    private let readPods = RBACRule(verbs: ["get", "list"], apiGroups: [""], resources: ["pods"])

    private func list(_ namespace: String = "n", as user: UserInfo? = nil) -> AuthorizationAttributes {
        AuthorizationAttributes(user: user ?? self.user, verb: "list", resource: "pods", namespace: namespace)
    }

    @Test func sayWhoAllowed() {
        put(role("y", readPods), bind("x", .init(.clusterRole, "y"), .init(.user, "jane")))
        let reason = #"RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to User "jane""#
        #expect(authorizer.authorize(list()) == .allow(reason: reason))
        #expect(authorizer.authorize(list("")) == .allow(reason: reason))
        #expect(authorizer.authorize(list(as: UserInfo(name: "joe"))) == .noOpinion(reason: ""))
    }

    @Test func aRoleBindingGrantsInItsNamespaceAlone() {
        put(role("y", readPods), bind("x", in: "n", .init(.clusterRole, "y"), .init(.group, "dev")))
        let reason = #"RBAC: allowed by RoleBinding "x/n" of ClusterRole "y" to Group "dev""#
        #expect(authorizer.authorize(list("n")) == .allow(reason: reason))
        #expect(authorizer.authorize(list("m")) == .noOpinion(reason: ""))
        #expect(authorizer.authorize(list("")) == .noOpinion(reason: ""))
    }

    @Test func aServiceAccountWithoutNamespaceIsTheBindingsNeighbour() {
        put(role("y", in: "n", readPods), bind("x", in: "n", .init(.role, "y"), .init(.serviceAccount, "sa")))
        let account = UserInfo(name: "system:serviceaccount:n:sa")
        let reason = #"RBAC: allowed by RoleBinding "x/n" of Role "y" to ServiceAccount "sa/n""#
        #expect(authorizer.authorize(list("n", as: account)) == .allow(reason: reason))
    }

    @Test func aMissingRoleIsNamed() {
        put(
            bind("x", .init(.clusterRole, "y"), .init(.user, "jane")),
            bind("z", in: "n", .init(.role, "w"), .init(.user, "jane")))
        let both = #"RBAC: [clusterrole.rbac.authorization.k8s.io "y" not found, "#
            + #"role.rbac.authorization.k8s.io "w" not found]"#
        #expect(authorizer.authorize(list("n")) == .noOpinion(reason: both))
        let one = #"RBAC: clusterrole.rbac.authorization.k8s.io "y" not found"#
        #expect(authorizer.authorize(list("m")) == .noOpinion(reason: one))
    }

    @Test func changesTakeEffectAtOnce() {
        put(role("y", readPods), bind("x", .init(.clusterRole, "y"), .init(.user, "jane")))
        #expect(authorizer.authorize(list()).isAllowed)
        put(role("y", RBACRule(verbs: ["get"], apiGroups: [""], resources: ["pods"])))
        #expect(!authorizer.authorize(list()).isAllowed)
        put(role("y", readPods), bind("x", .init(.clusterRole, "y"), .init(.user, "joe")))
        #expect(!authorizer.authorize(list()).isAllowed)
        put(bind("x", .init(.clusterRole, "y"), .init(.user, "jane")), .removeRole(.init(name: "y")))
        #expect(!authorizer.authorize(list()).isAllowed)
        put(role("y", readPods), .removeBinding(.init(name: "x")))
        #expect(authorizer.authorize(list()) == .noOpinion(reason: ""))
    }

    private static func rule(
        _ verb: String, _ group: String, _ resource: String, _ names: [String] = []
    ) -> RBACRule {
        RBACRule(verbs: [verb], apiGroups: [group], resources: [resource], resourceNames: names)
    }

    @Test("rules match as upstream's", arguments: [
        (rule("*", "*", "*"), "delete", "apps", "deployments", "status", "d", true),
        (rule("get", "", "pods"), "get", "", "pods", "log", "p", false),
        (rule("get", "", "pods/log"), "get", "", "pods", "log", "p", true),
        (rule("get", "", "pods/log"), "get", "", "pods", "", "p", false),
        (rule("get", "*", "*/scale"), "get", "apps", "deployments", "scale", "d", true),
        (rule("get", "*", "*/scale"), "get", "apps", "deployments", "", "d", false),
        (rule("get", "apps", "pods"), "get", "", "pods", "", "p", false),
        (rule("get", "", "pods", ["p"]), "get", "", "pods", "", "p", true),
        (rule("get", "", "pods", ["p"]), "get", "", "pods", "", "q", false),
        (rule("list", "", "pods", ["p"]), "list", "", "pods", "", "", false),
    ])
    func rules(
        _ rule: RBACRule, _ verb: String, _ group: String, _ resource: String, _ subresource: String, _ name: String,
        _ isAllowed: Bool
    ) {
        put(role("y", rule), bind("x", .init(.clusterRole, "y"), .init(.user, "jane")))
        let attributes = AuthorizationAttributes(
            user: user, verb: verb, apiGroup: group, resource: resource, subresource: subresource, name: name)
        #expect(authorizer.authorize(attributes).isAllowed == isAllowed)
        #expect(rule.allows(attributes) == isAllowed)
    }

    @Test("paths match as upstream's", arguments: [
        ("/healthz", "/healthz", true), ("/healthz", "/healthz/ping", false), ("/healthz/*", "/healthz/ping", true),
        ("/healthz/*", "/healthz", false), ("*", "/anything", true), ("/api*", "/apis", true),
    ])
    func paths(_ pattern: String, _ path: String, _ isAllowed: Bool) {
        put(
            role("y", RBACRule(verbs: ["get"], nonResourceURLs: [pattern])),
            bind("x", .init(.clusterRole, "y"), .init(.user, "jane")))
        #expect(authorizer.authorize(.init(user: user, verb: "get", path: path)).isAllowed == isAllowed)
    }

    @Test func theRulesOfAUserIncludeClusterWideOnes() {
        let other = RBACRule(verbs: ["get"], apiGroups: [""], resources: ["secrets"])
        put(
            role("y", readPods), bind("x", .init(.clusterRole, "y"), .init(.user, "jane")), role("z", in: "n", other),
            bind("z", in: "n", .init(.role, "z"), .init(.group, "dev")))
        #expect(authorizer.rules(of: user, in: "n") == [readPods, other])
        #expect(authorizer.rules(of: user, in: nil) == [readPods])
    }

    @Test func theFirstWhoDecidesWins() {
        let masters = UserInfo(name: "root", groups: ["system:masters"])
        let union = UnionAuthorizer([PrivilegedGroupAuthorizer(), authorizer])
        #expect(union.authorize(list(as: masters)) == .allow(reason: ""))
        #expect(union.authorize(list()) == .noOpinion(reason: ""))
    }
}
