internal import APIMachinery
internal import Synchronization

/// Lets kubelets at what their own pods need and at nothing else (upstream's `NodeAuthorizer`, same words).
///
/// What the request's body says is not known here; ``NodeRestriction`` looks at that.
package final class NodeAuthorizer: Authorizer {
    private let rules: [RBACRule]
    private let graph = Mutex(NodeGraph())

    package init(rules: [RBACRule] = BootstrapPolicy.nodeRules) { self.rules = rules }

    /// Takes over changes of pods, volumes and attachments.
    package func apply(_ changes: [NodeGraphChange]) {
        graph.withLock { graph in
            for change in changes { graph.apply(change) }
        }
    }

    package func authorize(_ attributes: AuthorizationAttributes) -> Decision {
        guard let node = NodeIdentity.nodeName(of: attributes.user) else { return .noOpinion(reason: "") }
        guard !node.isEmpty else {
            return .noOpinion(reason: "unknown node for user \(GoText.quote(attributes.user.name))")
        }
        if attributes.isResourceRequest, let decision = authorizeSpecial(node, attributes) { return decision }
        return rules.contains { $0.allows(attributes) } ? .allow(reason: "") : .noOpinion(reason: "")
    }

    /// The resources that are looked at more closely; `nil` for all others.
    private func authorizeSpecial(_ node: String, _ request: AuthorizationAttributes) -> Decision? {
        switch (request.apiGroup, request.resource) {
        case ("", "secrets"): read(node, .secret, request)
        case ("", "configmaps"): read(node, .configMap, request)
        case ("", "persistentvolumeclaims"):
            request.subresource == "status" ? updateStatus(node, request) : get(node, .persistentVolumeClaim, request)
        case ("", "persistentvolumes"): get(node, .persistentVolume, request)
        case ("", "serviceaccounts"): serviceAccount(node, request)
        case ("", "nodes"): ownNode(node, request)
        case ("", "pods"): pod(node, request)
        case ("resource.k8s.io", "resourceclaims"): get(node, .resourceClaim, request)
        case ("resource.k8s.io", "resourceslices"): resourceSlice(node, request)
        case ("storage.k8s.io", "volumeattachments"): get(node, .volumeAttachment, request)
        case ("storage.k8s.io", "csinodes"): csiNode(node, request)
        case ("coordination.k8s.io", "leases"): lease(node, request)
        default: nil
        }
    }

    private func related(_ node: String, _ kind: NodeGraphKey.Kind, _ request: AuthorizationAttributes) -> Decision {
        guard !request.name.isEmpty else { return .noOpinion(reason: "No Object name found") }
        let key = NodeGraphKey(kind, namespace: request.namespace, name: request.name)
        guard graph.withLock({ $0.isRelated(key, to: node) }) else {
            return .noOpinion(reason: "no relationship found between node '\(node)' and this object")
        }
        return .allow(reason: "")
    }

    private func get(_ node: String, _ kind: NodeGraphKey.Kind, _ request: AuthorizationAttributes) -> Decision {
        guard request.verb == "get" else {
            return .noOpinion(reason: "can only get individual resources of this type")
        }
        guard request.subresource.isEmpty else { return .noOpinion(reason: "cannot get subresource") }
        return related(node, kind, request)
    }

    private func read(_ node: String, _ kind: NodeGraphKey.Kind, _ request: AuthorizationAttributes) -> Decision {
        guard ["get", "list", "watch"].contains(request.verb) else {
            return .noOpinion(reason: "can only read resources of this type")
        }
        guard request.subresource.isEmpty else { return .noOpinion(reason: "cannot read subresource") }
        guard !request.namespace.isEmpty else {
            return .noOpinion(reason: "can only read namespaced object of this type")
        }
        return related(node, kind, request)
    }

    private func updateStatus(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        guard request.verb == "update" || request.verb == "patch" else {
            return .noOpinion(reason: "can only get/update/patch this type")
        }
        return related(node, .persistentVolumeClaim, request)
    }

    private func serviceAccount(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        if request.verb == "get" && request.subresource.isEmpty { return related(node, .serviceAccount, request) }
        guard request.verb == "create", !request.name.isEmpty else {
            return .noOpinion(reason: "can only create tokens for individual service accounts")
        }
        guard request.subresource == "token" else {
            return .noOpinion(reason: "can only create token subresource of serviceaccount")
        }
        return related(node, .serviceAccount, request)
    }

    private static let ownObjectVerbs: Set<String> = ["get", "create", "update", "patch", "delete"]

    private func lease(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        guard Self.ownObjectVerbs.contains(request.verb) else {
            return .noOpinion(reason: "can only get, create, update, patch, or delete a node lease")
        }
        guard request.namespace == NodeRestriction.leaseNamespace else {
            let namespace = GoText.quote(NodeRestriction.leaseNamespace)
            return .noOpinion(reason: "can only access leases in the \(namespace) system namespace")
        }
        guard request.verb == "create" || request.name == node else {
            return .noOpinion(reason: "can only access node lease with the same name as the requesting node")
        }
        return .allow(reason: "")
    }

    private func csiNode(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        guard Self.ownObjectVerbs.contains(request.verb) else {
            return .noOpinion(reason: "can only get, create, update, patch, or delete a CSINode")
        }
        guard request.subresource.isEmpty else { return .noOpinion(reason: "cannot authorize CSINode subresources") }
        guard request.verb == "create" || request.name == node else {
            return .noOpinion(reason: "can only access CSINode with the same name as the requesting node")
        }
        return .allow(reason: "")
    }

    private func resourceSlice(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        guard request.subresource.isEmpty else {
            return .noOpinion(reason: "cannot authorize ResourceSlice subresources")
        }
        switch request.verb {
        case "create": return .allow(reason: "")
        case "get", "update", "patch", "delete": return related(node, .resourceSlice, request)
        case "watch", "list", "deletecollection":
            guard request.fieldSelector.contains(.init(field: "spec.nodeName", value: node)) else {
                return .noOpinion(
                    reason: "can only list/watch/deletecollection resourceslices with nodeName field selector")
            }
            return .allow(reason: "")
        default:
            return .noOpinion(
                reason: "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, "
                    + "update, patch, delete, deletecollection")
        }
    }

    private func ownNode(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        switch (request.subresource, request.verb) {
        case ("", "create"), ("", "update"), ("", "patch"), ("status", "update"), ("status", "patch"):
            return .allow(reason: "")
        case ("", "get"), ("", "list"), ("", "watch"):
            if request.name == node { return .allow(reason: "") }
            return .noOpinion(
                reason: request.name.isEmpty
                    ? "node '\(node)' cannot read all nodes, only its own Node object"
                    : "node '\(node)' cannot read '\(request.name)', only its own Node object")
        default: return .noOpinion(reason: "")
        }
    }

    private func pod(_ node: String, _ request: AuthorizationAttributes) -> Decision {
        switch (request.subresource, request.verb) {
        case ("", "get"): return get(node, .pod, request)
        case ("", "list"), ("", "watch"):
            if request.fieldSelector.contains(.init(field: "spec.nodeName", value: node)) {
                return .allow(reason: "")
            }
            guard request.name.isEmpty else { return related(node, .pod, request) }
            return .noOpinion(reason: "can only list/watch pods with spec.nodeName field selector")
        case ("", "create"), ("", "delete"), ("status", "update"), ("status", "patch"), ("eviction", "create"):
            return .allow(reason: "")
        default: return .noOpinion(reason: "")
        }
    }
}
