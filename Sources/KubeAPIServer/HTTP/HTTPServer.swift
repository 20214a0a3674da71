package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL
package import ClusterPKI

/// HTTP/1.1 and HTTP/2 over TLS: connections in, requests to the pipeline.
///
/// A client certificate is asked for and accepted whatever it is; whether it means anything is
/// decided by the authenticator. A foreign certificate is an unauthenticated request, not a failed handshake.
package final class HTTPServer: Sendable {
    package static let concurrentStreamsMax = 250
    /// How long a connection may stay silent before its first request.
    static let backlog: Int32 = 1024

    /// A peer that leaves this much unread is slow. Generous, because all streams of a connection are told of it,
    /// and an event for a few hundred watchers behind one connection should fit.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 18, high: 1 << 20)

    private let group: MultiThreadedEventLoopGroup
    private let channels: [any Channel]
    package let port: Int

    private init(group: MultiThreadedEventLoopGroup, channels: [any Channel], port: Int) {
        self.group = group
        self.channels = channels
        self.port = port
    }

    /// Binds every address and begins to serve.
    package static func start(
        addresses: [String], port: Int, certificate: PEMPair, threads: Int, dialer: KubeletIdentity?,
        pipeline: RequestPipeline, logger: Logger
    ) async throws -> HTTPServer {
        let context = try NIOSSLContext(configuration: try tlsConfiguration(certificate))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let tunnels = TunnelDialer(identity: dialer, logger: logger)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try configure(channel, context: context, pipeline: pipeline, tunnels: tunnels, logger: logger)
                }
            }
        var channels: [any Channel] = []
        var port = port
        for address in addresses {
            let channel = try await bootstrap.bind(host: address, port: port).get()
            port = channel.localAddress?.port ?? port
            channels.append(channel)
        }
        return HTTPServer(group: group, channels: channels, port: port)
    }

    /// Stops listening, then closes what is open.
    package func stop() async {
        for channel in channels { try? await channel.close() }
        // Nothing can be done about a group that does not shut down; the process is going anyway.
        try? await group.shutdownGracefully()
    }

    private static func tlsConfiguration(_ pair: PEMPair) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(pair.certificate.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.key.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .optionalVerification
        configuration.applicationProtocols = ["h2", "http/1.1"]
        return configuration
    }

    private static func configure(
        _ channel: any Channel, context: NIOSSLContext, pipeline: RequestPipeline, tunnels: TunnelDialer, logger: Logger
    ) throws {
        let peer = PeerCertificates()
        let executor = EventLoopExecutor(channel.eventLoop)
        let tls = NIOSSLServerHandler(context: context) { certificates, promise in
            peer.note(certificates)
            promise.succeed(.certificateVerified)
        }
        try channel.pipeline.syncOperations.addHandler(tls)
        let handler = { @Sendable in
            RequestHandler(pipeline: pipeline, peer: peer, executor: executor, tunnels: tunnels, logger: logger)
        }
        _ = channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture { try configureHTTP2(channel, handler) }
            },
            http1ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture { try configureHTTP1(channel, handler()) }
            })
    }

    private static func configureHTTP2(_ channel: any Channel, _ handler: @escaping @Sendable () -> RequestHandler) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: concurrentStreamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 1 << 20),
            HTTP2Setting(parameter: .initialWindowSize, value: 1 << 18),
        ]
        let gatherer = WriteGatherer()
        try channel.pipeline.syncOperations.addHandler(gatherer)
        let streams = NIOLoopBound(gatherer, eventLoop: channel.eventLoop)
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: .init()
        ) { stream in
            streams.value.streams += 1
            stream.closeFuture.whenComplete { _ in streams.value.streams -= 1 }
            return stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers([HTTP2FramePayloadToHTTP1ServerCodec(), handler()])
            }
        }
        try channel.pipeline.syncOperations.addHandler(ConnectionErrorHandler())
    }

    private static func configureHTTP1(_ channel: any Channel, _ handler: RequestHandler) throws {
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let pipelining = HTTPServerPipelineHandler()
        handler.http1 = RequestHandler.HTTP1Handlers(encoder: encoder, decoder: decoder, pipelining: pipelining)
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, pipelining, handler])
    }
}

/// What our server shows to kubelets, and by what it knows them.
package struct KubeletIdentity: Sendable {
    package var client: PEMPair
    /// PEM certificates that sign the kubelets' serving certificates.
    package var authority: String

    package init(client: PEMPair, authority: String) {
        self.client = client
        self.authority = authority
    }
}

/// Ends a connection that breaks the protocol, quietly: it is the peer's fault, and common.
private final class ConnectionErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
