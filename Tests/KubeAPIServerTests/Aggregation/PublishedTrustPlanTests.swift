import APIMachinery
import KubeAPIServer
import Testing

@Suite("PublishedTrustPlan")
struct PublishedTrustPlanTests {
    static func pem(_ body: String) -> String { "-----BEGIN CERTIFICATE-----\n\(body)\n-----END CERTIFICATE-----\n" }

    let options = RequestHeaderOptions(authority: pem("front"))

    @Test("the first server publishes what it believes, and has nothing to do after that")
    func first() throws {
        let made = try #require(
            PublishedTrustPlan.decide(nil, clientAuthority: Self.pem("client"), requestHeader: options))
        #expect(made[path: "data", "client-ca-file"] == .string(Self.pem("client")))
        #expect(made["data"]?["requestheader-allowed-names"] == "[\"front-proxy-client\"]")
        #expect(made["data"]?["requestheader-extra-headers-prefix"] == "[\"X-Remote-Extra-\"]")
        #expect(
            PublishedTrustPlan.decide(made, clientAuthority: Self.pem("client"), requestHeader: options) == nil)
    }

    @Test("another server adds its authority and takes none away")
    func second() {
        let made = PublishedTrustPlan.decide(nil, clientAuthority: Self.pem("client"), requestHeader: options)
        let both = PublishedTrustPlan.decide(made, clientAuthority: Self.pem("other"), requestHeader: options)
        #expect(both?["data"]?["client-ca-file"] == .string(Self.pem("client") + Self.pem("other")))
    }
}
