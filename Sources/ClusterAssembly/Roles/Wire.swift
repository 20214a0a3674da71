internal import APIClient
internal import ClusterPKI
internal import ControllerRuntime
internal import Determinism
internal import KubeAPIServer

/// How a part of the cluster reaches the API server, and as whom.
struct Wire: Sendable {
    let transport: any APITransport
    /// The same way without a certificate, for who has tokens.
    let bare: any APITransport
    /// Inside of the process: shows other certificates.
    private let inside: InProcessTransport?

    /// Into the server of this process: the certificate says who asks, as it would over TLS.
    static func inside(_ server: APIServer, as pair: PEMPair, agent: String) throws -> Wire {
        func way(_ certificates: [[UInt8]]) -> InProcessTransport {
            InProcessTransport(pipeline: server.pipeline, certificates: certificates, userAgent: Self.name(agent))
        }
        let inside = way(try CertificateReader.derChain(in: pair.certificate))
        let metrics = ClientMetrics.of("localhost")
        return Wire(
            transport: CountedTransport(inside, metrics, time: SystemTimekeeper()),
            bare: CountedTransport(way([]), metrics, time: SystemTimekeeper()), inside: inside)
    }

    /// Shows another certificate from now on, inside of the process.
    func show(_ pair: PEMPair) throws { inside?.show(try CertificateReader.derChain(in: pair.certificate)) }

    /// Over TLS, with what a kubeconfig says.
    static func outside(_ kubeconfig: Kubeconfig, agent: String) throws -> Wire {
        let authority = try text(kubeconfig.certificateAuthority, "certificate-authority")
        let certificate = try text(kubeconfig.clientCertificate, "client-certificate")
        let key = try text(kubeconfig.clientKey, "client-key")
        let host = kubeconfig.server.split(separator: "/").last.map(String.init) ?? ""
        func way(_ certificate: String, _ key: String) throws -> CountedTransport {
            let transport = try HTTPSTransport(
                server: kubeconfig.server, identity: .init(authority: authority, certificate: certificate, key: key),
                userAgent: Self.name(agent))
            return CountedTransport(transport, ClientMetrics.of(host), time: SystemTimekeeper())
        }
        return Wire(transport: try way(certificate, key), bare: try way("", ""), inside: nil)
    }

    private static func name(_ agent: String) -> String { "apus-\(agent)/v1.36.0" }

    private static func text(_ source: Kubeconfig.Source?, _ name: String) throws -> String {
        guard let source else { throw AssemblyError("the kubeconfig has no \(name)") }
        return String(decoding: try source.load(), as: UTF8.self)
    }

    func client(_ manager: String) -> APIClient { APIClient(transport: transport, fieldManager: manager) }

    /// Acts as a service account of kube-system, for whose tokens the wire's own identity asks.
    func client(_ manager: String, account: String, time: any Timekeeper) -> APIClient {
        let transport = ServiceAccountTransport(
            account: ObjectKey(namespace: "kube-system", name: account), bare: bare, issuer: client(manager),
            time: time)
        return APIClient(transport: transport, fieldManager: manager)
    }
}
