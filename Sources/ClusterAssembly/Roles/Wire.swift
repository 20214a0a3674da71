internal import APIClient
internal import ClusterPKI
internal import KubeAPIServer

/// How a part of the cluster reaches the API server, and as whom.
struct Wire: Sendable {
    let transport: any APITransport

    /// Into the server of this process: the certificate says who asks, as it would over TLS.
    static func inside(_ server: APIServer, as pair: PEMPair, agent: String) throws -> Wire {
        let certificates = try CertificateReader.derChain(in: pair.certificate)
        return Wire(
            transport: InProcessTransport(
                pipeline: server.pipeline, certificates: certificates, userAgent: "apus-\(agent)/v1.36.0"))
    }

    /// Over TLS, with what a kubeconfig says.
    static func outside(_ kubeconfig: Kubeconfig, agent: String) throws -> Wire {
        let identity = HTTPSTransport.Identity(
            authority: try text(kubeconfig.certificateAuthority, "certificate-authority"),
            certificate: try text(kubeconfig.clientCertificate, "client-certificate"),
            key: try text(kubeconfig.clientKey, "client-key"))
        return Wire(
            transport: try HTTPSTransport(
                server: kubeconfig.server, identity: identity, userAgent: "apus-\(agent)/v1.36.0"))
    }

    private static func text(_ source: Kubeconfig.Source?, _ name: String) throws -> String {
        guard let source else { throw AssemblyError("the kubeconfig has no \(name)") }
        return String(decoding: try source.load(), as: UTF8.self)
    }

    func client(_ manager: String) -> APIClient { APIClient(transport: transport, fieldManager: manager) }
}
