import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

@Suite("PodSecurity", .timeLimit(.minutes(1)))
struct PodSecurityAdmissionTests {
    private static func file(_ more: String) -> [UInt8] {
        let head = "apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration"
        let text = """
            apiVersion: apiserver.config.k8s.io/v1
            kind: AdmissionConfiguration
            plugins:
            - {name: Other, configuration: {a: b}}
            - {name: PodSecurity, configuration: {\(head), \(more)}}
            """
        return Array(text.utf8)
    }

    private static func read(_ more: String) throws(ConfigurationError) -> PodSecurityConfiguration {
        try AdmissionConfiguration(file(more)) { name throws(ConfigurationError) in
            throw ConfigurationError("nobody asks for \(name)")
        }.podSecurity
    }

    static let faults: [(text: String, message: String)] = [
        (
            "defaults: {enforce: strict}",
            "defaults.enforce: Invalid value: \"strict\": must be one of privileged, baseline, restricted"
        ),
        (
            "defaults: {warn-version: v2.0}",
            "defaults.warn-version: Invalid value: \"v2.0\": must be \"latest\" or \"v1.x\""
        ),
        ("exemptions: {namespaces: [a, a]}", "exemptions.namespaces[1]: Duplicate value: \"a\""),
        (
            "exemptions: {usernames: [\"\"]}",
            "exemptions.usernames[0]: Invalid value: \"\": username must not be empty"
        ),
        ("surprise: 1", "strict decoding error: unknown field \"surprise\""),
    ]

    @Test("a faulty configuration is refused in upstream's words", arguments: faults)
    func refuses(_ text: String, _ message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
        #expect(error?.message == message)
    }

    private static func create(
        _ client: APIClient, _ path: String, _ kind: String, _ name: String, _ spec: Value?
    ) async throws -> String {
        var object: Value = [
            "apiVersion": kind == "Deployment" ? "apps/v1" : "v1", "kind": .string(kind),
            "metadata": ["name": .string(name)],
        ]
        if let spec { object["spec"] = spec }
        do {
            _ = try await client.transport.send(APIRequest(.post, path, body: object.json))
            return ""
        } catch {
            return error.message
        }
    }

    @Test("what a file asks of pods holds where no label says otherwise, but not of who is exempt")
    func defaults() async throws {
        let asked = try Self.read(
            "defaults: {enforce: baseline}, exemptions: {namespaces: [free], usernames: [root], runtimeClasses: [vm]}")
        try await InProcessCluster.with(configure: { $0.admission.podSecurity = asked }) { cluster in
            let client = try cluster.client()
            _ = try await Self.create(client, "/api/v1/namespaces", "Namespace", "free", nil)
            for namespace in ["default", "free"] {
                let path = "/api/v1/namespaces/\(namespace)/serviceaccounts"
                _ = try await Self.create(client, path, "ServiceAccount", "default", nil)
            }
            let container: Value = ["name": "c", "image": "i", "securityContext": ["privileged": true]]
            let spec: Value = ["containers": [container]]
            let pods = "/api/v1/namespaces/default/pods"
            #expect(
                try await Self.create(client, pods, "Pod", "a", spec)
                    == "pods \"a\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"c\" "
                    + "must not set securityContext.privileged=true)")
            #expect(try await Self.create(client, "/api/v1/namespaces/free/pods", "Pod", "a", spec) == "")
            let root = try cluster.client(user: "root", groups: ["system:masters"])
            #expect(try await Self.create(root, pods, "Pod", "a", spec) == "")
            let template: Value = ["metadata": ["labels": ["a": "b"]], "spec": spec]
            let deployment: Value = ["selector": ["matchLabels": ["a": "b"]], "template": template]
            let path = "/apis/apps/v1/namespaces/default/deployments"
            #expect(try await Self.create(client, path, "Deployment", "a", deployment) == "", "only pods are refused")
        }
    }
}
