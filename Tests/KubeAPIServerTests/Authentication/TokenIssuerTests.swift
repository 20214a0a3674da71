import APIMachinery
import KubeAPIServer
import Testing

/// Who the claims of a token say it is, and which configurations of that are refused.
@Suite("Token issuers")
struct TokenIssuerTests {
    private static func issuer(_ rest: String) throws -> TokenIssuer {
        let text = """
            apiVersion: apiserver.config.k8s.io/v1
            kind: AuthenticationConfiguration
            jwt:
            - issuer: {url: "https://issuer.example", audiences: [apus]}
            \(rest)
            """
        let configuration = try AuthenticationConfiguration(Array(text.utf8), disallowed: ["https://own"])
        return try #require(configuration.issuers.first)
    }

    private static let claims: Value = [
        "iss": "https://issuer.example", "sub": "jane", "email": "jane@example.com", "email_verified": true,
        "groups": ["dev", "ops"], "role": "admin", "jti": "42", "org": ["name": "acme"],
    ]

    @Test("claims become a user, with what is put before them")
    func claimMappings() throws {
        let issuer = try Self.issuer(
            """
              claimMappings:
                username: {claim: sub, prefix: "oidc:"}
                groups: {claim: groups, prefix: "g-"}
                uid: {claim: jti}
            """)
        let expected = UserInfo(
            name: "oidc:jane", uid: "42", groups: ["g-dev", "g-ops"],
            extra: ["authentication.kubernetes.io/credential-id": ["JTI=42"]])
        let user = try issuer.user(Self.claims)
        #expect(user == expected)
    }

    @Test("expressions become a user, and lists leave out what is empty")
    func expressions() throws {
        let issuer = try Self.issuer(
            """
              claimMappings:
                username: {expression: "claims.email_verified ? claims.email : 'nobody'"}
                groups: {expression: "claims.groups + ['', 'role:' + claims.role]"}
                uid: {expression: "claims.jti"}
                extra:
                - {key: example.org/org, valueExpression: claims.org.name}
                - {key: example.org/none, valueExpression: "''"}
            """)
        let user = try issuer.user(Self.claims)
        #expect(user.name == "jane@example.com")
        #expect(user.groups == ["dev", "ops", "role:admin"])
        #expect(user.extra["example.org/org"] == ["acme"])
        #expect(user.extra["example.org/none"] == nil)
    }

    @Test(
        "rules refuse in upstream's words",
        arguments: [
            ("claimValidationRules: [{claim: hd, requiredValue: a}]", "required claim hd not present in ID token"),
            (
                "claimValidationRules: [{claim: role, requiredValue: user}]",
                "required claim role value does not match. Got = admin, want = user"
            ),
            (
                "claimValidationRules: [{expression: \"claims.role == 'user'\", message: users only}]",
                "error evaluating claim validation expression: validation expression 'claims.role == 'user'' failed: "
                    + "users only"
            ),
            (
                "userValidationRules: [{expression: \"!user.username.startsWith('jane')\", message: not jane}]",
                "error evaluating user info validation rule: validation expression "
                    + "'!user.username.startsWith('jane')' failed: not jane"
            ),
        ])
    func rules(_ rule: String, _ message: String) throws {
        let issuer = try Self.issuer("  claimMappings: {username: {claim: sub, prefix: ''}}\n  \(rule)")
        #expect {
            _ = try issuer.user(Self.claims)
        } throws: { ("\($0)") == "oidc: " + message }
    }

    @Test("an address that was not verified is nobody's")
    func email() throws {
        let issuer = try Self.issuer("  claimMappings: {username: {claim: email, prefix: ''}}")
        var claims = Self.claims
        #expect(try issuer.user(claims).name == "jane@example.com")
        claims["email_verified"] = false
        #expect { _ = try issuer.user(claims) } throws: { "\($0)" == "oidc: email not verified" }
    }

    @Test(
        "a faulty configuration is refused in upstream's words",
        arguments: [
            ("claimMappings: {}", "jwt[0].claimMappings.username: Required value: claim or expression is required"),
            (
                "claimMappings: {username: {claim: sub}}",
                "jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be "
                    + "set to an empty string to disable prefixing"
            ),
            (
                "claimMappings: {username: {claim: sub, prefix: '', expression: claims.sub}}",
                "jwt[0].claimMappings.username: Invalid value: \"\": claim and expression can't both be set"
            ),
            (
                "claimMappings: {username: {expression: claims.email}}",
                "jwt[0].claimMappings.username.expression: Invalid value: \"claims.email\": claims.email_verified must "
                    + "be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or "
                    + "claimValidationRules[*].expression when claims.email is used in "
                    + "claimMappings.username.expression"
            ),
            (
                "claimMappings: {username: {claim: sub, prefix: ''}, "
                    + "extra: [{key: k8s.io/a, valueExpression: \"'a'\"}]}",
                "jwt[0].claimMappings.extra[0].key: Invalid value: \"k8s.io/a\": k8s.io, kubernetes.io and their "
                    + "subdomains are reserved for Kubernetes use"
            ),
        ])
    func faults(_ rest: String, _ message: String) throws {
        #expect(throws: ConfigurationError(message)) { _ = try Self.issuer("  \(rest)") }
    }

    @Test(
        "an issuer must be far away, secure, and not ourselves",
        arguments: [
            ("http://a", "[a]", "jwt[0].issuer.url: Invalid value: \"http://a\": URL scheme must be https"),
            (
                "https://own", "[a]",
                "jwt[0].issuer.url: Invalid value: \"https://own\": URL must not overlap with disallowed issuers: "
                    + "[https://own]"
            ),
            (
                "https://u:p@a", "[a]",
                "jwt[0].issuer.url: Invalid value: \"https://u:p@a\": URL must not contain a username or password"
            ),
            (
                "https://a", "[]",
                "jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required"
            ),
            (
                "https://a", "[a, b]",
                "jwt[0].issuer.audienceMatchPolicy: Invalid value: \"\": audienceMatchPolicy must be MatchAny for "
                    + "multiple audiences"
            ),
        ])
    func issuers(_ url: String, _ audiences: String, _ message: String) {
        let text = """
            apiVersion: apiserver.config.k8s.io/v1
            kind: AuthenticationConfiguration
            jwt:
            - issuer: {url: "\(url)", audiences: \(audiences)}
              claimMappings: {username: {claim: sub, prefix: ""}}
            """
        #expect(throws: ConfigurationError(message)) {
            _ = try AuthenticationConfiguration(Array(text.utf8), disallowed: ["https://own"])
        }
    }
}
