package import Determinism

/// Everything secret of one cluster, in one folder that is laid out as kubeadm's `/etc/kubernetes/pki`.
///
/// `ensure` may be called at every start: it creates what is missing, keeps what is good, and replaces what has less
/// than a third of its life left or lacks a name.
package struct ClusterCredentials: Sendable {
    package let directory: String
    /// Signs servers and clients.
    package let authority: CertificateAuthority
    /// Signs the API server as a client of extension API servers.
    package let frontProxyAuthority: CertificateAuthority
    package let apiServer: PEMPair
    package let apiServerKubeletClient: PEMPair
    package let frontProxyClient: PEMPair
    package let admin: PEMPair
    package let controllerManager: PEMPair
    package let scheduler: PEMPair
    package let proxy: PEMPair
    package let dns: PEMPair
    /// Signs service-account tokens.
    package let tokenKey: TokenSigningKey

    /// The PEM text that clients trust.
    package var authorityPEM: String { authority.pem.certificate }

    /// Creates, loads and renews. `hostnames` and `ips` are the machine's own; the names inside the cluster are added.
    package static func ensure(
        directory: String, hostnames: [String], ips: [String], network: ClusterNetworkNames = ClusterNetworkNames(),
        time: any Timekeeper, random: any RandomSource
    ) throws -> ClusterCredentials {
        let folder = CredentialFolder(path: directory, now: time.now, random: random)
        try SecretFile.makeDirectory(directory)
        let authority = try folder.authority("ca", commonName: "kubernetes")
        let frontProxy = try folder.authority("front-proxy-ca", commonName: "front-proxy-ca")
        func client(_ file: String, _ user: String, _ groups: [String] = []) throws -> PEMPair {
            let profile = CertificateProfile(commonName: user, organizations: groups, usages: [.client])
            return try folder.pair(file, profile, signedBy: authority)
        }
        let server = CertificateProfile(
            commonName: "kube-apiserver", usages: [.server], dnsNames: unique(network.dnsNames + hostnames),
            ipAddresses: unique([network.serviceIP, "127.0.0.1", "::1"] + ips))
        let frontProxyProfile = CertificateProfile(commonName: "front-proxy-client", usages: [.client])
        return ClusterCredentials(
            directory: directory, authority: authority, frontProxyAuthority: frontProxy,
            apiServer: try folder.pair("apiserver", server, signedBy: authority),
            apiServerKubeletClient: try client("apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
            frontProxyClient: try folder.pair("front-proxy-client", frontProxyProfile, signedBy: frontProxy),
            admin: try client("admin", "kubernetes-admin", ["system:masters"]),
            controllerManager: try client("controller-manager", "system:kube-controller-manager"),
            scheduler: try client("scheduler", "system:kube-scheduler"),
            proxy: try client("proxy", "system:kube-proxy"), dns: try client("dns", "system:apus-dns"),
            tokenKey: try folder.tokenKey("sa"))
    }

    /// The certificates of one node's kubelet, in a folder of the node's name.
    package func ensureNode(
        _ name: String, hostnames: [String] = [], ips: [String], time: any Timekeeper, random: any RandomSource
    ) throws -> NodeCredentials {
        let path = directory + "/nodes/" + name
        try SecretFile.makeDirectory(path)
        let folder = CredentialFolder(path: path, now: time.now, random: random)
        let user = "system:node:" + name
        let client = CertificateProfile(commonName: user, organizations: ["system:nodes"], usages: [.client])
        let serving = CertificateProfile(
            commonName: user, organizations: ["system:nodes"], usages: [.server],
            dnsNames: Self.unique([name] + hostnames), ipAddresses: Self.unique(ips))
        return NodeCredentials(
            client: try folder.pair("kubelet-client", client, signedBy: authority),
            serving: try folder.pair("kubelet", serving, signedBy: authority))
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

/// What one kubelet shows: to the API server, and to those who call it.
package struct NodeCredentials: Sendable, Equatable {
    package let client: PEMPair
    package let serving: PEMPair
}

/// The names under which pods find the API server.
package struct ClusterNetworkNames: Sendable, Equatable {
    package var domain: String
    /// The first address of the service range.
    package var serviceIP: String

    package init(domain: String = "cluster.local", serviceIP: String = "10.96.0.1") {
        self.domain = domain
        self.serviceIP = serviceIP
    }

    var dnsNames: [String] {
        [
            "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + domain,
            "localhost",
        ]
    }
}
