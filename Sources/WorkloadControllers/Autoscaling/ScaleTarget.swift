internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// What an autoscaler scales, through the `scale` that all kinds of workloads share.
struct ScaleTarget: Sendable {
    let scale: Scale
    private let path: String

    /// `nil` when the target does not say which pods are its own.
    var selector: Selector? {
        guard !scale.status.selector.isEmpty else { return nil }
        // One that cannot be read is as good as none.
        return try? Selector(parsing: scale.status.selector)
    }

    static func read(
        for autoscaler: HorizontalPodAutoscaler, _ client: APIClient
    ) async throws(StatusError) -> ScaleTarget {
        let reference = autoscaler.spec.scaleTargetRef
        let version = GroupVersion(reference.apiVersion)
        let kind = GroupVersionKind(group: version.group, version: version.version, kind: reference.kind)
        guard let resource = try await ServerResources.fetch(client).resource(of: kind) else {
            throw StatusError(
                code: 404, reason: .notFound,
                message: "no matches for kind \"\(reference.kind)\" in group \"\(version.group)\"")
        }
        let path = resource.path(namespace: autoscaler.metadata.namespace, name: reference.name) + "/scale"
        let response = try await client.transport.send(APIRequest(.get, path))
        do throws(JSONError) { return ScaleTarget(scale: try Scale(json: response.body), path: path) } catch {
            throw .internalError("the scale of \(reference.kind) \(reference.name) cannot be read: \(error)")
        }
    }

    func write(_ replicas: Int, _ client: APIClient) async throws(StatusError) {
        var wanted = scale
        wanted.spec.replicas = Int32(replicas)
        _ = try await client.transport.send(
            APIRequest(.put, path, query: [("fieldManager", client.fieldManager)], body: wanted.json))
    }
}
