import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

@Suite("Impersonation", .timeLimit(.minutes(1)))
struct ImpersonationTests {
    private static let gate = "ConstrainedImpersonation"

    /// What somebody is answered who wants to be somebody else: the names of what there is, or the message.
    private static func ask(
        _ cluster: InProcessCluster, _ headers: [(String, String)], _ path: String = "/api/v1/namespaces/default/pods"
    ) async throws -> String {
        let token = try await cluster.client().transport.send(
            APIRequest(
                .post, "/api/v1/namespaces/default/serviceaccounts/agent/token",
                body: Array(#"{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{}}"#.utf8)))
        let bearer = try Value(json: token.body)[path: "status", "token"]?.stringValue ?? ""
        let request = ServerRequest(
            method: .get, path: path, query: QueryParameters(), headers: RequestHeaders(headers), body: [],
            credentials: Credentials(peer: PeerCertificates([], address: nil), bearerToken: bearer))
        let answer: ServerAnswer
        switch cluster.server.pipeline.begin(request) {
        case .answered(let given): answer = given
        case .waiting(let waiting): answer = await cluster.server.pipeline.answer(waiting)
        }
        guard case .response(let response) = answer else { return "" }
        let body = try Value(json: response.body.whole)
        return body["message"]?.stringValue ?? body["kind"]?.stringValue ?? ""
    }

    private static func with(
        _ rules: Value, gates: String = "", _ body: @Sendable @escaping (InProcessCluster) async throws -> Void
    ) async throws {
        let gates = try FeatureGates(parsing: gates)
        try await InProcessCluster.with(configure: { $0.gates = gates }) { cluster in
            let client = try cluster.client()
            func make(_ path: String, _ object: Value) async throws {
                _ = try await client.transport.send(APIRequest(.post, path, body: object.json))
            }
            let rbac = "/apis/rbac.authorization.k8s.io/v1"
            let metadata: Value = ["name": "agent"]
            try await make(
                "/api/v1/namespaces/default/serviceaccounts",
                ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata])
            try await make(
                "\(rbac)/clusterroles",
                [
                    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata,
                    "rules": rules,
                ])
            try await make(
                "\(rbac)/clusterrolebindings",
                [
                    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": metadata,
                    "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "agent"],
                    "subjects": [["kind": "ServiceAccount", "name": "agent", "namespace": "default"]],
                ])
            try await body(cluster)
        }
    }

    private static let own = "system:serviceaccount:default:agent"

    @Test("who may become somebody may do as that one what was named, and nothing else")
    func narrow() async throws {
        let rules: Value = [
            ["apiGroups": ["authentication.k8s.io"], "resources": ["users"], "verbs": ["impersonate:user-info"]],
            ["apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate-on:user-info:list"]],
        ]
        try await Self.with(rules) { cluster in
            let jane = [("impersonate-user", "jane")]
            // Let through, and then Jane's own rights count.
            let answer1 = try await Self.ask(cluster, jane)
            #expect(
                answer1
                    == "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the"
                    + " namespace \"default\"")
            let answer2 = try await Self.ask(cluster, jane, "/api/v1/namespaces/default/secrets")
            #expect(
                answer2
                    == "secrets is forbidden: User \"\(Self.own)\" cannot impersonate-on:user-info:list resource"
                    + " \"secrets\" in API group \"\" in the namespace \"default\"")
            let answer3 = try await Self.ask(cluster, [("impersonate-user", "system:node:a")])
            #expect(
                answer3
                    == "pods is forbidden: User \"\(Self.own)\" cannot impersonate-on:arbitrary-node:list resource"
                    + " \"pods\" in API group \"\" in the namespace \"default\"")
        }
        try await Self.with(rules, gates: "\(Self.gate)=false") { cluster in
            let answer4 = try await Self.ask(cluster, [("impersonate-user", "jane")])
            #expect(
                answer4
                    == "users \"jane\" is forbidden: User \"\(Self.own)\" cannot impersonate resource \"users\" in API"
                    + " group \"\" at the cluster scope")
        }
    }

    @Test("the old right is enough, for groups that the narrow ones never give too")
    func old() async throws {
        let rules: Value = [["apiGroups": [""], "resources": ["users", "groups"], "verbs": ["impersonate"]]]
        try await Self.with(rules) { cluster in
            let headers = [("impersonate-user", "jane"), ("impersonate-group", "system:masters")]
            let answer = try await Self.ask(cluster, headers)
            #expect(answer == "PodList")
        }
        let narrow: Value = [
            [
                "apiGroups": ["authentication.k8s.io"], "resources": ["users", "groups"],
                "verbs": ["impersonate:user-info"],
            ], ["apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate-on:user-info:list"]],
        ]
        try await Self.with(narrow) { cluster in
            let headers = [("impersonate-user", "jane"), ("impersonate-group", "system:masters")]
            let refused = try await Self.ask(cluster, headers)
            #expect(refused.hasSuffix(": impersonating the system:masters group is not allowed"))
        }
    }

    @Test("it has to be said as whom")
    func nobody() async throws {
        try await Self.with([]) { cluster in
            let answer5 = try await Self.ask(cluster, [("impersonate-group", "a")])
            #expect(
                answer5
                    == "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"a\"}, "
                    + "Extra:map[string][]string(nil)} without impersonating a user name")
        }
    }
}
