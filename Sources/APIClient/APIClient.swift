package import APIMachinery
package import APITypes

/// Typed access to an API server.
///
/// A value: cheap to copy, safe to share. Objects say by themselves where they live.
package struct APIClient: Sendable {
    package let transport: any APITransport
    /// The name under which writes are recorded in `managedFields`.
    package let fieldManager: String

    package init(transport: any APITransport, fieldManager: String) {
        self.transport = transport
        self.fieldManager = fieldManager
    }

    package func get<T: APIObject>(_ type: T.Type, _ name: String, namespace: String = "") async throws(StatusError) -> T {
        try await decode(APIRequest(.get, Self.path(type, namespace: namespace, name: name)))
    }

    /// The object, or `nil` when there is none of that name.
    package func getIfPresent<T: APIObject>(
        _ type: T.Type, _ name: String, namespace: String = ""
    ) async throws(StatusError) -> T? {
        do { return try await get(type, name, namespace: namespace) } catch where error.reason == .notFound { return nil }
    }

    /// Every object that the options select; an empty namespace means all of them.
    package func list<T: APIObject>(
        _ type: T.Type, namespace: String = "", options: ListOptions = ListOptions()
    ) async throws(StatusError) -> ObjectList<T> {
        let request = APIRequest(.get, Self.path(type, namespace: namespace), query: options.query)
        let response = try await transport.send(request)
        do throws(JSONError) { return try ObjectList<T>(json: response.body) } catch { throw .undecodable(error) }
    }

    /// Changes after `options.resourceVersion`, as whole JSON watch events.
    package func watch<T: APIObject>(
        _ type: T.Type, namespace: String = "", options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let query = options.query + [("watch", "true")]
        return try await transport.watch(APIRequest(.get, Self.path(type, namespace: namespace), query: query))
    }

    package func create<T: APIObject>(_ object: T) async throws(StatusError) -> T {
        let path = Self.path(T.self, namespace: object.metadata.namespace)
        return try await decode(APIRequest(.post, path, query: manager, body: object.json))
    }

    package func update<T: APIObject>(_ object: T) async throws(StatusError) -> T {
        try await decode(APIRequest(.put, Self.path(of: object), query: manager, body: object.json))
    }

    package func updateStatus<T: APIObject>(_ object: T) async throws(StatusError) -> T {
        try await decode(APIRequest(.put, Self.path(of: object) + "/status", query: manager, body: object.json))
    }

    /// Patches the object, or one of its subresources.
    package func patch<T: APIObject>(
        _ type: T.Type, _ name: String, namespace: String = "", subresource: String = "", _ patch: Patch
    ) async throws(StatusError) -> T {
        let path = Self.path(type, namespace: namespace, name: name, subresource: subresource)
        let query = patch.isForced ? manager + [("force", "true")] : manager
        return try await decode(
            APIRequest(.patch, path, query: query, body: patch.body.json, contentType: patch.contentType))
    }

    /// Deletes the object; what the server answers (the object, or a Status) is not needed by anybody.
    package func delete<T: APIObject>(
        _ type: T.Type, _ name: String, namespace: String = "", options: DeletionOptions = DeletionOptions()
    ) async throws(StatusError) {
        let path = Self.path(type, namespace: namespace, name: name)
        _ = try await transport.send(APIRequest(.delete, path, body: options.value.json))
    }

    /// Posts to a subresource that speaks a kind of its own: bindings, evictions, tokens.
    package func createSubresource<Body: APIStruct, Answer: APIStruct>(
        _ parent: (some APIObject).Type, _ name: String, namespace: String, _ subresource: String, _ body: Body,
        answer: Answer.Type
    ) async throws(StatusError) -> Answer {
        let path = Self.path(parent, namespace: namespace, name: name, subresource: subresource)
        return try await decode(APIRequest(.post, path, query: manager, body: body.json))
    }

    /// `/apis/apps/v1/namespaces/x/deployments/name/subresource`.
    package static func path<T: APIObject>(
        _ type: T.Type, namespace: String = "", name: String = "", subresource: String = ""
    ) -> String {
        let resource = T.resource
        var path = resource.group.isEmpty ? "/api/\(resource.version)" : "/apis/\(resource.group)/\(resource.version)"
        if T.isNamespaced, !namespace.isEmpty { path += "/namespaces/\(namespace)" }
        path += "/\(resource.resource)"
        if !name.isEmpty { path += "/\(PercentEncoding.encode(name))" }
        if !subresource.isEmpty { path += "/\(subresource)" }
        return path
    }

    private static func path<T: APIObject>(of object: T) -> String {
        path(T.self, namespace: object.metadata.namespace, name: object.metadata.name)
    }

    private var manager: [(name: String, value: String)] { [("fieldManager", fieldManager)] }

    private func decode<T: APIStruct>(_ request: APIRequest) async throws(StatusError) -> T {
        let response = try await transport.send(request)
        do throws(JSONError) { return try T(json: response.body) } catch { throw .undecodable(error) }
    }
}

extension StatusError {
    static func undecodable(_ error: JSONError) -> StatusError {
        .internalError("the server's answer cannot be read: \(error)")
    }
}
