internal import APIMachinery

/// Which webhooks a request concerns, and as what they see it. Pure.
enum WebhookMatch {
    /// What is never reviewed by webhooks, lest a faulty one could not be taken away.
    private static let exempt: Set<String> = [
        "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "validatingadmissionpolicies",
        "validatingadmissionpolicybindings", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
    ]

    static func isExempt(_ resource: GroupVersionResource) -> Bool {
        resource.group == "admissionregistration.k8s.io" && exempt.contains(resource.resource)
    }

    /// The resource as which the webhook sees the request; `nil` when its rules do not cover it.
    /// - equivalents: the other versions of the request's resource.
    static func resource(
        _ webhook: AdmissionWebhook, _ request: AdmissionRequest, equivalents: [GroupVersionResource]
    ) -> GroupVersionResource? {
        let candidates = webhook.isExact ? [request.resource] : [request.resource] + equivalents
        return candidates.first { candidate in
            webhook.rules.contains {
                $0.covers(
                    candidate, subresource: request.subresource, operation: request.operation,
                    isNamespaced: !request.namespace.isEmpty && !request.concernsNamespaces)
            }
        }
    }

    /// - namespace: labels of the namespace of the request; `nil` for what lies in none.
    static func selects(_ webhook: AdmissionWebhook, _ request: AdmissionRequest, namespace: [String: String]?) -> Bool {
        if let namespace, !webhook.namespaceSelector.matches(lookup: { namespace[$0] }) { return false }
        if webhook.objectSelector.requirements.isEmpty, !webhook.objectSelector.isNothing { return true }
        return [request.object, request.oldObject].contains { object in
            guard let object else { return false }
            let labels = object[path: "metadata", "labels"]
            return webhook.objectSelector.matches(lookup: { labels?[$0]?.stringValue })
        }
    }
}

extension AdmissionRequest {
    /// Whether the request is about namespaces themselves.
    var concernsNamespaces: Bool { resource.group.isEmpty && resource.resource == "namespaces" }
}
