import APIClient
import APIMachinery
import KubeAPIServer
import Synchronization
import TestKit
import Testing

/// Version 1 has `spec.place`, version 2 the same in two fields: `spec.host` and `spec.port`.
private final class PlaceConverter: WebhookTransport {
    private let state = Mutex((reviews: [Value](), failure: ""))

    var reviews: [Value] { state.withLock { $0.reviews } }

    func fail(_ message: String) { state.withLock { $0.failure = message } }

    func post(
        _ review: Value, to target: WebhookTarget, timeout: Int64
    ) async throws(WebhookCallError) -> Value {
        let failure = state.withLock { state in
            state.reviews.append(review)
            return state.failure
        }
        guard failure.isEmpty else { throw WebhookCallError(failure) }
        let version = review[path: "request", "desiredAPIVersion"] ?? .null
        let objects = (review[path: "request", "objects"]?.arrayValue ?? []).map { Self.convert($0, version) }
        return [
            "apiVersion": review["apiVersion"] ?? .null, "kind": "ConversionReview",
            "response": [
                "uid": review[path: "request", "uid"] ?? .null, "result": ["status": "Success"],
                "convertedObjects": .array(objects),
            ],
        ]
    }

    private static func convert(_ object: Value, _ version: Value) -> Value {
        var (object, spec) = (object, object["spec"] ?? [:])
        object["apiVersion"] = version
        if let place = spec["place"]?.stringValue {
            let parts = place.split(separator: ":").map { Value.string(String($0)) }
            (spec["host"], spec["port"], spec["place"]) = (parts[0], parts[1], nil)
        } else if let host = spec["host"]?.stringValue, let port = spec["port"]?.stringValue {
            (spec["host"], spec["port"], spec["place"]) = (nil, nil, .string("\(host):\(port)"))
        }
        object["spec"] = spec
        return object
    }
}

@Suite("Custom resources whose versions a webhook converts", .timeLimit(.minutes(1)))
struct WebhookConversionTests {
    private static func version(_ name: String, _ fields: [String], isStored: Bool) -> Value {
        var properties: Value = ["replicas": ["type": "integer"]]
        // Only one version has a field that fills itself in.
        if isStored { properties["note"] = ["type": "string", "default": "none"] }
        for field in fields { properties[field] = ["type": "string"] }
        let schema: Value = [
            "type": "object",
            "properties": [
                "spec": ["type": "object", "properties": properties],
                "status": ["type": "object", "properties": ["replicas": ["type": "integer"]]],
            ],
        ]
        return [
            "name": .string(name), "served": true, "storage": .bool(isStored), "schema": ["openAPIV3Schema": schema],
            "selectableFields": [["jsonPath": .string(".spec.\(fields[0])")]],
            "subresources": [
                "status": [:],
                "scale": ["specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"],
            ],
        ]
    }

    private static let definition: Value = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "sites.example.com"],
        "spec": [
            "group": "example.com", "scope": "Namespaced", "names": ["plural": "sites", "kind": "Site"],
            "conversion": [
                "strategy": "Webhook",
                "webhook": [
                    "conversionReviewVersions": ["v2", "v1"], "clientConfig": ["url": "https://hooks.test/convert"],
                ],
            ],
            "versions": [
                version("v1", ["place"], isStored: true), version("v2", ["host", "port"], isStored: false),
            ],
        ],
    ]

    /// A cluster that serves sites, what to ask it with, and the webhook.
    private static func with(
        _ body: @Sendable @escaping (Sites, PlaceConverter) async throws -> Void
    ) async throws {
        let converter = PlaceConverter()
        try await InProcessCluster.with(webhooks: converter) { cluster in
            let sites = Sites(transport: try cluster.client().transport)
            _ = try await sites.send(.post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
            while (try? await sites.get("v1")) == nil { await Task.yield() }
            try await body(sites, converter)
        }
    }

    private struct Sites: Sendable {
        let transport: any APITransport

        @discardableResult
        func send(
            _ method: APIRequest.Method, _ path: String, _ body: Value? = nil, _ type: String = "application/json",
            query: [(name: String, value: String)] = []
        ) async throws -> Value {
            let request = APIRequest(method, path, query: query, body: body?.json, contentType: type)
            return try Value(json: try await transport.send(request).body)
        }

        func path(_ version: String, _ name: String = "") -> String {
            "/apis/example.com/\(version)/namespaces/default/sites" + (name.isEmpty ? "" : "/\(name)")
        }

        func get(_ version: String, _ name: String = "") async throws -> Value {
            try await send(.get, path(version, name))
        }

        @discardableResult
        func create(_ version: String, _ name: String, _ spec: Value) async throws -> Value {
            try await send(
                .post, path(version),
                [
                    "apiVersion": .string("example.com/\(version)"), "kind": "Site", "metadata": ["name": .string(name)],
                    "spec": spec,
                ])
        }
    }

    @Test("every verb shows the version that was asked for, and stores the one that is to be stored")
    func verbs() async throws {
        try await Self.with { sites, _ in
            try await sites.create("v1", "one", ["place": "a:1"])
            let made = try await sites.create("v2", "two", ["host": "b", "port": "2", "replicas": 3])
            #expect(made["spec"] == ["host": "b", "port": "2", "replicas": 3])
            #expect(made["apiVersion"] == "example.com/v2")
            let first = try await sites.get("v2", "one")
            #expect(first["spec"] == ["host": "a", "port": "1"])
            #expect(try await sites.get("v1", "two")["spec"] == ["note": "none", "place": "b:2", "replicas": 3])
            let list = try await sites.get("v2")["items"]?.arrayValue ?? []
            #expect(list.map { $0[path: "spec", "host"] } == ["a", "b"])
            let path = sites.path("v2", "two")
            try await sites.send(.patch, path, ["spec": ["port": "3"]], "application/merge-patch+json")
            try await sites.send(
                .patch, path, [["op": "replace", "path": "/spec/host", "value": "c"]], "application/json-patch+json")
            #expect(try await sites.get("v1", "two")["spec"] == ["note": "none", "place": "c:3", "replicas": 3])
            let status = try await sites.send(
                .patch, path + "/status", ["spec": ["host": "x"], "status": ["replicas": 1]],
                "application/merge-patch+json")
            #expect(status["spec"]?["host"] == "c" && status["status"] == ["replicas": 1])
            let scale = try await sites.send(
                .patch, path + "/scale", ["spec": ["replicas": 5]], "application/merge-patch+json")
            #expect(scale["spec"] == ["replicas": 5] && scale["status"] == ["replicas": 1])
            let applied = try await sites.send(
                .patch, sites.path("v2", "three"),
                ["apiVersion": "example.com/v2", "kind": "Site", "spec": ["host": "d", "port": "4"]],
                "application/apply-patch+yaml", query: [("fieldManager", "tester")])
            #expect(applied["spec"] == ["host": "d", "port": "4"])
            var whole = try await sites.get("v2", "three")
            whole[path: "spec", "port"] = "5"
            #expect(try await sites.send(.put, sites.path("v2", "three"), whole)["spec"] == ["host": "d", "port": "5"])
            #expect(try await sites.get("v1", "three")["spec"] == ["note": "none", "place": "d:5"])
            try await sites.send(.delete, path)
            let left = try await sites.get("v1")["items"]?.arrayValue ?? []
            #expect(left.map { $0[path: "metadata", "name"] } == ["one", "three"])
        }
    }

    @Test("a watch shows its version, and what has been converted once is not asked for again")
    func watch() async throws {
        try await Self.with { sites, converter in
            try await sites.create("v1", "one", ["place": "a:1"])
            let stream = try await sites.transport.watch(
                APIRequest(.get, sites.path("v2"), query: [("watch", "true"), ("resourceVersion", "0")]))
            var events = stream.makeAsyncIterator()
            func next() async throws -> Value { try Value(json: try #require(try await events.next())) }
            let first = try await next()
            #expect(first["type"] == "ADDED" && first[path: "object", "spec"] == ["host": "a", "port": "1"])
            let asked = converter.reviews.count
            #expect(try await sites.get("v2", "one")["spec"] == ["host": "a", "port": "1"])
            #expect(converter.reviews.count == asked)
            try await sites.send(
                .patch, sites.path("v1", "one"), ["spec": ["place": "b:2"]], "application/merge-patch+json")
            let second = try await next()
            #expect(second["type"] == "MODIFIED" && second[path: "object", "spec"] == ["host": "b", "port": "2"])
            try await sites.send(.delete, sites.path("v1", "one"))
            let third = try await next()
            #expect(third["type"] == "DELETED" && third[path: "object", "spec"] == ["host": "b", "port": "2"])
        }
    }

    @Test("selectors speak of the version that was asked for")
    func selectors() async throws {
        try await Self.with { sites, _ in
            try await sites.create("v1", "one", ["place": "a:1"])
            try await sites.create("v1", "two", ["place": "b:1"])
            let query = [(name: "fieldSelector", value: "spec.host=b")]
            let found = try await sites.send(.get, sites.path("v2"), query: query)["items"]?.arrayValue ?? []
            #expect(found.map { $0[path: "metadata", "name"] } == ["two"])
            let stream = try await sites.transport.watch(
                APIRequest(.get, sites.path("v2"), query: query + [("watch", "true"), ("resourceVersion", "0")]))
            var events = stream.makeAsyncIterator()
            func next() async throws -> [Value?] {
                let event = try Value(json: try #require(try await events.next()))
                return [event["type"], event[path: "object", "metadata", "name"]]
            }
            #expect(try await next() == ["ADDED", "two"])
            for (name, place) in [("one", "c:1"), ("two", "c:1"), ("one", "b:2")] {
                try await sites.send(
                    .patch, sites.path("v1", name), ["spec": ["place": .string(place)]], "application/merge-patch+json")
            }
            #expect(try await next() == ["DELETED", "two"])
            #expect(try await next() == ["ADDED", "one"])
            try await sites.send(.delete, sites.path("v2"), query: query)
            let left = try await sites.get("v1")["items"]?.arrayValue ?? []
            #expect(left.map { $0[path: "metadata", "name"] } == ["two"])
        }
    }

    @Test("a webhook that fails is named, and who needs no conversion does not need it")
    func failure() async throws {
        try await Self.with { sites, converter in
            try await sites.create("v1", "one", ["place": "a:1"])
            converter.fail("out of order")
            let message = "conversion webhook for example.com/v1, Kind=Site failed: out of order"
            for path in [sites.path("v2"), sites.path("v2", "one")] {
                let error = await #expect(throws: StatusError.self) { try await sites.send(.get, path) }
                #expect(error?.code == 500 && error?.message == message)
            }
            let stream = try await sites.transport.watch(APIRequest(.get, sites.path("v2"), query: [("watch", "true")]))
            var events = stream.makeAsyncIterator()
            let event = try Value(json: try #require(try await events.next()))
            #expect(event["type"] == "ERROR" && event[path: "object", "message"] == .string(message))
            let refused = await #expect(throws: StatusError.self) {
                try await sites.create("v2", "two", ["host": "b", "port": "2"])
            }
            #expect(refused?.message == "conversion webhook for example.com/v2, Kind=Site failed: out of order")
            #expect(try await sites.get("v1", "one")["spec"] == ["note": "none", "place": "a:1"])
            try await sites.send(.delete, sites.path("v1", "one"))
            converter.fail("")
            #expect(try await sites.get("v2")["items"] == [])
        }
    }

    @Test("who owns a field is found out in the version in which it was written")
    func ownership() async throws {
        try await Self.with { sites, _ in
            @Sendable func apply(_ version: String, _ manager: String, _ spec: Value) async throws -> Value {
                try await sites.send(
                    .patch, sites.path(version, "one"),
                    ["apiVersion": .string("example.com/\(version)"), "kind": "Site", "spec": spec],
                    "application/apply-patch+yaml", query: [("fieldManager", manager)])
            }
            _ = try await apply("v1", "first", ["place": "a:1", "replicas": 3])
            let error = await #expect(throws: StatusError.self) {
                try await apply("v2", "second", ["host": "b", "port": "1"])
            }
            #expect(error?.message == "Apply failed with 1 conflict: conflict with \"first\": .spec.place")
            // What the same manager leaves out in another version is gone.
            let after = try await apply("v2", "first", ["host": "c", "port": "1"])
            #expect(after["spec"] == ["host": "c", "port": "1"])
            #expect(try await sites.get("v1", "one")["spec"] == ["note": "none", "place": "c:1"])
        }
    }

    @Test("when another version is stored, objects stay readable and move with their next write")
    func storage() async throws {
        try await Self.with { sites, converter in
            try await sites.create("v1", "one", ["place": "a:1"])
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sites.example.com"
            let changed = try await sites.send(
                .patch, path,
                [
                    ["op": "replace", "path": "/spec/versions/0/storage", "value": false],
                    ["op": "replace", "path": "/spec/versions/1/storage", "value": true],
                ], "application/json-patch+json")
            #expect(changed[path: "status", "storedVersions"] == ["v1", "v2"])
            let before = try await sites.get("v1", "one")
            #expect(before["spec"] == ["note": "none", "place": "a:1"])
            var after = before
            // The definition is served a moment after it was written.
            while after[path: "metadata", "resourceVersion"] == before[path: "metadata", "resourceVersion"] {
                after = try await sites.send(.put, sites.path("v1", "one"), before)
            }
            converter.fail("not needed")
            #expect(try await sites.get("v2", "one")["spec"] == ["host": "a", "port": "1"])
        }
    }
}
