internal import APIMachinery
internal import APIRegistry
internal import Logging

/// What the server itself derives from objects, kept in step with the caches.
extension ServerParts {
    func follow() throws(StatusError) {
        try followRoles()
        try followNodes()
        try followServices()
        try followAPIServices()
        try followWebhooks("mutatingwebhookconfigurations", mutatingWebhooks)
        try followWebhooks("validatingwebhookconfigurations", validatingWebhooks)
        try followPolicies("mutatingadmissionpolic", mutatingPolicies)
        try followPolicies("validatingadmissionpolic", validatingPolicies)
        try followFlows()
    }

    private func followFlows() throws(StatusError) {
        let (flowControl, flowStatus) = (flowControl, flowStatus)
        let group = "flowcontrol.apiserver.k8s.io"
        try follow("flowschemas", group: group) { isGone, object in
            flowControl.follow(schema: object, isGone: isGone)
            flowStatus.changed()
        }
        try follow("prioritylevelconfigurations", group: group) { isGone, object in
            flowControl.follow(level: object, isGone: isGone)
            flowStatus.changed()
        }
    }

    private func followWebhooks(_ resource: String, _ index: WebhookIndex) throws(StatusError) {
        try follow(resource, group: "admissionregistration.k8s.io") { isGone, object in
            if isGone { index.remove(object) } else { index.put(object) }
        }
    }

    /// - stem: what the names of policies and bindings begin with.
    private func followPolicies<Policy>(_ stem: String, _ policies: PolicyIndex<Policy>) throws(StatusError) {
        try follow("\(stem)ies", group: "admissionregistration.k8s.io") { isGone, object in
            policies.follow(policy: object, isGone: isGone)
        }
        try follow("\(stem)ybindings", group: "admissionregistration.k8s.io") { isGone, object in
            policies.follow(binding: object, isGone: isGone)
        }
    }

    private func followAPIServices() throws(StatusError) {
        let index = aggregation.index
        try follow("apiservices", group: "apiregistration.k8s.io") { isGone, object in
            let service = RegisteredService(object)
            if isGone { index.remove(service) } else { index.put(service) }
        }
    }

    private func followServices() throws(StatusError) {
        let (services, addresses) = (services, addresses)
        try follow("servicecidrs", group: ServiceAddress.group) { isGone, object in
            services.follow(block: object, isGone: isGone)
        }
        try follow("ipaddresses", group: ServiceAddress.group) { isGone, object in
            addresses.follow(address: object, isGone: isGone)
        }
        try follow("services") { isGone, object in addresses.follow(service: object, isGone: isGone) }
    }

    private func followRoles() throws(StatusError) {
        let rbac = rbac
        for resource in ["roles", "clusterroles"] {
            try follow(resource, group: "rbac.authorization.k8s.io") { isGone, object in
                let role = RBACRole(object)
                rbac.apply([isGone ? .removeRole(role.key) : .putRole(role)])
            }
        }
        for resource in ["rolebindings", "clusterrolebindings"] {
            try follow(resource, group: "rbac.authorization.k8s.io") { isGone, object in
                guard let binding = RBACBinding(object) else { return }
                rbac.apply([isGone ? .removeBinding(binding.key) : .putBinding(binding)])
            }
        }
    }

    private func followNodes() throws(StatusError) {
        try followPods()
        let nodes = nodes
        try follow("persistentvolumes") { isGone, object in
            let name = object[path: "metadata", "name"]?.stringValue ?? ""
            nodes.apply([isGone ? .removeVolume(name: name) : .putVolume(object)])
        }
        try follow("volumeattachments", group: "storage.k8s.io") { isGone, object in
            let name = object[path: "metadata", "name"]?.stringValue ?? ""
            nodes.apply([isGone ? .removeAttachment(name: name) : .putAttachment(object)])
        }
        try follow("resourceslices", group: "resource.k8s.io") { isGone, object in
            let name = object[path: "metadata", "name"]?.stringValue ?? ""
            nodes.apply([isGone ? .removeResourceSlice(name: name) : .putResourceSlice(object)])
        }
    }

    private func followPods() throws(StatusError) {
        let (nodes, logger) = (nodes, logger)
        let cache = try objects.store("pods").cache
        let follower = CacheFollower(cache) { kind, pod, previous in
            if kind == .deleted {
                return nodes.apply([.removePod(namespace: String(pod.namespace), name: String(pod.name))])
            }
            guard NodeGraphPod.isNews(pod, since: previous, in: cache) else { return }
            do throws(StatusError) { nodes.apply([.putPod(NodeGraphPod(try pod.value()))]) } catch {
                logger.error("a pod cannot be followed", metadata: ["key": "\(pod.key)", "error": "\(error)"])
            }
        }
        try follower.start()
    }

    private func follow(
        _ resource: String, group: String = "", handle: @escaping @Sendable (_ isGone: Bool, Value) -> Void
    ) throws(StatusError) {
        let logger = logger
        let follower = CacheFollower(try objects.store(resource, group: group).cache) { kind, object, _ in
            do throws(StatusError) { handle(kind == .deleted, try object.value()) } catch {
                logger.error("an object cannot be followed", metadata: ["key": "\(object.key)", "error": "\(error)"])
            }
        }
        try follower.start()
    }
}
