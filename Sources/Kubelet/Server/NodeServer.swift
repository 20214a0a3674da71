internal import ClusterPKI
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// The HTTPS server of a node: connections in, questions to the router.
///
/// A client certificate is asked for and accepted whatever it is; whether it means anything is decided by
/// ``NodeAccess``. Strangers get 401 for everything.
final class NodeServer: Sendable {
    static let backlog: Int32 = 128
    static let threads = 1

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    let port: Int

    private init(group: MultiThreadedEventLoopGroup, channel: any Channel, port: Int) {
        self.group = group
        self.channel = channel
        self.port = port
    }

    static func start(
        address: String, port: Int, identity: KubeletConfiguration.ServerIdentity, access: NodeAccess,
        router: NodeRouter, logger: Logger
    ) async throws -> NodeServer {
        let context = try NIOSSLContext(configuration: try tls(identity))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = NodeConnection(access: access, router: router, logger: logger)
                    let peer = connection.peer
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLServerHandler(context: context) { certificates, promise in
                            peer.note(certificates)
                            promise.succeed(.certificateVerified)
                        })
                    try connection.install(in: channel)
                }
            }
            .bind(host: address, port: port).get()
        return NodeServer(group: group, channel: channel, port: channel.localAddress?.port ?? port)
    }

    func stop() async {
        // Nothing can be done about a socket or group that does not close; the kubelet is going anyway.
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    private static func tls(_ identity: KubeletConfiguration.ServerIdentity) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificateChainPEM.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .optionalVerification
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }
}
