internal import ClusterPKI
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// One HTTP/2 connection over TLS, with the flow control windows of Go's client.
struct Connection: Sendable {
    private static let streamWindow = 4 << 20
    private static let connectionWindow = 1 << 30

    let eventLoop: any EventLoop
    private let channel: any Channel
    private let streams: NIOHTTP2Handler.StreamMultiplexer
    private let authority: String

    static func open(_ kubeconfig: Kubeconfig, on eventLoop: any EventLoop) async throws -> Connection {
        let (host, port) = try address(kubeconfig.server)
        let context = try NIOSSLContext(configuration: tls(kubeconfig))
        let streams = eventLoop.makePromise(of: NIOHTTP2Handler.StreamMultiplexer.self)
        let channel = try await ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    // An address is no server name that TLS would send.
                    try handlers.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    streams.succeed(try configure(handlers))
                }
            }
            .connect(host: host, port: port).get()
        return Connection(
            eventLoop: eventLoop, channel: channel, streams: try await streams.futureResult.get(),
            authority: "\(host):\(port)")
    }

    /// Sends a request; `done` is told of the answer on the event loop.
    func send(_ call: Call, done: @escaping @Sendable (Result<Answer, any Error>) -> Void) {
        let head = head(call)
        open { CallHandler(call, head: head, done: done) }
    }

    func send(_ call: Call) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            send(call) { continuation.resume(with: $0) }
        }
    }

    /// Starts a watch that counts its events.
    func watch(_ call: Call, _ counter: EventCounter) {
        let head = head(call)
        open { WatchHandler(head: head, counter: counter) }
    }

    func close() async throws { try await channel.close() }

    private func open(_ handler: @escaping @Sendable () -> any ChannelHandler) {
        streams.createStreamChannel(promise: nil) { stream in
            stream.eventLoop.makeCompletedFuture { try stream.pipeline.syncOperations.addHandler(handler()) }
        }
    }

    private func head(_ call: Call) -> HPACKHeaders {
        var head: HPACKHeaders = [
            ":method": call.method, ":scheme": "https", ":path": call.target, ":authority": authority,
            "accept": call.accept, "user-agent": "apus-benchmark",
        ]
        if call.acceptsCompression { head.add(name: "accept-encoding", value: "gzip") }
        if let body = call.body {
            head.add(name: "content-type", value: call.contentType)
            head.add(name: "content-length", value: String(body.readableBytes))
        }
        return head
    }

    private static func configure(
        _ handlers: ChannelPipeline.SynchronousOperations
    ) throws -> NIOHTTP2Handler.StreamMultiplexer {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.targetWindowSize = connectionWindow
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 10 << 20),
        ]
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = streamWindow
        return try handlers.configureHTTP2Pipeline(
            mode: .client, connectionConfiguration: connection, streamConfiguration: stream
        ) { $0.close() }
    }

    private static func tls(_ kubeconfig: Kubeconfig) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.applicationProtocols = ["h2"]
        // The benchmark measures a server that was started for it; who it is does not matter.
        tls.certificateVerification = .none
        if let certificate = kubeconfig.clientCertificate, let key = kubeconfig.clientKey {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate.load()).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key.load(), format: .pem))
        }
        return tls
    }

    private static func address(_ server: String) throws -> (host: String, port: Int) {
        let rest = server.hasPrefix("https://") ? server.dropFirst(8) : server[...]
        let parts = rest.split(separator: "/").first?.split(separator: ":") ?? []
        guard parts.count == 2, let port = Int(parts[1]) else {
            throw BenchmarkError("the kubeconfig's server \(server) is not https://HOST:PORT")
        }
        return (String(parts[0]), port)
    }
}
