package import ClusterPKI
internal import Determinism
internal import Logging

/// Who is asked, in which order, what somebody may do.
package struct AuthorizationSettings: Sendable {
    package enum Member: Sendable {
        case node
        case rbac
        case alwaysAllow
        case alwaysDeny
        case abac(ABACPolicy)
        case webhook(WebhookSettings)
    }

    /// What a webhook is asked, and what its silence means.
    package struct WebhookSettings: Sendable {
        package var name: String
        package var kubeconfig: Kubeconfig
        /// Of SubjectAccessReview: `v1` or `v1beta1`.
        package var version: String
        package var timeout = Duration.seconds(30)
        package var authorizedLifetime: Duration
        package var unauthorizedLifetime: Duration
        /// Whether a failure denies; else somebody else may decide.
        package var deniesOnFailure = false
        package var conditions = ReviewConditions.none

        package init(
            name: String, kubeconfig: Kubeconfig, version: String, authorizedLifetime: Duration,
            unauthorizedLifetime: Duration
        ) {
            self.name = name
            self.kubeconfig = kubeconfig
            self.version = version
            self.authorizedLifetime = authorizedLifetime
            self.unauthorizedLifetime = unauthorizedLifetime
        }
    }

    package var members: [Member] = [.node, .rbac]

    package init() {}

    /// Whether somebody may not be able to say all that a user may do.
    var hasUnlistedRules: Bool {
        members.contains { member in
            switch member {
            case .node, .rbac: false
            case .alwaysAllow, .alwaysDeny, .abac, .webhook: true
            }
        }
    }
}

extension AuthorizationSettings {
    /// Members of `system:masters` may do everything, whoever else is asked.
    func authorizer(
        node: NodeAuthorizer, rbac: RBACAuthorizer, time: any Timekeeper, random: any RandomSource, logger: Logger
    ) -> UnionAuthorizer {
        let others = members.map { member -> any Authorizer in
            switch member {
            case .node: node
            case .rbac: rbac
            case .alwaysAllow: FixedAuthorizer(.allow(reason: ""))
            case .alwaysDeny: FixedAuthorizer(.noOpinion(reason: "Everything is forbidden."))
            case .abac(let policy): policy
            case .webhook(let settings):
                WebhookAuthorizer(settings, time: time, random: random, logger: logger)
            }
        }
        return UnionAuthorizer([PrivilegedGroupAuthorizer()] + others)
    }
}

/// Says the same to everybody.
struct FixedAuthorizer: Authorizer {
    private let decision: Decision

    init(_ decision: Decision) { self.decision = decision }

    func authorize(_ attributes: AuthorizationAttributes) -> Decision { decision }
}
