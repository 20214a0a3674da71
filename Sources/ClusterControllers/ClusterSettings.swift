package import ClusterPKI

/// What the cluster's controllers have to be told.
package struct ClusterSettings: Sendable {
    /// PEM certificates that pods trust when they call the API server.
    package var authority: String
    /// Signs certificates for nodes and clients; `nil` where somebody else does.
    package var signer: CertificateAuthority?
    /// Where nodes get their pod ranges from; `nil` where somebody else gives them.
    package var clusterCIDR: String?
    /// How many addresses a node gets: the length of its prefix.
    package var nodeMaskSize: Int
    package var nodeLifecycle = NodeLifecycleSettings()

    package init(
        authority: String, signer: CertificateAuthority?, clusterCIDR: String? = "10.244.0.0/16",
        nodeMaskSize: Int = 24
    ) {
        self.authority = authority
        self.signer = signer
        self.clusterCIDR = clusterCIDR
        self.nodeMaskSize = nodeMaskSize
    }
}
