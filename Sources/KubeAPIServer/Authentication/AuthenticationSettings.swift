package import ClusterPKI
internal import Determinism
internal import Logging

/// Who is let in beside the cluster's own certificates and service accounts.
package struct AuthenticationSettings: Sendable {
    package struct Webhook: Sendable {
        package var kubeconfig: Kubeconfig
        package var version: String
        package var lifetime: Duration

        package init(kubeconfig: Kubeconfig, version: String, lifetime: Duration) {
            self.kubeconfig = kubeconfig
            self.version = version
            self.lifetime = lifetime
        }
    }

    package var staticTokens: StaticTokens?
    /// Whether secrets of kube-system may be tokens.
    package var takesBootstrapTokens = false
    package var issuers: [TokenIssuer] = []
    package var webhook: Webhook?
    package var anonymous = AnonymousAccess()

    package init() {}
}

extension ServerParts {
    /// Everybody who knows a kind of tokens, in upstream's order.
    func tokenMembers(_ settings: AuthenticationSettings, _ issuers: [IssuedTokens]) -> [any TokenAuthenticator] {
        let bindings = TokenBindings(objects: objects)
        var members: [any TokenAuthenticator] = []
        if let tokens = settings.staticTokens { members.append(tokens) }
        members.append(ServiceAccountTokens(verifier: tokens, bindings: bindings))
        if settings.takesBootstrapTokens { members.append(BootstrapTokens(objects: objects, time: time)) }
        members += issuers
        if let webhook = settings.webhook {
            members.append(
                WebhookTokens(
                    webhook.kubeconfig, version: webhook.version, lifetime: webhook.lifetime, audiences: audiences,
                    time: time, random: random, logger: logger))
        }
        return members
    }
}
