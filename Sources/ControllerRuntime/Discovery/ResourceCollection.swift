package import APIClient
package import APIMachinery
package import APITypes

/// The objects of one resource, seen by their metadata alone, so that any kind is the same.
package struct ResourceCollection: Sendable {
    static let metadataAccept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    static let metadataListAccept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

    package let client: APIClient
    package let resource: ServerResource
    /// Empty for all namespaces, and for resources of the whole cluster.
    package var namespace: String

    package init(client: APIClient, resource: ServerResource, namespace: String = "") {
        self.client = client
        self.resource = resource
        self.namespace = namespace
    }

    private var path: String { resource.path(namespace: namespace) }

    package func list() async throws(StatusError) -> [PartialObjectMetadata] { try await listWithVersion().objects }

    package func listWithVersion() async throws(StatusError) -> (objects: [PartialObjectMetadata], version: String) {
        let response = try await client.transport.send(APIRequest(.get, path, accept: Self.metadataListAccept))
        do throws(JSONError) {
            let list = try MetadataList(json: response.body)
            return (list.items, list.metadata.resourceVersion)
        } catch { throw .internalError("the list of \(resource.groupResource) cannot be read: \(error)") }
    }

    package func watch(after version: String) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let query = [("watch", "true"), ("resourceVersion", version), ("allowWatchBookmarks", "true")]
        return try await client.transport.watch(APIRequest(.get, path, query: query, accept: Self.metadataAccept))
    }

    package func get(_ name: String) async throws(StatusError) -> PartialObjectMetadata {
        let response = try await client.transport.send(
            APIRequest(.get, resource.path(namespace: namespace, name: name), accept: Self.metadataAccept))
        do throws(JSONError) { return try PartialObjectMetadata(json: response.body) } catch {
            throw .internalError("\(resource.groupResource) \(name) cannot be read: \(error)")
        }
    }

    package func deleteAll() async throws(StatusError) {
        let body: Value = ["apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"]
        _ = try await client.transport.send(APIRequest(.delete, path, body: body.json))
    }

    /// Does not mind when the object is gone already.
    package func delete(
        _ name: String, uid: String? = nil, resourceVersion: String? = nil, propagation: String = "Background"
    ) async throws(StatusError) {
        var body: Value = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(propagation),
        ]
        if let uid { body[path: "preconditions", "uid"] = .string(uid) }
        if let resourceVersion { body[path: "preconditions", "resourceVersion"] = .string(resourceVersion) }
        do throws(StatusError) {
            let path = resource.path(namespace: namespace, name: name)
            _ = try await client.transport.send(APIRequest(.delete, path, body: body.json))
        } catch where error.reason == .notFound {}
    }

    /// A merge patch; does not mind when the object is gone.
    package func patch(_ name: String, _ body: Value) async throws(StatusError) {
        do throws(StatusError) {
            _ = try await client.transport.send(
                APIRequest(
                    .patch, resource.path(namespace: namespace, name: name),
                    query: [("fieldManager", client.fieldManager)], body: body.json,
                    contentType: "application/merge-patch+json", accept: Self.metadataAccept))
        } catch where error.reason == .notFound {}
    }
}

/// A list of anything, of which only the metadata is read.
private struct MetadataList: APIStruct {
    var metadata = ListMeta()
    var items: [PartialObjectMetadata] = []

    init() {}

    init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let name = try reader.nextKey() {
            switch name {
            case "metadata": metadata = try ListMeta(from: &reader)
            case "items":
                if try reader.consumeNull() { continue }
                try reader.beginArray()
                while try reader.nextElement() { items.append(try PartialObjectMetadata(from: &reader)) }
            case _: try reader.skipValue()
            }
        }
    }

    func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in items { item.encode(to: &writer) }
        writer.endArray()
        writer.endObject()
    }
}
