import KubeAPIServer
import Testing

/// Which requests are written down, and how much of them.
@Suite("Audit policy")
struct AuditPolicyTests {
    private static func policy(_ rules: String, _ head: String = "") throws(ConfigurationError) -> AuditPolicy {
        try AuditPolicy(Array("apiVersion: audit.k8s.io/v1\nkind: Policy\n\(head)\nrules:\n\(rules)".utf8))
    }

    private static let user = UserInfo(name: "tim", groups: ["humans", "system:authenticated"])

    private static func request(
        _ verb: String, _ resource: String, group: String = "", sub: String = "", namespace: String = "default",
        name: String = ""
    ) -> AuthorizationAttributes {
        AuthorizationAttributes(
            user: user, verb: verb, apiGroup: group, resource: resource, subresource: sub, namespace: namespace,
            name: name)
    }

    @Test(
        "a rule matches what it names and nothing else",
        arguments: [
            ("- level: Metadata", true),
            ("- {level: Metadata, users: [tim]}", true), ("- {level: Metadata, users: [tom]}", false),
            ("- {level: Metadata, userGroups: [humans]}", true), ("- {level: Metadata, userGroups: [dogs]}", false),
            ("- {level: Metadata, verbs: [get]}", true), ("- {level: Metadata, verbs: [list]}", false),
            ("- {level: Metadata, namespaces: [default]}", true), ("- {level: Metadata, namespaces: ['']}", false),
            ("- {level: Metadata, resources: [{group: ''}]}", true),
            ("- {level: Metadata, resources: [{group: '*'}]}", true),
            ("- {level: Metadata, resources: [{group: apps}]}", false),
            ("- {level: Metadata, resources: [{resources: [pods]}]}", false),
            ("- {level: Metadata, resources: [{resources: [pods/log]}]}", true),
            ("- {level: Metadata, resources: [{resources: ['*']}]}", true),
            ("- {level: Metadata, resources: [{resources: ['*/log']}]}", true),
            ("- {level: Metadata, resources: [{resources: ['*/status']}]}", false),
            ("- {level: Metadata, resources: [{resources: ['pods/*']}]}", true),
            ("- {level: Metadata, resources: [{resources: ['nodes/*']}]}", false),
            ("- {level: Metadata, resources: [{resources: [pods/log], resourceNames: [web]}]}", true),
            ("- {level: Metadata, resources: [{resources: [pods/log], resourceNames: [other]}]}", false),
            ("- {level: Metadata, nonResourceURLs: ['*']}", false),
        ])
    func matching(_ rule: String, _ matches: Bool) throws {
        let verdict = try Self.policy(rule).verdict(on: Self.request("get", "pods", sub: "log", name: "web"))
        #expect(verdict.level == (matches ? .metadata : .none))
    }

    @Test(
        "paths match whole, or up to a star at the end",
        arguments: [
            ("/healthz", "/healthz", true), ("/healthz", "/healthz/ping", false), ("/healthz*", "/healthz/ping", true),
            ("*", "/version", true), ("/api*", "/version", false),
        ])
    func paths(_ pattern: String, _ path: String, _ matches: Bool) throws {
        let policy = try Self.policy("- {level: Request, nonResourceURLs: ['\(pattern)']}")
        let verdict = policy.verdict(on: AuthorizationAttributes(user: Self.user, verb: "get", path: path))
        #expect((verdict.level == .request) == matches)
    }

    @Test("the first rule that matches decides; stages add up, managed fields do not")
    func order() throws {
        let policy = try Self.policy(
            """
            - level: None
              resources: [{group: '', resources: [events]}]
            - level: RequestResponse
              omitStages: [ResponseStarted]
              omitManagedFields: false
            - level: Metadata
            """, "omitStages: [RequestReceived]\nomitManagedFields: true")
        #expect(policy.verdict(on: Self.request("create", "events")).level == .none)
        #expect(
            policy.verdict(on: Self.request("get", "pods"))
                == AuditPolicy.Verdict(
                    level: .requestResponse, omittedStages: [.requestReceived, .responseStarted],
                    omitsManagedFields: false))
    }

    @Test(
        "a faulty policy is refused in upstream's words",
        arguments: [
            ("[]", "loaded illegal policy with 0 rules"),
            ("\n- {users: [a]}", "rules[0].level: Required value"),
            (
                "\n- {level: All}",
                "rules[0].level: Unsupported value: \"All\": supported values: \"None\", \"Metadata\", \"Request\", "
                    + "\"RequestResponse\""
            ),
            (
                "\n- {level: None, nonResourceURLs: [a, '/*/b']}",
                "[rules[0].nonResourceURLs[0]: Invalid value: \"a\": non-resource URL rules must begin with a '/' "
                    + "character, rules[0].nonResourceURLs[1]: Invalid value: \"/*/b\": non-resource URL wildcards '*' "
                    + "must be the final character of the rule]"
            ),
            (
                "\n- {level: None, resources: [{group: apps, resourceNames: [a]}]}",
                "rules[0].resources.resourceNames: Invalid value: [\"a\"]: using resourceNames requires at least one "
                    + "resource"
            ),
            (
                "\n- {level: None, omitStages: [Late]}",
                "rules[0].omitStages[0]: Invalid value: \"Late\": allowed stages are "
                    + "RequestReceived,ResponseStarted,ResponseComplete,Panic"
            ),
        ])
    func faults(_ rules: String, _ message: String) throws {
        let text = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: \(rules)"
        #expect(throws: ConfigurationError(message)) { _ = try AuditPolicy(Array(text.utf8)) }
    }
}
