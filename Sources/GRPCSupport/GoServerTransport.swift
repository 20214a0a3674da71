package import GRPCCore
package import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOHTTP2

extension HTTP2ClientTransport.Posix {
    /// A transport to a server written in Go with grpc-go: etcd, containerd.
    ///
    /// - Parameters:
    ///   - receiveLimit: The longest message, in bytes, that is taken from the server.
    ///   - connection: How long an idle connection stays, and whether it is kept alive by pings.
    ///   - backoff: How long to wait before a lost connection is tried again.
    ///   - balancing: Which of several addresses serves a call; the first that answers by default.
    package static func toGoServer(
        _ target: any ResolvableTarget,
        security: TransportSecurity,
        receiveLimit: Int,
        connection: HTTP2ClientTransport.Config.Connection = .defaults,
        backoff: HTTP2ClientTransport.Config.Backoff = .defaults,
        balancing: ServiceConfig.LoadBalancingConfig = .pickFirst(shuffleAddressList: false),
        resolvers: NameResolverRegistry = .defaults
    ) throws -> Self {
        let config = Config.defaults { config in
            config.connection = connection
            // Our calls are few and somebody waits for each: never hold a flush back.
            config.connection.flushCoalescing = nil
            config.backoff = backoff
            config.channelDebuggingCallbacks.onCreateTCPConnection = addControlFrameHandler
        }
        // The library reads the limit on what it receives from the limit on requests, so both are set.
        let limits = MethodConfig(
            names: [MethodConfig.Name(service: "")],
            maxRequestMessageBytes: receiveLimit,
            maxResponseMessageBytes: receiveLimit)
        return try Self(
            target: target,
            transportSecurity: security,
            config: config,
            resolverRegistry: resolvers,
            serviceConfig: ServiceConfig(methodConfig: [limits], loadBalancingConfig: [balancing]))
    }
}

@Sendable private func addControlFrameHandler(_ channel: any Channel) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        let http2 = try pipeline.handler(type: NIOHTTP2Handler.self)
        try pipeline.addHandler(ControlFrameHandler(), position: .before(http2))
    }
}
