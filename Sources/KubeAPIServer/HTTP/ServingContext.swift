internal import ClusterPKI
internal import NIOSSL
internal import Synchronization

/// How the server speaks TLS: what is shown to those who connect may change, those who are there do not notice.
final class ServingContext: Sendable {
    private let context: Mutex<NIOSSLContext>

    init(_ certificate: PEMPair) throws { context = Mutex(try Self.context(certificate)) }

    var current: NIOSSLContext { context.withLock { $0 } }

    /// Throws for a key that is not the certificate's.
    func show(_ certificate: PEMPair) throws {
        let made = try Self.context(certificate)
        context.withLock { $0 = made }
    }

    private static func context(_ pair: PEMPair) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(pair.certificate.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.key.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .optionalVerification
        configuration.applicationProtocols = ["h2", "http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
