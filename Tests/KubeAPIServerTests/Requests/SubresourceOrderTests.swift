import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

@Suite("What is looked at first", .timeLimit(.minutes(1)))
struct SubresourceOrderTests {
    private static let core = "/api/v1/namespaces/default"
    private static let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

    private static func object(_ version: String, _ kind: String, uid: String? = nil) -> Value {
        var metadata: Value = ["name": "x"]
        if let uid { metadata["uid"] = .string(uid) }
        return ["apiVersion": .string(version), "kind": .string(kind), "metadata": metadata]
    }

    private static func refusal(of request: APIRequest, by client: APIClient) async -> String {
        do throws(StatusError) {
            return "\(try await client.transport.send(request).code)"
        } catch { return "\(error.code) \(error.message)" }
    }

    @Test("UIDs of what is not there, options of logs and kinds of evictions are judged as upstream judges them")
    func order() async throws {
        try await InProcessCluster.with { cluster in
            let admin = try cluster.client()
            func refusal(
                _ method: APIRequest.Method, _ path: String, _ body: Value? = nil,
                query: [(name: String, value: String)] = [], type: String = "application/json"
            ) async -> String {
                var request = APIRequest(method, path, query: query, body: body?.json ?? [])
                request.contentType = type
                return await Self.refusal(of: request, by: admin)
            }
            let map = Self.object("v1", "ConfigMap", uid: "u")
            #expect(await refusal(.put, "\(Self.core)/configmaps/x", map) == "404 configmaps \"x\" not found")
            #expect(
                await refusal(
                    .patch, "\(Self.core)/configmaps/x", map, query: [("fieldManager", "me")],
                    type: "application/apply-patch+yaml")
                    == "409 Operation cannot be fulfilled on configmaps \"x\": uid mismatch: the provided object "
                    + "specified uid u, and no existing object was found")
            let lease = Self.object("coordination.k8s.io/v1", "Lease", uid: "u")
            #expect(
                await refusal(.put, "\(Self.leases)/x", lease)
                    == "409 Operation cannot be fulfilled on leases.coordination.k8s.io \"x\": Precondition failed: "
                    + "UID in precondition: u, UID in object meta: ")
            #expect(
                await refusal(.get, "\(Self.core)/pods/x/log", query: [("tailLines", "-1")])
                    == "422 PodLogOptions \"x\" is invalid: tailLines: Invalid value: -1: must be greater than or "
                    + "equal to 0")
            #expect(await refusal(.get, "\(Self.core)/pods/x/log") == "404 pods \"x\" not found")
            for version in ["v1", "v1beta1"] {
                let eviction = Self.object("policy/\(version)", "Eviction")
                #expect(await refusal(.post, "\(Self.core)/pods/x/eviction", eviction) == "404 pods \"x\" not found")
                #expect(
                    await refusal(.post, "\(Self.core)/pods/y/eviction", eviction)
                        == "400 name in URL does not match name in Eviction object")
            }
            let other = Self.object("policy/v2", "Eviction")
            #expect(await refusal(.post, "\(Self.core)/pods/x/eviction", other).hasPrefix("400 "))
            let scale = "/apis/apps/v1/namespaces/default/deployments/x/scale"
            #expect(await refusal(.get, scale) == "404 deployments.apps \"x\" not found")
        }
    }
}
