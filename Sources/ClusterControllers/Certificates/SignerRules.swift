package import ClusterPKI

/// Which certificates a signer gives: upstream's rules for `kubernetes.io/...` signers.
package enum SignerRules {
    package static let kubeletClient = "kubernetes.io/kube-apiserver-client-kubelet"
    package static let kubeletServing = "kubernetes.io/kubelet-serving"
    package static let client = "kubernetes.io/kube-apiserver-client"

    private static let nodeGroup = "system:nodes"
    private static let nodePrefix = "system:node:"
    private static let keyUsages: Set<String> = ["digital signature", "key encipherment"]

    package static func isKnown(_ signer: String) -> Bool { [kubeletClient, kubeletServing, client].contains(signer) }

    /// Why the signer refuses, in upstream's words; `nil` when it signs.
    package static func refusal(_ signer: String, _ request: CertificateRequest, usages: [String]) -> String? {
        switch signer {
        case client: usageRefusal(usages, required: "client auth")
        case kubeletClient: kubeletClientRefusal(request, usages)
        case kubeletServing: kubeletServingRefusal(request, usages)
        case _: "unknown signer \(signer)"
        }
    }

    package static func usages(_ signer: String) -> Set<CertificateProfile.Usage> {
        signer == kubeletServing ? [.server] : [.client]
    }

    package static func kubeletClientRefusal(_ request: CertificateRequest, _ usages: [String]) -> String? {
        if request.organizations != [nodeGroup] { return "subject organization is not system:nodes" }
        if !request.dnsNames.isEmpty { return "DNS subjectAltNames are not allowed" }
        if !request.ipAddresses.isEmpty { return "IP subjectAltNames are not allowed" }
        if request.hasOtherNames { return "subjectAltNames other than DNS names and IPs are not allowed" }
        if !request.commonName.hasPrefix(nodePrefix) { return "subject common name does not begin with system:node:" }
        return usageRefusal(usages, required: "client auth")
    }

    private static func kubeletServingRefusal(_ request: CertificateRequest, _ usages: [String]) -> String? {
        if request.organizations != [nodeGroup] { return "subject organization is not system:nodes" }
        if request.dnsNames.isEmpty, request.ipAddresses.isEmpty { return "DNS or IP subjectAltName is required" }
        if request.hasOtherNames { return "subjectAltNames other than DNS names and IPs are not allowed" }
        if !request.commonName.hasPrefix(nodePrefix) { return "subject common name does not begin with system:node:" }
        return usageRefusal(usages, required: "server auth")
    }

    private static func usageRefusal(_ usages: [String], required: String) -> String? {
        guard usages.contains(required), Set(usages).isSubset(of: keyUsages.union([required])) else {
            return "usages did not match [\(usages.joined(separator: " "))]"
        }
        return nil
    }
}
