import APIMachinery
import KubeAPIServer
import Testing

@Suite("The first roles and bindings")
struct BootstrapPolicyTests {
    private let authorizer = RBACAuthorizer()

    init() {
        authorizer.apply(
            RoleAggregationPlan.settled(BootstrapPolicy.roles).map { .putRole($0) }
                + BootstrapPolicy.bindings.map { .putBinding($0) })
    }

    @Test func everyBindingFindsItsRole() {
        let keys = Set(BootstrapPolicy.roles.map(\.key))
        #expect(keys.count == BootstrapPolicy.roles.count)
        for binding in BootstrapPolicy.bindings {
            let namespace = binding.role.kind == .role ? binding.key.namespace : nil
            #expect(keys.contains(.init(namespace: namespace, name: binding.role.name)), "\(binding.key.name)")
        }
        #expect(BootstrapPolicy.objects.count == BootstrapPolicy.roles.count + BootstrapPolicy.bindings.count)
    }

    @Test("who may what", arguments: [
        ("system:kube-scheduler", "update", "coordination.k8s.io", "leases", "kube-system", "kube-scheduler", true),
        ("system:kube-scheduler", "update", "coordination.k8s.io", "leases", "n", "other", false),
        ("system:kube-scheduler", "create", "", "pods/binding", "n", "p", true),
        ("system:kube-scheduler", "create", "", "secrets", "n", "", false),
        ("system:kube-controller-manager", "watch", "example.com", "things", "", "", true),
        ("system:kube-proxy", "watch", "discovery.k8s.io", "endpointslices", "", "", true),
        ("system:kube-proxy", "get", "", "secrets", "n", "s", false),
        ("system:apus-dns", "watch", "", "services", "", "", true),
        ("system:apus-dns", "watch", "discovery.k8s.io", "endpointslices", "", "", true),
        ("system:apus-dns", "watch", "", "secrets", "", "", false),
        ("system:apus-dns", "create", "", "services", "kube-system", "", true),
        ("system:apus-dns", "patch", "", "services", "kube-system", "kube-dns", true),
        ("system:apus-dns", "patch", "", "services", "kube-system", "other", false),
        ("system:apus-dns", "patch", "", "services", "default", "kube-dns", false),
        ("kube-apiserver-kubelet-client", "create", "", "nodes/proxy", "", "a", true),
        ("kube-apiserver-kubelet-client", "get", "", "secrets", "n", "s", false),
        ("system:kube-controller-manager", "create", "", "serviceaccounts/token", "kube-system", "job-controller", true),
        ("system:kube-controller-manager", "delete", "", "pods", "n", "p", false),
        ("system:serviceaccount:kube-system:job-controller", "create", "", "pods", "n", "", true),
        ("system:serviceaccount:kube-system:job-controller", "create", "", "secrets", "n", "", false),
        ("system:serviceaccount:kube-system:token-cleaner", "delete", "", "secrets", "kube-system", "s", true),
        ("system:serviceaccount:kube-system:token-cleaner", "delete", "", "secrets", "default", "s", false),
        ("system:node:a", "get", "", "nodes", "", "a", false),
        ("anybody", "create", "authorization.k8s.io", "selfsubjectaccessreviews", "", "", true),
    ])
    func who(
        _ name: String, _ verb: String, _ group: String, _ resource: String, _ namespace: String, _ object: String,
        _ isAllowed: Bool
    ) {
        let parts = resource.split(separator: "/").map(String.init)
        let attributes = AuthorizationAttributes(
            user: UserInfo(name: name, groups: ["system:authenticated"]), verb: verb, apiGroup: group,
            resource: parts[0], subresource: parts.count > 1 ? parts[1] : "", namespace: namespace, name: object)
        #expect(authorizer.authorize(attributes).isAllowed == isAllowed)
    }

    @Test func anonymousMaySeeTheVersionAndNoMore() {
        #expect(authorizer.authorize(.init(user: .anonymous, verb: "get", path: "/version")).isAllowed)
        #expect(!authorizer.authorize(.init(user: .anonymous, verb: "get", path: "/api")).isAllowed)
    }

    @Test func adminIncludesEditIncludesView() throws {
        let roles = Dictionary(
            uniqueKeysWithValues: authorizer.snapshot.roles.values.filter { $0.key.namespace == nil }.map {
                ($0.key.name, $0.rules)
            })
        let (admin, edit, view) = try (
            #require(roles["admin"]), #require(roles["edit"]), #require(roles["view"])
        )
        #expect(!view.isEmpty)
        #expect(RuleCover.covers(edit, view))
        #expect(!RuleCover.covers(view, edit))
        #expect(RuleCover.covers(admin, edit))
        #expect(!RuleCover.covers(edit, admin))
    }

    @Test func objectsReadBack() throws {
        for role in BootstrapPolicy.roles { #expect(RBACRole(role.value) == role) }
        for binding in BootstrapPolicy.bindings { #expect(try #require(RBACBinding(binding.value)) == binding) }
        let view = try #require(BootstrapPolicy.roles.first { $0.key.name == "view" })
        #expect(
            String(decoding: view.value.json, as: UTF8.self)
                == #"{"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":"#
                + #"{"rbac.authorization.k8s.io/aggregate-to-view":"true"}}]},"#
                + #""apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","#
                + #""metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"true"},"#
                + #""labels":{"kubernetes.io/bootstrapping":"rbac-defaults","#
                + #""rbac.authorization.k8s.io/aggregate-to-edit":"true"},"name":"view"},"rules":null}"#)
    }

    @Test func aRoleGainsWhatItLacksAndKeepsWhatItHas() throws {
        let expected = try #require(BootstrapPolicy.roles.first { $0.key.name == "system:kube-dns" })
        #expect(BootstrapReconciliationPlan.decide(expected, existing: nil) == .create(expected))
        #expect(BootstrapReconciliationPlan.decide(expected, existing: expected) == .keep)
        let extra = RBACRule(verbs: ["get"], apiGroups: [""], resources: ["secrets"])
        var existing = expected
        existing.rules = [extra]
        existing.labels["mine"] = "yes"
        guard case .update(let role, _) = BootstrapReconciliationPlan.decide(expected, existing: existing) else {
            Issue.record("no update")
            return
        }
        #expect(role.rules.contains(extra))
        #expect(role.labels["mine"] == "yes")
        #expect(RuleCover.covers(role.rules, expected.rules))
        existing.annotations["rbac.authorization.kubernetes.io/autoupdate"] = "false"
        #expect(BootstrapReconciliationPlan.decide(expected, existing: existing) == .keep)
    }

    @Test func aBindingToAnotherRoleIsMadeAgain() throws {
        let expected = try #require(BootstrapPolicy.bindings.first { $0.key.name == "system:kube-scheduler" })
        var existing = expected
        existing.subjects = [.init(.user, "other")]
        guard case .update(let binding, _) = BootstrapReconciliationPlan.decide(expected, existing: existing) else {
            Issue.record("no update")
            return
        }
        #expect(binding.subjects == existing.subjects + expected.subjects)
        existing.role = .init(.clusterRole, "view")
        guard case .recreate(let again, _) = BootstrapReconciliationPlan.decide(expected, existing: existing) else {
            Issue.record("not made again")
            return
        }
        #expect(again.role == expected.role)
    }
}
