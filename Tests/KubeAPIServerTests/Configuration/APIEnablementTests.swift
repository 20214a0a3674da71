import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

@Suite("What --runtime-config turns on and off", .timeLimit(.minutes(1)))
struct APIEnablementTests {
    @Test("what is named most exactly counts", arguments: [
        ("", "apps/v1/deployments", true),
        ("", "networking.k8s.io/v1beta1/ipaddresses", false),
        ("api/all=true", "scheduling.k8s.io/v1alpha2/workloads", true),
        ("api/beta=true", "networking.k8s.io/v1beta1/ipaddresses", true),
        ("api/beta=true", "scheduling.k8s.io/v1alpha2/workloads", false),
        ("api/alpha=true", "scheduling.k8s.io/v1alpha2/workloads", true),
        ("api/ga=false,api/beta=true", "apps/v1/deployments", false),
        ("api/all=false,/v1=true", "/v1/pods", true),
        ("api/all=false,/v1=true", "apps/v1/deployments", false),
        ("api/beta=true,networking.k8s.io/v1beta1=false", "networking.k8s.io/v1beta1/ipaddresses", false),
        ("networking.k8s.io/v1beta1/ipaddresses", "networking.k8s.io/v1beta1/ipaddresses", true),
        ("networking.k8s.io/v1beta1/ipaddresses", "networking.k8s.io/v1beta1/servicecidrs", false),
        ("apps/v1=false, apps/v1/deployments = true", "apps/v1/deployments", true),
        ("apps/v1/deployments=0", "apps/v1/deployments", false),
    ])
    func serves(_ text: String, _ name: String, _ isServed: Bool) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let info = try #require(
            SchemaCatalog.builtin.resource(
                GroupVersionResource(group: parts[0], version: parts[1], resource: parts[2])))
        #expect(try APIEnablement(parsing: text).serves(info) == isServed)
    }

    @Test("what cannot be meant is refused in upstream's words", arguments: [
        ("api/all=false", "invalid key with only api/all=false"),
        ("api/beta=yes", "invalid value api/beta=yes"),
        ("api/beta", "invalid value api/beta="),
        ("v1=true", "runtime-config invalid key v1"),
        ("a/b/c/d=true", "runtime-config invalid key a/b/c/d"),
        ("shop/v1=true", "unknown api groups shop"),
        ("apps/v7=true", "group version apps/v7 that has not been registered"),
        (
            "apps/v1=maybe",
            "invalid value of apps/v1: maybe, err: strconv.ParseBool: parsing \"maybe\": invalid syntax"
        ),
        (
            "apps/v1/Deployments=true",
            "invalid key apps/v1/Deployments: group/version/resource and resource is always lowercase plural, not "
                + "\"Deployments\""
        ),
    ])
    func refuses(_ text: String, _ message: String) {
        do {
            _ = try APIEnablement(parsing: text)
            #expect(Bool(false), "\(text) is taken")
        } catch { #expect("\(error.message)" == message) }
    }

    @Test("discovery, OpenAPI and paths go by it, and the server does not need what it withholds")
    func served() async throws {
        let enablement = try APIEnablement(
            parsing: "resource.k8s.io/v1beta1=true,policy/v1=false,discovery.k8s.io/v1/endpointslices=false")
        try await InProcessCluster.with(configure: { $0.enablement = enablement }) { cluster in
            let admin = try cluster.client()
            func ask(_ path: String, _ body: Value? = nil) async throws -> Value {
                do {
                    let method: APIRequest.Method = body == nil ? .get : .post
                    let request = APIRequest(method, path, body: body?.json ?? [])
                    return try Value(json: try await admin.transport.send(request).body)
                } catch let error as StatusError { return .integer(Int64(error.code)) }
            }
            let groups = try await ask("/apis")["groups"]?.arrayValue ?? []
            let names = groups.compactMap { $0["name"]?.stringValue }
            #expect(names.contains("resource.k8s.io"))
            #expect(!names.contains("policy") && !names.contains("discovery.k8s.io"))
            let paths = try await ask("/openapi/v3")["paths"]
            #expect(paths?["apis/resource.k8s.io/v1beta1"] != nil && paths?["apis/policy/v1"] == nil)
            for gone in ["/apis/policy/v1/poddisruptionbudgets", "/apis/discovery.k8s.io/v1/endpointslices"] {
                #expect(try await ask(gone) == 404)
            }
            let claims = "namespaces/default/resourceclaims"
            let made = try await ask("/apis/resource.k8s.io/v1beta1/\(claims)", [
                "apiVersion": "resource.k8s.io/v1beta1", "kind": "ResourceClaim", "metadata": ["name": "c"],
                "spec": ["devices": ["requests": [["name": "r", "deviceClassName": "gpu"]]]],
            ])
            let request: Value = ["deviceClassName": "gpu", "allocationMode": "ExactCount", "count": 1]
            let beta = made[path: "spec", "devices", "requests"]?.arrayValue?.first
            for field in ["deviceClassName", "allocationMode", "count"] { #expect(beta?[field] == request[field]) }
            let stored = try await ask("/apis/resource.k8s.io/v1/\(claims)/c")
            #expect(stored[path: "spec", "devices", "requests"]?.arrayValue?.first?["exactly"] == request)
        }
    }
}
