package import APIMachinery
internal import APIRegistry
internal import Determinism

/// The plugins in their order, and how a write passes them.
package struct AdmissionChain: Sendable {
    private let plugins: [any AdmissionPlugin]

    package init(_ plugins: [any AdmissionPlugin]) { self.plugins = plugins }

    package var names: [String] { plugins.map(\.name) }

    /// Lets every plugin change the request's object.
    package func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        for plugin in plugins where plugin.handles(request) { try await plugin.admit(&request) }
    }

    package func validate(_ request: AdmissionRequest) async throws(StatusError) {
        for plugin in plugins where plugin.handles(request) { try await plugin.validate(request) }
    }

    /// The two passes of a write, for the generic store.
    func passes(
        _ call: ResourceCall, operation: AdmissionRequest.Operation?, kind: GroupVersionKind? = nil
    ) -> (mutate: WriteContext.Mutate, review: WriteContext.Review) {
        let base = AdmissionRequest(
            operation: .create, kind: kind ?? call.resource.info.groupVersionKind,
            resource: call.resource.info.groupVersionResource, subresource: call.info.subresource,
            namespace: call.info.namespace, name: call.info.name, object: nil, oldObject: nil, user: call.user,
            isDryRun: call.isDryRun, warnings: call.warnings)
        let request = { @Sendable (object: Value?, old: Value?) in
            var request = base
            request.object = object
            request.oldObject = old
            request.operation = operation ?? (object == nil ? .delete : old == nil ? .create : .update)
            if request.name.isEmpty { request.name = (object ?? old)?[path: "metadata", "name"]?.stringValue ?? "" }
            if request.namespace.isEmpty {
                request.namespace = (object ?? old)?[path: "metadata", "namespace"]?.stringValue ?? ""
            }
            return request
        }
        return (
            { (object, old) async throws(StatusError) in
                var pending = request(object, old)
                try await admit(&pending)
                if let changed = pending.object { object = changed }
            },
            { (object, old) async throws(StatusError) in try await validate(request(object, old)) }
        )
    }
}
