package import APIMachinery

/// What a client reads when it may not do something, in upstream's words
/// (`apiserver/pkg/endpoints/handlers/responsewriters/errors.go`).
package enum ForbiddenMessage {
    /// The whole 403: `pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "n"`.
    package static func status(for attributes: AuthorizationAttributes, reason: String = "") -> StatusError {
        let sentence = sanitized(self.sentence(for: attributes))
        return .forbidden(
            GroupResource(group: attributes.apiGroup, resource: attributes.resource), attributes.name,
            reason.isEmpty ? sentence : sentence + ": " + reason)
    }

    /// Who cannot do what where.
    package static func sentence(for attributes: AuthorizationAttributes) -> String {
        let user = GoText.quote(attributes.user.name)
        guard attributes.isResourceRequest else {
            return "User \(user) cannot \(attributes.verb) path \(GoText.quote(attributes.path))"
        }
        let what =
            "User \(user) cannot \(attributes.verb) resource \(GoText.quote(attributes.combinedResource)) "
            + "in API group \(GoText.quote(attributes.apiGroup))"
        return attributes.namespace.isEmpty
            ? what + " at the cluster scope" : what + " in the namespace \(GoText.quote(attributes.namespace))"
    }

    /// Names come from the request; a browser must not read them as HTML.
    private static func sanitized(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3c || $0 == 0x3e }) else { return text }
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }
}
