import APIClient
import APIMachinery
import APITypes
import ClusterPKI
import Determinism
import Kubelet
import Synchronization
import Testing

@Suite("Who may ask the node")
struct NodeAccessTests {
    /// An API server that allows one subresource of nodes, and notes what it was asked.
    private final class Reviewer: APITransport {
        let allowed: String
        let asked = Mutex<[String]>([])

        init(allowing allowed: String) { self.allowed = allowed }

        func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
            guard let body = request.body, let value = try? Value(json: body) else { throw .badRequest("no body") }
            let subresource = value[path: "spec", "resourceAttributes", "subresource"]?.stringValue ?? ""
            asked.withLock { $0.append(subresource) }
            var answer = value
            answer[path: "status", "allowed"] = .bool(subresource == allowed)
            return APIResponse(code: 201, contentType: "application/json", body: answer.json)
        }

        func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
            throw .badRequest("not here")
        }
    }

    @Test("the narrow permission is asked for first", arguments: [
        ("/pods", "pods", true, ["pods"]), ("/pods", "proxy", true, ["pods", "proxy"]),
        ("/healthz", "healthz", true, ["healthz"]), ("/configz", "configz", true, ["configz"]),
        ("/stats/summary", "proxy", false, ["stats"]), ("/metrics/cadvisor", "metrics", true, ["metrics"]),
        ("/logs/", "log", true, ["log"]), ("/exec/n/p/c", "pods", false, ["proxy"]),
        ("/podsandmore", "pods", false, ["proxy"]),
    ])
    func permission(path: String, allowed: String, isLetIn: Bool, asked: [String]) async throws {
        let reviewer = Reviewer(allowing: allowed)
        let time = ManualTimekeeper()
        let authority = try CertificateAuthority.create(
            commonName: "test-ca", now: time.now, random: SeededRandomSource(seed: 1))
        let access = NodeAccess(
            verifier: try ClientCertificateVerifier(authorities: authority.pem.certificate, time: time),
            client: APIClient(transport: reviewer, fieldManager: "kubelet"), nodeName: "node-1", time: time)
        let caller = NodeCaller(userName: "somebody", groups: [])
        #expect(await access.allows(caller, NodeRequest(method: "GET", path: path)) == isLetIn)
        #expect(reviewer.asked.withLock { $0 } == asked)
        #expect(await access.allows(caller, NodeRequest(method: "GET", path: path)) == isLetIn)
        #expect(reviewer.asked.withLock { $0 } == asked, "answers are remembered")
    }
}
