import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

/// Pages about the server itself.
@Suite("Server pages", .timeLimit(.minutes(1)))
struct PagesTests {
    @Test(
        "a page is text, unless its form is asked for by name",
        arguments: [
            ("", DebugPages.Form.text), ("text/plain", .text), ("*/*", .text), ("application/json, */*", .text),
            ("application/json;as=Statusz;v=v1beta1;g=config.k8s.io", .structured(.json, version: "v1beta1")),
            ("application/yaml;as=Statusz;v=v1alpha1;g=config.k8s.io", .structured(.yaml, version: "v1alpha1")),
        ])
    func forms(_ accept: String, _ form: DebugPages.Form) {
        #expect(DebugPages.form(accept: accept, kind: "Statusz") == form)
    }

    @Test(
        "other forms there are none",
        arguments: [
            "application/json", "application/vnd.kubernetes.protobuf",
            "application/json;as=Flagz;v=v1beta1;g=config.k8s.io",
            "application/json;as=Statusz;v=v2;g=config.k8s.io",
        ])
    func noForms(_ accept: String) {
        #expect(DebugPages.form(accept: accept, kind: "Statusz") == nil)
    }

    private static func get(
        _ client: APIClient, _ path: String, _ query: [(String, String)] = []
    ) async throws -> String {
        let request = APIRequest(.get, path, query: query.map { (name: $0.0, value: $0.1) })
        return String(decoding: try await client.transport.send(request).body, as: UTF8.self)
    }

    @Test("the server says what it is and what it was told")
    func debug() async throws {
        try await InProcessCluster.with(configure: { $0.flags = ["secure-port": "6443", "b": "x"] }) { cluster in
            let client = try cluster.client()
            let form = "application/json;as=Flagz;v=v1beta1;g=config.k8s.io"
            let flags = try await client.transport.send(APIRequest(.get, "/flagz", accept: form))
            let value = try Value(json: flags.body)
            #expect(value["kind"] == "Flagz" && value["apiVersion"] == "config.k8s.io/v1beta1")
            #expect(value[path: "metadata", "name"] == "kube-apiserver")
            #expect(value[path: "flags", "secure-port"] == "6443")
            let status = try Value(
                json: try await client.transport.send(
                    APIRequest(.get, "/statusz", accept: form.replacing("Flagz", with: "Statusz"))
                ).body)
            #expect(status["binaryVersion"] == "1.36.0" && status["emulationVersion"] == "1.36")
            #expect(status["paths"]?.arrayValue?.contains("/livez") == true)
            let text = try await client.transport.send(APIRequest(.get, "/flagz", accept: "text/plain"))
            let lines = String(decoding: text.body, as: UTF8.self).split(separator: "\n")
            #expect(lines.first == "kube-apiserver flagz")
            #expect(lines.last?.hasPrefix("secure-port") == true && lines.last?.hasSuffix("6443") == true)
        }
    }

    @Test("health is a word, a list when asked for, and each check a page of its own")
    func health() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            #expect(try await Self.get(client, "/livez") == "ok")
            let verbose = try await Self.get(client, "/readyz", [("verbose", "")])
            #expect(verbose.hasPrefix("[+]ping ok\n[+]log ok\n[+]etcd ok\n"))
            #expect(verbose.contains("[+]informer-sync ok\n"))
            #expect(verbose.hasSuffix("[+]shutdown ok\nreadyz check passed\n"))
            let query = [("verbose", "true"), ("exclude", "etcd"), ("exclude", "no")]
            let livez = try await Self.get(client, "/livez", query)
            #expect(livez.contains("[+]etcd excluded: ok\n") && !livez.contains("shutdown"))
            #expect(livez.contains("warn: some health checks cannot be excluded: no matches for \"no\"\n"))
            for path in ["/livez/ping", "/readyz/etcd", "/healthz/poststarthook/rbac/bootstrap-roles"] {
                #expect(try await Self.get(client, path) == "ok")
            }
            await #expect(throws: StatusError.self) { try await Self.get(client, "/livez/shutdown") }
            let slis = try MetricsReader.read(try await Self.get(client, "/metrics/slis"))
            #expect(slis["kubernetes_healthcheck"]?.sum(["name": "ping", "type": "livez"]) == 1)

            cluster.server.leave()
            #expect(try await Self.get(client, "/livez") == "ok")
            do {
                _ = try await Self.get(client, "/readyz")
                Issue.record("a server that leaves is not ready")
            } catch let error as StatusError {
                #expect(error.code == 500 && error.message.hasPrefix("[+]ping ok\n"))
            }
            do {
                _ = try await Self.get(client, "/readyz/shutdown")
                Issue.record("a server that leaves is not ready")
            } catch let error as StatusError {
                #expect(error.message == "internal server error: process is shutting down\n")
            }
        }
    }

    @Test("the first page lists what there is")
    func index() async throws {
        try await InProcessCluster.with { cluster in
            let page = try await Self.get(try cluster.client(), "/")
            let paths = try Value(json: Array(page.utf8))["paths"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(paths == paths.sorted())
            for path in ["/api/v1", "/apis/apps", "/apis/apps/v1", "/livez/ping", "/metrics", "/readyz/shutdown"] {
                #expect(paths.contains(path), "\(path)")
            }
            #expect(page.hasPrefix("{\n  \"paths\": [\n    \"/"))
        }
    }

    @Test("every answer bears the name under which it is written down")
    func auditIDs() async throws {
        try await InProcessCluster.with { cluster in
            let pipeline = cluster.server.pipeline
            func headers(_ path: String, _ given: [(String, String)] = []) async -> [(name: String, value: String)] {
                let request = ServerRequest(
                    method: .get, path: path, query: QueryParameters(),
                    headers: RequestHeaders(given.map { (name: $0.0, value: $0.1) }), body: [],
                    credentials: Credentials(peer: PeerCertificates()))
                let answer: ServerAnswer
                switch pipeline.begin(request) {
                case .answered(let now): answer = now
                case .waiting(let waiting): answer = await pipeline.answer(waiting)
                }
                if case .response(let response) = answer { return response.headers }
                return []
            }
            // Refused, found missing, and let in.
            for path in ["/api/v1/pods", "/nowhere", "/livez"] {
                let own = await headers(path).filter { $0.name == "Audit-Id" }.map(\.value)
                #expect(own.count == 1 && own.first?.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
                let given = await headers(path, [("audit-id", "mine")]).filter { $0.name == "Audit-Id" }
                #expect(given.map(\.value) == ["mine"])
            }
        }
    }
}
