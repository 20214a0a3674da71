internal import APIMachinery
internal import APIRules
internal import ClusterPKI

/// Who may do what with CertificateSigningRequests beyond writing them: upstream's plugins
/// CertificateApproval, CertificateSigning and CertificateSubjectRestriction, and the note of who asks.
struct CertificateAdmission: AdmissionPlugin {
    private static let group = "certificates.k8s.io"
    private static let clientSigner = "kubernetes.io/kube-apiserver-client"

    let authorizer: any Authorizer
    /// Which of the three are on; who asks is noted in any case.
    let choice: AdmissionChoice

    var name: String { "Certificates" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.resource.group == Self.group && request.resource.resource == "certificatesigningrequests"
            && (request.operation == .create || request.operation == .update)
    }

    /// The server, not the client, says who asks.
    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard request.operation == .create else { return }
        let user = request.user
        request.object?.modifyFields { object in
            object.inNewObject("spec") { spec in
                spec["username"] = user.name.isEmpty ? nil : .string(user.name)
                spec["uid"] = user.uid.isEmpty ? nil : .string(user.uid)
                spec["groups"] = user.groups.isEmpty ? nil : .strings(user.groups)
                spec["extra"] =
                    user.extra.isEmpty
                    ? nil
                    : .object(
                        Fields(unsorted: user.extra.map { Fields.Element(name: $0.key, value: .strings($0.value)) }))
            }
        }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        switch (request.operation, request.subresource) {
        case (.create, "") where choice.isOn("CertificateSubjectRestriction"): try checkSubject(request)
        case (.update, "approval") where choice.isOn("CertificateApproval"):
            try await check("approve", word: "approve", request)
        case (.update, "status") where choice.isOn("CertificateSigning"):
            let before = request.oldObject?[path: "status", "certificate"]
            if request.object?[path: "status", "certificate"] != before {
                try await check("sign", word: "sign", request)
            }
        case _: return
        }
    }

    private func check(_ verb: String, word: String, _ request: AdmissionRequest) async throws(StatusError) {
        let signer = request.oldObject?[path: "spec", "signerName"]?.stringValue ?? ""
        let domain = signer.prefix { $0 != "/" }
        for name in [signer, "\(domain)/*"] {
            let attributes = AuthorizationAttributes(
                user: request.user, verb: verb, apiGroup: Self.group, resource: "signers", name: name)
            if await authorizer.decide(attributes).isAllowed { return }
        }
        throw request.forbidden("user not permitted to \(word) requests with signerName \(GoText.quote(signer))")
    }

    private func checkSubject(_ request: AdmissionRequest) throws(StatusError) {
        guard request.object?[path: "spec", "signerName"]?.stringValue == Self.clientSigner,
            let text = request.object?[path: "spec", "request"]?.stringValue,
            let pem = Base64.decode(Array(text.utf8)),
            // `try?`: a request that cannot be read is validation's to refuse.
            let parsed = try? CertificateRequest(pem: String(decoding: pem, as: UTF8.self))
        else { return }
        if parsed.organizations.contains(UserGroup.masters) {
            throw request.forbidden(
                "use of \(Self.clientSigner) signer with \(UserGroup.masters) group is not allowed")
        }
    }
}
