import APIClient
import APIMachinery
import ClusterPKI
import Determinism
import KubeAPIServer
import TestKit
import Testing

/// Tokens of several kinds, and who needs none.
@Suite("Tokens", .timeLimit(.minutes(1)))
struct TokenAuthenticatorTests {
    @Test("a file of tokens is read as Go reads it")
    func file() throws {
        let text = "secret,tim,7,\"dev, ops\"\n\"a\"\"b\",tom,8\r\n,nobody,9\n"
        let tokens = try StaticTokens(csv: Array(text.utf8), path: "tokens.csv")
        #expect(
            tokens.recognize("secret", audiences: nil)
                == .user(UserInfo(name: "tim", uid: "7", groups: ["dev", "ops"]), audiences: nil))
        #expect(tokens.recognize("a\"b", audiences: nil) == .user(UserInfo(name: "tom", uid: "8"), audiences: nil))
        #expect(tokens.recognize("", audiences: nil) == .foreign)
        #expect(
            throws: ConfigurationError(
                "token file 'tokens.csv' must have at least 3 columns (token, user name, user uid), found 2")
        ) { _ = try StaticTokens(csv: Array("a,b\n".utf8), path: "tokens.csv") }
    }

    @Test(
        "a bootstrap token is what its secret says",
        arguments: [
            ([:], UserInfo(name: "system:bootstrap:abcdef", groups: ["system:bootstrappers"])),
            (
                ["auth-extra-groups": "system:bootstrappers:worker, system:bootstrappers:a-1"],
                UserInfo(
                    name: "system:bootstrap:abcdef",
                    groups: ["system:bootstrappers", "system:bootstrappers:worker", "system:bootstrappers:a-1"])
            ),
            (["token-secret": "0123456789abcdeX"], nil), (["token-id": "other1"], nil),
            (["expiration": "2025-12-31T23:59:59Z"], nil), (["expiration": "soon"], nil),
            (["usage-bootstrap-authentication": "false"], nil), (["auth-extra-groups": "system:masters"], nil),
            (["auth-extra-groups": "system:bootstrappers:"], nil),
        ] as [([String: String], UserInfo?)])
    func bootstrap(_ changes: [String: String], _ user: UserInfo?) throws {
        let token = try #require(BootstrapToken("abcdef.0123456789abcdef"))
        let data = [
            "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
            "expiration": "2026-01-02T00:00:00Z",
        ].merging(changes) { $1 }
        let secret: Value = [
            "type": "bootstrap.kubernetes.io/token",
            "data": .stringMap(data.mapValues { Base64.encode(Array($0.utf8)) }),
        ]
        let finding = BootstrapTokens.finding(token, secret, now: .testEpoch)
        if let user {
            #expect(finding == .user(user, audiences: nil))
        } else if case .user = finding {
            Issue.record("let in with \(changes)")
        }
        #expect(BootstrapTokens.finding(token, nil, now: .testEpoch) == .foreign)
    }

    @Test("what a webhook says of a token counts for its audiences")
    func review() throws {
        func finding(_ status: Value) -> TokenFinding { WebhookTokens.finding(["status": status], asked: ["api"]) }
        let user: Value = ["username": "tim", "groups": ["dev"], "extra": ["a": ["b"]]]
        let tim = UserInfo(name: "tim", groups: ["dev"], extra: ["a": ["b"]])
        #expect(finding(["authenticated": true, "user": user]) == .user(tim, audiences: nil))
        #expect(finding(["authenticated": true, "user": user, "audiences": ["api"]]) == .user(tim, audiences: ["api"]))
        #expect(finding(["authenticated": true, "user": user, "audiences": ["other"]]) == .foreign)
        #expect(finding(["authenticated": false]) == .foreign)
        #expect(finding(["error": "expired"]) == .rejected("expired"))
    }

    private static func refusal(_ transport: InProcessTransport, _ request: APIRequest) async -> StatusError? {
        do throws(StatusError) {
            _ = try await transport.send(request)
            return nil
        } catch { return error }
    }

    @Test("who stays anonymous is let in where that is allowed")
    func anonymous() async throws {
        let access = AnonymousAccess(isEnabled: true, paths: ["/livez"])
        try await InProcessCluster.with(configure: { $0.authentication.anonymous = access }) { cluster in
            let nobody = InProcessTransport(pipeline: cluster.server.pipeline, certificates: [], userAgent: "test")
            let live = try await nobody.send(APIRequest(.get, "/livez"))
            #expect(live.code == 200)
            #expect(await Self.refusal(nobody, APIRequest(.get, "/readyz"))?.code == 401)
        }
    }

    @Test("a token of a file lets its user in, and a review knows it")
    func whole() async throws {
        let tokens = try StaticTokens(csv: Array("secret,tim,7,system:masters\n".utf8), path: "t")
        try await InProcessCluster.with(configure: { $0.authentication.staticTokens = tokens }) { cluster in
            let bare = InProcessTransport(pipeline: cluster.server.pipeline, certificates: [], userAgent: "test")
            var request = APIRequest(.get, "/api/v1/namespaces/default/configmaps")
            request.bearerToken = "secret"
            let list = try await bare.send(request)
            #expect(list.code == 200)
            request.bearerToken = "other"
            #expect(await Self.refusal(bare, request)?.code == 401)
            let review: Value = [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": "secret"],
            ]
            let answer = try await cluster.client().transport.send(
                APIRequest(.post, "/apis/authentication.k8s.io/v1/tokenreviews", body: review.json))
            let status = try Value(json: answer.body)["status"]
            #expect(status?["authenticated"] == true)
            #expect(status?["user"]?["groups"] == ["system:masters", "system:authenticated"])
        }
    }
}
