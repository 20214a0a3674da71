import APIClient
import APIMachinery
import KubeAPIServer
import TestKit
import Testing

/// What the server counts of known requests, read as Prometheus would.
@Suite("Server metrics", .timeLimit(.minutes(1)))
struct ServerMetricsTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    private static func page(_ client: APIClient) async throws -> [String: MetricsReader.Family] {
        let answer = try await client.transport.send(APIRequest(.get, "/metrics"))
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        return try MetricsReader.read(String(decoding: answer.body, as: UTF8.self))
    }

    private static func object(_ name: String) -> [UInt8] {
        let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)]]
        return object.json
    }

    @Test("requests are counted by what they asked for, how it went and how long it took")
    func requests() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let send = client.transport.send
            _ = try await send(APIRequest(.post, Self.maps, body: Self.object("a")))
            for _ in 0..<3 { _ = try await send(APIRequest(.get, Self.maps + "/a")) }
            _ = try? await send(APIRequest(.get, Self.maps + "/missing"))
            _ = try await send(APIRequest(.get, Self.maps, query: [("limit", "5")]))
            _ = try await send(APIRequest(.get, "/api/v1/configmaps"))
            _ = try await send(APIRequest(.post, Self.maps, query: [("dryRun", "All")], body: Self.object("b")))
            _ = try await send(APIRequest(.get, "/livez"))
            let stranger = try cluster.client(user: "stranger", groups: [])
            _ = try? await stranger.transport.send(APIRequest(.get, Self.maps + "/a"))

            let page = try await Self.page(client)
            let total = try #require(page["apiserver_request_total"])
            let gets = ["verb": "GET", "resource": "configmaps", "scope": "resource", "component": "apiserver"]
            #expect(total.sum(gets.merging(["code": "200"]) { $1 }) == 3)
            #expect(total.sum(gets.merging(["code": "404"]) { $1 }) == 1)
            #expect(total.sum(["verb": "LIST", "resource": "configmaps", "scope": "namespace"]) == 1)
            #expect(total.sum(["verb": "LIST", "resource": "configmaps", "scope": "cluster"]) == 1)
            #expect(total.sum(["verb": "POST", "resource": "configmaps", "dry_run": "", "code": "201"]) == 1)
            #expect(total.sum(["verb": "POST", "resource": "configmaps", "dry_run": "All", "code": "201"]) == 1)
            #expect(total.sum(["verb": "GET", "subresource": "/livez", "code": "200", "component": ""]) == 1)
            // Who is not let in is counted where that is decided.
            #expect(total.sum(["code": "403"]) == 0)
            let denied = try #require(page["authorization_attempts_total"])
            #expect(denied.sum(["result": "no-opinion"]) == 1)
            #expect(page["authentication_attempts"]?.sum(["result": "success"]) ?? 0 >= 10)
            let durations = try #require(page["apiserver_request_duration_seconds"])
            #expect(durations.sum(gets, suffix: "_count") == 4)
            let own = try #require(page["apiserver_request_sli_duration_seconds"])
            #expect(own.sum(["verb": "POST", "resource": "configmaps"], suffix: "_count") == 1)
            let sizes = try #require(page["apiserver_response_sizes"])
            #expect(sizes.sum(gets, suffix: "_count") == 4)
            #expect(sizes.sum(gets, suffix: "_sum") > 100)
        }
    }

    @Test("watches are counted while they last, and what they bring")
    func watches() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let labels = ["verb": "WATCH", "resource": "configmaps"]
            let watch = try await client.transport.watch(
                APIRequest(.get, Self.maps, query: [("watch", "true"), ("resourceVersion", "0")]))
            _ = try await client.transport.send(APIRequest(.post, Self.maps, body: Self.object("a")))
            var events = watch.makeAsyncIterator()
            _ = try await events.next()
            let during = try await Self.page(client)
            #expect(during["apiserver_longrunning_requests"]?.sum(labels) == 1)
            #expect(during["apiserver_request_total"]?.sum(labels) == 0)
            #expect(during["apiserver_watch_events_total"]?.sum(["resource": "configmaps"]) ?? 0 >= 1)
            cluster.server.drain()
            while try await events.next() != nil {}
            // It is counted when the server has seen its end, which may be after the client has.
            var after = try await Self.page(client)
            for _ in 0..<200 where after["apiserver_longrunning_requests"]?.sum(labels) != 0 {
                try await Task.sleep(for: .milliseconds(100))
                after = try await Self.page(client)
            }
            #expect(after["apiserver_longrunning_requests"]?.sum(labels) == 0)
            #expect(after["apiserver_request_total"]?.sum(labels.merging(["code": "200"]) { $1 }) == 1)
        }
    }

    @Test("the store, the caches and admission tell of themselves")
    func others() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            for name in ["a", "b"] {
                _ = try await client.transport.send(APIRequest(.post, Self.maps, body: Self.object(name)))
            }
            let page = try await Self.page(client)
            #expect(page["apiserver_resource_objects"]?.sum(["group": "", "resource": "configmaps"]) == 2)
            #expect(page["apiserver_storage_objects"]?.sum(["resource": "configmaps"]) == 2)
            #expect(page["apiserver_storage_objects"]?.help.hasPrefix("[STABLE] (Deprecated since 1.34.0) ") == true)
            let store = ["operation": "create", "group": "", "resource": "configmaps"]
            #expect(page["etcd_requests_total"]?.sum(store) == 2)
            #expect(page["etcd_request_duration_seconds"]?.sum(store, suffix: "_count") == 2)
            let admission = ["type": "admit", "operation": "CREATE", "rejected": "false"]
            #expect(page["apiserver_admission_step_admission_duration_seconds"]?.sum(admission, suffix: "_count") == 2)
            let plugin = try #require(page["apiserver_admission_controller_admission_duration_seconds"])
            #expect(plugin.sum(["name": "NamespaceLifecycle", "type": "admit"], suffix: "_count") == 2)
            #expect(plugin.sum(["name": "NamespaceLifecycle", "type": "validate"], suffix: "_count") == 0)
            #expect(page["apiserver_requested_deprecated_apis"] == nil)
            _ = try await client.transport.send(APIRequest(.get, "/api/v1/endpoints"))
            let later = try #require(try await Self.page(client)["apiserver_requested_deprecated_apis"])
            #expect(later.sum(["group": "", "version": "v1", "resource": "endpoints", "removed_release": ""]) == 1)
            let expirations = try #require(page["apiserver_client_certificate_expiration_seconds"])
            #expect(expirations.sum([:], suffix: "_count") >= 2)
            #expect(page["kubernetes_build_info"]?.sum(["major": "1", "minor": "36"]) == 1)
        }
    }
}
