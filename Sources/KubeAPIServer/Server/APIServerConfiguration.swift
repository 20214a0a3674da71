internal import APIMachinery
internal import APIRegistry
package import ClusterPKI
internal import Determinism

/// What one API server has to be told.
package struct APIServerConfiguration: Sendable {
    /// Where clients reach it, for discovery and the `kubernetes` Service.
    package var advertiseAddress: String
    package var port: Int
    /// IPv4 range of Service addresses, `10.96.0.0/12`.
    package var serviceRange: String
    /// The first address of that range: the Service `kubernetes`.
    package var apiServiceIP: String
    /// Node ports, first and last.
    package var nodePorts: ClosedRange<Int>
    package var clusterDomain: String
    /// PEM certificates that sign clients.
    package var clientAuthority: String
    package var serviceAccountIssuer: String
    package var serviceAccountKey: TokenSigningKey
    /// Who is let in beside the cluster's own.
    package var authentication = AuthenticationSettings()
    /// Who says what they may do.
    package var authorization = AuthorizationSettings()
    /// Followed while the server runs: who is let in and who says what they may do, when files say so.
    package var authenticationFile: FollowedFile<AuthenticationSettings>?
    package var authorizationFile: FollowedFile<AuthorizationSettings>?
    /// What admission plugins are told.
    package var admission = AdmissionConfiguration()
    /// Which of them are on.
    package var plugins = AdmissionChoice()
    /// How kubelets are dialled; `nil` where there are none.
    package var kubeletIdentity: KubeletIdentity?
    /// How it meets extension API servers; `nil` shows them nothing and believes nobody.
    package var frontProxy: FrontProxyConfiguration?
    /// How webhooks are called.
    package var webhooks: any WebhookTransport = WebhookCaller()
    /// The key for Secrets at rest: 32 bytes; `nil` stores them in the clear.
    package var encryptionKey: [UInt8]?
    /// Who makes values unreadable instead of that key, which then only reads what it wrote; `nil`: nobody else does.
    package var encryption: EncryptionProviders?
    /// True when no other API server writes to the store.
    package var ownsStore: Bool
    package var gitVersion: String
    /// What the command line said, for `/flagz`.
    package var flags: [String: String] = [:]
    /// What is written down of requests, and where; `nil` for nothing.
    package var audit: AuditConfiguration?
    /// Which requests are traced, and who is told; `nil` for none.
    package var tracing: TracingSettings?
    /// Which versions and resources clients get.
    package var enablement = APIEnablement()
    /// What is done beyond the usual.
    package var gates = FeatureGates()

    package init(
        advertiseAddress: String, port: Int, serviceRange: String = "10.96.0.0/12",
        apiServiceIP: String = "10.96.0.1",
        nodePorts: ClosedRange<Int> = 30000...32767, clusterDomain: String = "cluster.local",
        clientAuthority: String, serviceAccountIssuer: String = "https://kubernetes.default.svc.cluster.local",
        serviceAccountKey: TokenSigningKey, kubeletIdentity: KubeletIdentity?,
        frontProxy: FrontProxyConfiguration? = nil, encryptionKey: [UInt8]?,
        ownsStore: Bool, gitVersion: String = "v1.36.0+apus"
    ) {
        self.advertiseAddress = advertiseAddress
        self.port = port
        self.serviceRange = serviceRange
        self.apiServiceIP = apiServiceIP
        self.nodePorts = nodePorts
        self.clusterDomain = clusterDomain
        self.clientAuthority = clientAuthority
        self.serviceAccountIssuer = serviceAccountIssuer
        self.serviceAccountKey = serviceAccountKey
        self.kubeletIdentity = kubeletIdentity
        self.frontProxy = frontProxy
        self.encryptionKey = encryptionKey
        self.ownsStore = ownsStore
        self.gitVersion = gitVersion
    }
}

extension APIServerConfiguration {
    /// What happens to a resource's values on their way to the store: what was configured, else Secrets are
    /// encrypted with the server's own key.
    func transformer(for resource: GroupResource, random: any RandomSource) -> any ValueTransformer {
        var own: any ValueTransformer = PlainTransformer()
        if let encryptionKey, encryption != nil || resource == GroupResource(group: "", resource: "secrets") {
            own = AESGCMTransformer(key: encryptionKey)
        }
        guard let encryption else { return own }
        return ConfiguredTransformer(resource, encryption, former: own, random: random)
    }
}
