import APIClient
import APIMachinery
import ClusterPKI
import Determinism
import KubeAPIServer
import TestKit
import Testing

@Suite("Renewed certificates", .timeLimit(.minutes(1)))
struct RenewedCertificateTests {
    @Test("a part inside of the process is known by the certificate that it shows now")
    func inside() async throws {
        try await InProcessCluster.with { cluster in
            func chain(_ user: String) throws -> [[UInt8]] {
                let profile = CertificateProfile(commonName: user, organizations: [], usages: [.client])
                let pair = try cluster.credentials.authority.issue(
                    profile, now: cluster.time.now, random: cluster.random)
                return try CertificateReader.derChain(in: pair.certificate)
            }
            let transport = InProcessTransport(
                pipeline: cluster.server.pipeline, certificates: try chain("former"), userAgent: "test")
            let review: Value = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
            func name() async throws -> String? {
                let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
                let answer = try await transport.send(APIRequest(.post, path, body: review.json))
                return try Value(json: answer.body)["status"]?["userInfo"]?["username"]?.stringValue
            }
            #expect(try await name() == "former")
            transport.show(try chain("present"))
            #expect(try await name() == "present")
        }
    }
}
