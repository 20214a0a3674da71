import APIMachinery
import ClusterPKI
import KubeAPIServer
import Testing

/// Authorizers beside Node and RBAC: what they are asked, what they say, and how they are configured.
@Suite("Authorization configuration")
struct AuthorizationConfigurationTests {
    private static let policy = """
        # Who may what.
        {"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "alice", \
        "namespace": "*", "resource": "*", "apiGroup": "*"}}
        {"spec": {"user": "kubelet", "namespace": "*", "resource": "pods", "readonly": true}}
        {"spec": {"group": "system:authenticated", "readonly": true, "nonResourcePath": "/api*"}}

        {"spec": {"user": "*", "namespace": "shared", "resource": "configmaps", "readonly": true}}
        """

    @Test(
        "a policy of attributes allows what a line says",
        arguments: [
            ("alice", "delete", "pods", "a", "apps", true), ("kubelet", "get", "pods", "a", "", true),
            ("kubelet", "create", "pods", "a", "", false), ("kubelet", "get", "secrets", "a", "", false),
            ("bob", "get", "configmaps", "shared", "", true), ("bob", "get", "configmaps", "other", "", false),
        ])
    func attributes(
        _ user: String, _ verb: String, _ resource: String, _ namespace: String, _ group: String, _ isAllowed: Bool
    ) throws {
        let policy = try ABACPolicy(Array(Self.policy.utf8), path: "p")
        let user = UserInfo(name: user, groups: ["system:authenticated"])
        let decision = policy.authorize(
            AuthorizationAttributes(user: user, verb: verb, apiGroup: group, resource: resource, namespace: namespace))
        #expect(decision == (isAllowed ? .allow(reason: "") : .noOpinion(reason: "No policy matched.")))
    }

    @Test("paths are allowed up to a star, and nobody is not everybody")
    func paths() throws {
        let policy = try ABACPolicy(Array(Self.policy.utf8), path: "p")
        let bob = UserInfo(name: "bob", groups: ["system:authenticated"])
        func isAllowed(_ user: UserInfo, _ path: String) -> Bool {
            policy.authorize(AuthorizationAttributes(user: user, verb: "get", path: path)).isAllowed
        }
        #expect(isAllowed(bob, "/apis"))
        #expect(!isAllowed(bob, "/version"))
        #expect(!isAllowed(.anonymous, "/apis"))
    }

    @Test("a webhook is asked in the words of a SubjectAccessReview, and its answer is a decision")
    func review() {
        let user = UserInfo(name: "jane", groups: ["dev"], extra: ["a": ["b"]])
        let spec = AccessReview.spec(
            AuthorizationAttributes(user: user, verb: "list", resource: "pods", namespace: "default"))
        #expect(
            spec == [
                "user": "jane", "groups": ["dev"], "extra": ["a": ["b"]],
                "resourceAttributes": ["namespace": "default", "verb": "list", "version": "v1", "resource": "pods"],
            ])
        let path = AccessReview.spec(AuthorizationAttributes(user: user, verb: "get", path: "/version"))
        #expect(path["nonResourceAttributes"] == ["path": "/version", "verb": "get"])
        func decision(_ status: Value) -> Decision { AccessReview.decision(["status": status]) }
        #expect(decision(["allowed": true, "reason": "yes"]) == .allow(reason: "yes"))
        #expect(decision(["allowed": false, "reason": "who?"]) == .noOpinion(reason: "who?"))
        #expect(decision(["allowed": true, "denied": true]) == .deny(reason: ""))
    }

    // MARK: The file

    private static func configuration(_ authorizers: String) throws -> AuthorizationConfiguration {
        let text = """
            apiVersion: apiserver.config.k8s.io/v1
            kind: AuthorizationConfiguration
            authorizers: \(authorizers)
            """
        return try AuthorizationConfiguration(Array(text.utf8)) { _ in
            try Kubeconfig(
                [
                    "current-context": "a", "contexts": [["name": "a", "context": ["cluster": "c"]]],
                    "clusters": [["name": "c", "cluster": ["server": "https://a"]]],
                ])
        }
    }

    private static let webhook =
        "timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, "
        + "connectionInfo: {type: KubeConfigFile, kubeConfigFile: /k}"

    @Test("authorizers stand in the order of the file")
    func order() throws {
        let configuration = try Self.configuration(
            """

            - {type: Webhook, name: first, webhook: {\(Self.webhook), authorizedTTL: 1m, \
            matchConditionSubjectAccessReviewVersion: v1, \
            matchConditions: [{expression: "request.resourceAttributes.namespace == 'a'"}]}}
            - {type: RBAC, name: rbac}
            """)
        #expect(configuration.settings.members.count == 2)
        guard case .webhook(let webhook) = configuration.settings.members[0] else {
            Issue.record("the first is no webhook")
            return
        }
        #expect(webhook.timeout == .seconds(3))
        #expect(webhook.authorizedLifetime == .seconds(60))
        #expect(webhook.unauthorizedLifetime == .seconds(30))
        #expect(webhook.deniesOnFailure)
    }

    @Test(
        "a faulty file is refused in upstream's words",
        arguments: [
            ("[]", "authorizers: Required value: at least one authorization mode must be defined"),
            ("[{name: a}]", "authorizers[0].type: Required value"),
            (
                "[{type: Other, name: a}]",
                "authorizers[0].type: Unsupported value: \"Other\": supported values: \"ABAC\", \"AlwaysAllow\", "
                    + "\"AlwaysDeny\", \"Node\", \"RBAC\", \"Webhook\""
            ),
            ("[{type: RBAC, name: a}, {type: RBAC, name: b}]", "authorizers[1].type: Duplicate value: \"RBAC\""),
            ("[{type: RBAC, name: a}, {type: Node, name: a}]", "authorizers[1].name: Duplicate value: \"a\""),
            ("[{type: Webhook, name: a}]", "authorizers[0].webhook: Required value: required when type=Webhook"),
            (
                "[{type: RBAC, name: a, webhook: {}}]",
                "authorizers[0].webhook: Invalid value: \"non-null\": may only be specified when type=Webhook"
            ),
            (
                "[{type: Webhook, name: a, webhook: {\(webhook), matchConditions: [{expression: 'true'}]}}]",
                "authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions "
                    + "are specified"
            ),
            (
                "[{type: RBAC, name: a, more: 1}]",
                "strict decoding error: unknown field \"authorizers[0].more\""
            ),
        ])
    func faults(_ authorizers: String, _ message: String) {
        #expect(throws: ConfigurationError(message)) { _ = try Self.configuration(authorizers) }
    }
}
