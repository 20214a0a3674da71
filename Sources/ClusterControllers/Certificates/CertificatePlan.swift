package import APITypes
package import ClusterPKI
package import Determinism

/// What to do about one certificate signing request.
package enum CertificatePlan: Sendable, Equatable {
    case nothing
    case wait(Duration)
    case delete
    /// Ask whether the requester may have it, by any of these permissions; approve with the message if so.
    case approveIfAllowed([Approval])
    /// Sign, to be good for this long.
    case sign(Duration)
    case fail(String)

    /// A permission to create `certificatesigningrequests/SUBRESOURCE`, and what to tell when it is held.
    package struct Approval: Sendable, Equatable {
        package let subresource: String
        package let message: String
    }

    /// Issued, denied and failed requests are kept for an hour, forgotten ones for a day; as upstream.
    private static let settledLifetime = Duration.seconds(3600)
    private static let pendingLifetime = Duration.seconds(24 * 3600)
    /// The longest that anything is signed for, and the shortest that may be asked for.
    private static let lifetimeMax = Duration.seconds(365 * 24 * 3600)
    private static let lifetimeMin = Duration.seconds(600)

    /// - request: the PEM in the object, read; `nil` when it cannot be.
    package static func decide(
        _ csr: CertificateSigningRequest, _ request: CertificateRequest?, now: Timestamp
    ) -> CertificatePlan {
        let isApproved = has("Approved", csr)
        let isSettled = has("Denied", csr) || has("Failed", csr) || !csr.status.certificate.isEmpty
        if !isSettled, SignerRules.isKnown(csr.spec.signerName) {
            if isApproved { return signing(csr, request) }
            let approvals = approvals(csr, request)
            if !approvals.isEmpty { return .approveIfAllowed(approvals) }
        }
        return cleaning(csr, isSettled: isSettled, now: now)
    }

    private static func signing(_ csr: CertificateSigningRequest, _ request: CertificateRequest?) -> CertificatePlan {
        guard let request else { return .fail("unable to parse csr") }
        if let refusal = SignerRules.refusal(csr.spec.signerName, request, usages: csr.spec.usages) {
            return .fail(refusal)
        }
        let asked = csr.spec.expirationSeconds.map { Duration.seconds(Int64($0)) } ?? lifetimeMax
        return .sign(min(max(asked, lifetimeMin), lifetimeMax))
    }

    private static func approvals(_ csr: CertificateSigningRequest, _ request: CertificateRequest?) -> [Approval] {
        guard csr.spec.signerName == SignerRules.kubeletClient, let request,
            SignerRules.kubeletClientRefusal(request, csr.spec.usages) == nil
        else { return [] }
        let node = Approval(
            subresource: "nodeclient",
            message: "Auto approving kubelet client certificate after SubjectAccessReview.")
        let own = Approval(
            subresource: "selfnodeclient",
            message: "Auto approving self kubelet client certificate after SubjectAccessReview.")
        return csr.spec.username == request.commonName ? [own, node] : [node]
    }

    private static func cleaning(
        _ csr: CertificateSigningRequest, isSettled: Bool, now: Timestamp
    ) -> CertificatePlan {
        let since = csr.status.conditions.compactMap(\.lastUpdateTime).max() ?? csr.metadata.creationTimestamp
        guard let since else { return .nothing }
        let end = since + (isSettled ? settledLifetime : pendingLifetime)
        return end <= now ? .delete : .wait(end - now)
    }

    private static func has(_ type: String, _ csr: CertificateSigningRequest) -> Bool {
        csr.status.conditions.contains { $0.type == type }
    }
}
