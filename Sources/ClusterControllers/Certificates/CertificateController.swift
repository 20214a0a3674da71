internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ClusterPKI
internal import ControllerRuntime
internal import Determinism

/// Approves what kubelets may have anyway, signs what is approved, and tidies away what is over.
///
/// **Guarantees.** Only names that the signer's rules allow are ever signed, whoever approved.
struct CertificateController: Reconciler {
    let context: ControllerContext
    let authority: CertificateAuthority
    let requests: Informer<CertificateSigningRequest>

    static func make(_ context: ControllerContext, authority: CertificateAuthority) -> Controller {
        let queue = context.queue()
        let requests = context.informers.informer(CertificateSigningRequest.self)
        requests.addHandler { event in
            if case .deleted = event { return }
            queue.add(ObjectKey(event.object))
        }
        let reconciler = CertificateController(context: context, authority: authority, requests: requests)
        return Controller(name: "certificates", reconciler: reconciler, queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard let csr = requests.get(key), !csr.metadata.isBeingDeleted else { return .done }
        // What cannot be read is refused by the plan, when its turn comes.
        let request = try? CertificateRequest(pem: String(decoding: csr.spec.request, as: UTF8.self))
        switch CertificatePlan.decide(csr, request, now: context.time.now) {
        case .nothing:
            return .done
        case .wait(let pause):
            return .requeue(after: pause)
        case .delete:
            try await delete(csr)
        case .approveIfAllowed(let approvals):
            for approval in approvals where try await isAllowed(csr, approval.subresource) {
                try await approve(csr, approval.message)
                break
            }
        case .fail(let why):
            try await report(csr) { $0.fail(why, now: context.time.now) }
        case .sign(let lifetime):
            guard let request else { return .done }
            let certificate = try request.signed(
                by: authority, usages: SignerRules.usages(csr.spec.signerName), lifetime: lifetime,
                now: context.time.now, random: context.random)
            try await report(csr) { $0.status.certificate = Array(certificate.utf8) }
        }
        return .done
    }

    private func isAllowed(_ csr: CertificateSigningRequest, _ subresource: String) async throws(StatusError) -> Bool {
        var review = SubjectAccessReview()
        review.spec.user = csr.spec.username
        review.spec.uid = csr.spec.uid
        review.spec.groups = csr.spec.groups
        review.spec.extra = csr.spec.extra
        var attributes = ResourceAttributes()
        attributes.group = "certificates.k8s.io"
        attributes.resource = "certificatesigningrequests"
        attributes.verb = "create"
        attributes.subresource = subresource
        attributes.version = "*"
        review.spec.resourceAttributes = attributes
        return try await context.client.create(review).status.allowed
    }

    private func approve(_ csr: CertificateSigningRequest, _ message: String) async throws(StatusError) {
        var approved = csr
        var condition = CertificateSigningRequestCondition()
        condition.type = "Approved"
        condition.status = "True"
        condition.reason = "AutoApproved"
        condition.message = message
        condition.lastUpdateTime = context.time.now
        condition.lastTransitionTime = context.time.now
        approved.status.conditions.append(condition)
        let path = APIClient.path(CertificateSigningRequest.self, name: csr.metadata.name, subresource: "approval")
        _ = try await context.client.transport.send(APIRequest(.put, path, body: approved.json))
    }

    private func report(
        _ csr: CertificateSigningRequest, _ change: (inout CertificateSigningRequest) -> Void
    ) async throws(StatusError) {
        var changed = csr
        change(&changed)
        try await requests.writeStatus(of: changed, by: context.client)
    }

    private func delete(_ csr: CertificateSigningRequest) async throws(StatusError) {
        do throws(StatusError) {
            try await context.client.delete(
                CertificateSigningRequest.self, csr.metadata.name, options: DeletionOptions(uid: csr.metadata.uid))
        } catch where error.reason == .notFound {}
    }
}

extension CertificateSigningRequest {
    fileprivate mutating func fail(_ why: String, now: Timestamp) {
        var condition = CertificateSigningRequestCondition()
        condition.type = "Failed"
        condition.status = "True"
        condition.reason = "SignerValidationFailure"
        condition.message = why
        condition.lastUpdateTime = now
        condition.lastTransitionTime = now
        status.conditions.append(condition)
    }
}
