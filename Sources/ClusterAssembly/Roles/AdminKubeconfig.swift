internal import ClusterPKI

/// The administrator's kubeconfig, mode 0600.
enum AdminKubeconfig {
    static func write(_ credentials: ClusterCredentials, to path: String, server: String) throws {
        let kubeconfig = Kubeconfig(
            server: server, userName: "kubernetes-admin", authority: credentials.authorityPEM,
            client: credentials.admin)
        try kubeconfig.write(to: path)
    }
}
