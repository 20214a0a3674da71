package import APIMachinery
internal import APIRegistry
package import Determinism

/// The plugins in their order, and how a write passes them.
package struct AdmissionChain: Sendable {
    private let plugins: [any AdmissionPlugin]
    /// Those of them that may run twice, and those that run once, at the end.
    private let repeatable: [Numbered]
    private let once: [Numbered]
    private let metrics: AdmissionMetrics
    private let time: any Timekeeper

    /// A plugin, and where it is counted.
    private typealias Numbered = (offset: Int, element: any AdmissionPlugin)

    package init(_ plugins: [any AdmissionPlugin], metrics: AdmissionMetrics, time: any Timekeeper) {
        self.plugins = plugins
        repeatable = plugins.enumerated().filter { $0.element.isReinvocable }
        once = plugins.enumerated().filter { !$0.element.isReinvocable }
        self.metrics = metrics
        self.time = time
    }

    package var names: [String] { plugins.map(\.name) }

    /// Lets every plugin change the request's object.
    package func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        let begun = time.uptime
        try await admit(&request, repeatable, since: begun)
        if request.reinvocation.isWanted {
            request.reinvocation.startSecondRound()
            try await admit(&request, repeatable, since: begun)
        }
        try await admit(&request, once, since: begun)
        metrics.step(.admit, request.operation, isRejected: false, time.uptime - begun)
    }

    private func admit(
        _ request: inout AdmissionRequest, _ plugins: [Numbered], since begun: Duration
    ) async throws(StatusError) {
        var last = time.uptime
        for (index, plugin) in plugins where plugin.handles(request) {
            do throws(StatusError) { try await plugin.admit(&request) } catch {
                reject(index, .admit, request.operation, begun, last)
                throw error
            }
            let now = time.uptime
            metrics.plugin(index, .admit, request.operation, isRejected: false, now - last)
            last = now
        }
    }

    private func reject(
        _ index: Int, _ phase: AdmissionMetrics.Phase, _ operation: AdmissionRequest.Operation, _ begun: Duration,
        _ last: Duration
    ) {
        let now = time.uptime
        metrics.plugin(index, phase, operation, isRejected: true, now - last)
        metrics.step(phase, operation, isRejected: true, now - begun)
    }

    package func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let begun = time.uptime
        var last = begun
        for (index, plugin) in plugins.enumerated() where plugin.handles(request) {
            do throws(StatusError) { try await plugin.validate(request) } catch {
                reject(index, .validate, request.operation, begun, last)
                throw error
            }
            let now = time.uptime
            metrics.plugin(index, .validate, request.operation, isRejected: false, now - last)
            last = now
        }
        metrics.step(.validate, request.operation, isRejected: false, last - begun)
    }

    /// The two passes of a write, for the generic store.
    func passes(
        _ call: ResourceCall, operation: AdmissionRequest.Operation?, kind: GroupVersionKind? = nil
    ) -> (mutate: WriteContext.Mutate, review: WriteContext.Review) {
        var base = AdmissionRequest(
            operation: .create, kind: kind ?? call.resource.info.groupVersionKind,
            resource: call.resource.info.groupVersionResource, subresource: call.info.subresource,
            namespace: call.info.namespace, name: call.info.name, object: nil, oldObject: nil, user: call.user,
            isDryRun: call.isDryRun, warnings: call.warnings)
        base.audit = call.audit
        let request = { @Sendable [base] (object: Value?, old: Value?) in
            var request = base
            request.object = object
            request.oldObject = old
            request.operation = operation ?? (object == nil ? .delete : old == nil ? .create : .update)
            request.options = call.options(for: request.operation)
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

    /// Whether a client may open a connection; `object` says how it wants it (`PodExecOptions` and its kin).
    func connect(_ call: ResourceCall, kind: String, options: Value) async throws(StatusError) {
        let kind = GroupVersionKind(group: "", version: "v1", kind: kind)
        var request = AdmissionRequest(
            operation: .connect, kind: kind, resource: call.resource.info.groupVersionResource,
            subresource: call.info.subresource, namespace: call.info.namespace, name: call.info.name,
            object: options.renamed(to: kind), oldObject: nil, user: call.user, isDryRun: false,
            warnings: call.warnings)
        request.audit = call.audit
        try await admit(&request)
        try await validate(request)
    }
}

extension ResourceCall {
    /// What webhooks are told of the request's parameters.
    fileprivate func options(for operation: AdmissionRequest.Operation) -> Value? {
        let kind: String
        switch operation {
        case .create: kind = "CreateOptions"
        case .update: kind = "UpdateOptions"
        case .delete: kind = "DeleteOptions"
        case .connect: return nil
        }
        var options: Value = ["kind": .string(kind), "apiVersion": "meta.k8s.io/v1"]
        if isDryRun { options["dryRun"] = ["All"] }
        for name in ["fieldManager", "fieldValidation", "propagationPolicy"] {
            if let text = request.query[name] { options[name] = .string(text) }
        }
        return options
    }
}
