import APIMachinery
import ClusterPKI
import Determinism
import Testing

@Suite("Service-account tokens")
struct ServiceAccountTokenTests {
    private let random = SeededRandomSource(seed: 3)
    private let time = ManualTimekeeper()
    private let key: TokenSigningKey
    private let issuer: ServiceAccountTokenIssuer
    private let account = ServiceAccountName(namespace: "ns", name: "sa")

    init() throws {
        key = try .generate(random)
        issuer = ServiceAccountTokenIssuer(issuer: "https://issuer", key: key, time: time, random: random)
    }

    private func verifier(
        issuer: String = "https://issuer", key: TokenSigningKey? = nil
    ) -> ServiceAccountTokenVerifier {
        ServiceAccountTokenVerifier(
            issuers: [issuer], keys: [(key ?? self.key).verificationKey], audiences: ["api"], time: time)
    }

    private func token(audiences: [String] = ["api"]) throws -> String {
        try issuer.issue(
            to: account, uid: "u", audiences: audiences, lifetime: .seconds(600), warnAfter: .seconds(60),
            pod: .init(name: "p", uid: "pu"), node: .init(name: "n", uid: "nu")
        ).token
    }

    @Test func whatIsIssuedIsBelieved() throws {
        let claims = try verifier().verify(token()).get()
        #expect(claims.account.userName == "system:serviceaccount:ns:sa")
        #expect(claims.account.groups == ["system:serviceaccounts", "system:serviceaccounts:ns"])
        #expect(claims.extra["authentication.kubernetes.io/pod-name"] == ["p"])
        #expect(claims.extra["authentication.kubernetes.io/node-uid"] == ["nu"])
        #expect(claims.extra["authentication.kubernetes.io/credential-id"] == ["JTI=" + claims.tokenID])
    }

    @Test func theClaimsHaveUpstreamsShape() throws {
        let part = try #require(token().split(separator: ".").dropFirst().first)
        let padded = part.replacing("-", with: "+").replacing("_", with: "/")
        let text = padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)
        let value = try Value(json: #require(Base64.decode(Array(text.utf8))))
        #expect(value["aud"] == ["api"])
        #expect(value["iss"] == "https://issuer")
        #expect(value["sub"] == "system:serviceaccount:ns:sa")
        #expect(value["exp"] == 1_767_226_200)
        #expect(value["iat"] == 1_767_225_600)
        #expect(value["nbf"] == 1_767_225_600)
        #expect(value["jti"]?.stringValue?.count == 36)
        #expect(
            value["kubernetes.io"] == [
                "namespace": "ns", "node": ["name": "n", "uid": "nu"], "pod": ["name": "p", "uid": "pu"],
                "serviceaccount": ["name": "sa", "uid": "u"], "warnafter": 1_767_225_660,
            ])
    }

    @Test func aRememberedTokenStillExpires() throws {
        let token = try token()
        let verifier = verifier()
        _ = try verifier.verify(token).get()
        time.advance(by: .seconds(600))
        #expect(throws: TokenRejection.self) { try verifier.verify(token).get() }
    }

    @Test func anotherKeyDoesNotSignForUs() throws {
        let result = try verifier(key: .generate(random)).verify(token())
        #expect(rejection(result)?.isForeign == false)
    }

    @Test func aChangedTokenIsRefused() throws {
        var parts = try token().split(separator: ".").map(String.init)
        let other = try issuer.issue(
            to: ServiceAccountName(namespace: "kube-system", name: "admin"), uid: "u", audiences: ["api"],
            lifetime: .seconds(600)
        ).token
        parts[1] = String(other.split(separator: ".")[1])
        #expect(rejection(verifier().verify(parts.joined(separator: ".")))?.isForeign == false)
    }

    @Test(arguments: ["", "a.b", "a.b.c", "!.!.!", "e30.e30.e30"])
    func whatIsNoTokenOfOursIsForeign(_ text: String) {
        #expect(rejection(verifier().verify(text))?.isForeign == true)
    }

    @Test func anotherIssuerIsForeign() throws {
        #expect(rejection(verifier(issuer: "https://other").verify(try token()))?.isForeign == true)
    }

    @Test func aTokenForOthersIsNotForUs() throws {
        let token = try token(audiences: ["vault"])
        #expect(rejection(verifier().verify(token))?.isForeign == false)
        _ = try verifier().verify(token, audiences: ["vault", "x"]).get()
    }

    @Test func theAlgorithmNoneIsNoSignature() throws {
        let parts = try token().split(separator: ".")
        // {"alg":"none"}
        #expect(throws: TokenRejection.self) { try verifier().verify("eyJhbGciOiJub25lIn0.\(parts[1]).").get() }
    }

    @Test func keysAreShownAsUpstreamShowsThem() throws {
        let text = String(decoding: try OpenIDDocuments.jwks([key.verificationKey]), as: UTF8.self)
        let start = #"{"keys":[{"use":"sig","kty":"EC","kid":""# + key.verificationKey.id + #"","crv":"P-256","alg""#
        #expect(text.hasPrefix(start))
        let discovery = OpenIDDocuments.discovery(
            issuer: "https://i", serverURL: "https://s:6443", keys: [key.verificationKey])
        #expect(
            String(decoding: discovery, as: UTF8.self)
                == #"{"id_token_signing_alg_values_supported":["ES256"],"issuer":"https://i","#
                + #""jwks_uri":"https://s:6443/openid/v1/jwks","response_types_supported":["id_token"],"#
                + #""subject_types_supported":["public"]}"#)
    }

    @Test("the hour of old clients becomes a year", arguments: [
        (3607, true, true, 31_536_000, 3607 as Int64?), (3607, false, true, 3607, nil), (3607, true, false, 3607, nil),
        (600, true, true, 600, nil),
    ] as [(Int64, Bool, Bool, Int64, Int64?)])
    func lifetimes(_ asked: Int64, _ isPodBound: Bool, _ isForUs: Bool, _ lifetime: Int64, _ warn: Int64?) {
        let plan = TokenLifetimePlan.decide(requestedSeconds: asked, isPodBound: isPodBound, isForAPIServer: isForUs)
        #expect(plan.lifetime == .seconds(lifetime))
        #expect(plan.warnAfter == warn.map { .seconds($0) })
        #expect(plan.promised == .seconds(asked))
    }

    @Test func bootstrapTokensHaveTheirForm() {
        let token = BootstrapToken.generate(random)
        #expect(BootstrapToken(token.text) == token)
    }

    @Test(arguments: ["abcdef.0123456789abcde", "ABCDEF.0123456789abcdef", "abcdef0123456789abcdef", "a.b.0123456789"])
    func otherTextsAreNoBootstrapTokens(_ text: String) { #expect(BootstrapToken(text) == nil) }

    private func rejection(_ result: Result<ServiceAccountTokenClaims, TokenRejection>) -> TokenRejection? {
        if case .failure(let rejection) = result { rejection } else { nil }
    }
}
