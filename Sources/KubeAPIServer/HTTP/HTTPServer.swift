internal import APIMachinery
package import Determinism
package import Logging
internal import HTTP2
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
package import ClusterPKI

/// HTTP/1.1 and HTTP/2 over TLS: connections in, requests to the pipeline.
///
/// A client certificate is asked for and accepted whatever it is; whether it means anything is
/// decided by the authenticator. A foreign certificate is an unauthenticated request, not a failed handshake.
package final class HTTPServer: Sendable {
    static let backlog: Int32 = 1024
    /// How long a client may take to begin to speak HTTP (upstream's ReadHeaderTimeout).
    static let handshakeMax = TimeAmount.seconds(32)

    /// A peer that leaves this much unread is slow. Generous, because all streams of a connection are told of it,
    /// and an event for a few hundred watchers behind one connection should fit.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 18, high: 1 << 20)

    /// How long connections may take to end (upstream's shutdown timeout once all is drained).
    private static let farewellMax = Duration.seconds(2)
    private static let farewellPoll = Duration.milliseconds(10)

    private let group: MultiThreadedEventLoopGroup
    private let channels: [any Channel]
    private let context: ServingContext
    private let connections: OpenConnections
    package let port: Int

    private init(
        group: MultiThreadedEventLoopGroup, channels: [any Channel], context: ServingContext,
        connections: OpenConnections, port: Int
    ) {
        self.connections = connections
        self.group = group
        self.context = context
        self.channels = channels
        self.port = port
    }

    /// Binds every address and begins to serve.
    package static func start(
        addresses: [String], port: Int, certificate: PEMPair, threads: Int, dialer: KubeletIdentity?,
        pipeline: RequestPipeline, logger: Logger
    ) async throws -> HTTPServer {
        let context = try ServingContext(certificate)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let tunnels = TunnelDialer(identity: dialer, logger: logger)
        let loops = Dictionary(
            uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), WatchLoop($0)) })
        let connections = OpenConnections()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let watches = loops[ObjectIdentifier(channel.eventLoop)] ?? WatchLoop(channel.eventLoop)
                    connections.add(channel)
                    try configure(channel, context: context.current, pipeline: pipeline, tunnels: tunnels, watches: watches)
                }
            }
        var channels: [any Channel] = []
        var port = port
        for address in addresses {
            let channel = try await bootstrap.bind(host: address, port: port).get()
            port = channel.localAddress?.port ?? port
            channels.append(channel)
        }
        return HTTPServer(group: group, channels: channels, context: context, connections: connections, port: port)
    }

    /// Shows another certificate to those who connect from now on. Throws for a key that is not the certificate's.
    package func show(_ certificate: PEMPair) throws { try context.show(certificate) }

    /// Takes no more connections; those that are open go on.
    package func stopListening() async {
        // What is closed already need not be closed.
        for channel in channels { try? await channel.close() }
    }

    /// Stops listening, lets connections end with what is under way on them, for a moment, then closes what is open.
    package func stop(time: any Timekeeper) async {
        await stopListening()
        connections.leave()
        let deadline = time.uptime + Self.farewellMax
        // Should time stop, it ends at once.
        while !connections.isEmpty, time.uptime < deadline, (try? await time.sleep(for: Self.farewellPoll)) != nil {}
        // Nothing can be done about a group that does not shut down; the process is going anyway.
        try? await group.shutdownGracefully()
    }

    private static func configure(
        _ channel: any Channel, context: NIOSSLContext, pipeline: RequestPipeline, tunnels: TunnelDialer,
        watches: WatchLoop
    ) throws {
        let peer = PeerCertificates(address: channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) })
        let tls = NIOSSLServerHandler(context: context) { certificates, promise in
            peer.note(certificates)
            promise.succeed(.certificateVerified)
        }
        let services = RequestServices(
            pipeline: pipeline, peer: peer, clientAddress: channel.remoteAddress?.ipAddress, eventLoop: channel.eventLoop,
            executor: EventLoopExecutor(channel.eventLoop), watches: watches, tunnels: tunnels)
        // Who does not even finish the handshake is not waited for.
        let patience = channel.eventLoop.scheduleTask(in: handshakeMax) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in patience.cancel() }
        try channel.pipeline.syncOperations.addHandler(tls)
        try channel.pipeline.syncOperations.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                patience.cancel()
                return channel.eventLoop.makeCompletedFuture {
                    if case .negotiated("h2") = result {
                        try configureHTTP2(channel, services)
                    } else {
                        try configureHTTP1(channel, services)
                    }
                }
            })
    }

    private static func configureHTTP2(_ channel: any Channel, _ services: RequestServices) throws {
        let connection = HTTP2Connection { stream, head in HTTP2Request(services, stream, head) }
        try channel.pipeline.syncOperations.addHandler(HTTP2Handler(connection))
    }

    private static func configureHTTP1(_ channel: any Channel, _ services: RequestServices) throws {
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let pipelining = HTTPServerPipelineHandler()
        let handler = HTTP1Handler(services, encoder: encoder, decoder: decoder, pipelining: pipelining)
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, pipelining, handler])
    }
}

/// What our server shows to kubelets, and by what it knows them.
package struct KubeletIdentity: Sendable {
    package let client: Replaceable<PEMPair>
    /// PEM certificates that sign the kubelets' serving certificates.
    package var authority: String

    package init(client: PEMPair, authority: String) {
        self.client = Replaceable(client)
        self.authority = authority
    }
}
