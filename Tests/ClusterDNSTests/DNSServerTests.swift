import APIMachinery
import ClusterDNS
import Determinism
import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing

/// Real sockets on loopback: a cluster's server, and as the world outside a second one for `example.com`.
@Suite("the server", .serialized)
struct DNSServerTests {
    let group = MultiThreadedEventLoopGroup.singleton

    func server(_ zone: String, _ index: NameIndex, upstreamPort: Int? = nil) throws -> DNSServer {
        let loopback = try address("127.0.0.1")
        let options = DNSServer.Options(
            addresses: [loopback], port: 0, zone: try name(zone),
            upstream: ResolverSettings(servers: upstreamPort == nil ? [] : [loopback]), upstreamPort: upstreamPort ?? 0)
        return try DNSServer(
            options, index: index, eventLoop: group.next(), time: SystemTimekeeper(),
            random: SeededRandomSource(seed: 1),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// A server at a port that the kernel chose for its datagrams. A connection may have the same one; then another is
    /// asked for.
    func listen(_ zone: String, _ index: NameIndex, upstreamPort: Int? = nil) async throws -> DNSServer.Listening {
        for _ in 0..<20 {
            do { return try await server(zone, index, upstreamPort: upstreamPort).listen() } catch let error as IOError {
                guard error.errnoCode == EADDRINUSE else { throw error }
            }
        }
        return try await server(zone, index, upstreamPort: upstreamPort).listen()
    }

    /// A headless Service of `count` endpoints, `many.shop.svc.ZONE`.
    func manyEndpoints(_ count: Int) throws -> NameIndex {
        let index = NameIndex()
        index.addNamespace("shop")
        index.set(NamedService(namespace: "shop", name: "many", target: .endpoints))
        let endpoints = (0..<count).map { NamedSlice.Endpoint([IPAddress(ipv4: 0x0af4_0000 + UInt32($0))]) }
        index.set(NamedSlice(namespace: "shop", name: "many-1", serviceName: "many", endpoints: endpoints))
        return index
    }

    @Test("answers names of the cluster over UDP and TCP")
    func cluster() async throws {
        let listening = try await listen("cluster.local", try sampleIndex())
        let at = listening.addresses[0]
        var answer = try await ask(at, "kubernetes.default.svc.cluster.local", .a)
        #expect(answer.answers.map(\.text) == ["5 A 10.96.0.1"])
        #expect(answer.isAuthoritative && answer.recursionAvailable && answer.isResponse)
        answer = try await ask(at, "nothing.default.svc.cluster.local", .a)
        #expect(answer.code == .nameError)
        answer = try await ask(at, "kubernetes.default.svc.cluster.local", .a, overTCP: true)
        #expect(answer.answers.count == 1)
        answer = try await ask(at, "www.example.com", .a)
        #expect(answer.code == .refused)
        try await listening.close()
    }

    @Test("an answer too long for UDP is cut, and whole over TCP")
    func truncation() async throws {
        let listening = try await listen("cluster.local", try manyEndpoints(100))
        let at = listening.addresses[0]
        let short = try await ask(at, "many.shop.svc.cluster.local", .a)
        #expect(short.isTruncated && short.answers.count < 100)
        let whole = try await ask(at, "many.shop.svc.cluster.local", .a, overTCP: true)
        #expect(!whole.isTruncated && whole.answers.count == 100)
        try await listening.close()
    }

    @Test("other names are asked outside, over TCP if need be, once")
    func forwarding() async throws {
        let world = try manyEndpoints(100)
        let outside = try await listen("example.com", world)
        let index = try sampleIndex()
        index.set(NamedService(namespace: "shop", name: "far", target: .external("many.shop.svc.example.com")))
        let listening = try await listen("cluster.local", index, upstreamPort: outside.addresses[0].port)
        let at = listening.addresses[0]
        let whole = try await ask(at, "many.shop.svc.example.com", .a, overTCP: true)
        #expect(whole.answers.count == 100 && !whole.isAuthoritative)
        #expect(try await ask(at, "none.shop.svc.example.com", .a).code == .nameError)
        let alias = try await ask(at, "far.shop.svc.cluster.local", .a, overTCP: true)
        #expect(alias.answers.first?.text == "5 CNAME many.shop.svc.example.com.")
        #expect(alias.answers.count == 101)
        world.removeService(namespace: "shop", name: "many")
        #expect(try await ask(at, "many.shop.svc.example.com", .a, overTCP: true).answers.count == 100)
        try await outside.close()
        try await listening.close()
    }

    @Test("a world that does not answer is a failure, not silence")
    func unreachable() async throws {
        let outside = try await listen("example.com", NameIndex())
        let port = outside.addresses[0].port
        try await outside.close()
        let listening = try await listen("cluster.local", try sampleIndex(), upstreamPort: port)
        #expect(try await ask(listening.addresses[0], "www.example.com", .a).code == .serverFailure)
        try await listening.close()
    }

    // MARK: A client

    func ask(
        _ server: SocketAddress, _ text: String, _ type: RecordType, overTCP: Bool = false
    ) async throws -> DNSMessage {
        var query = DNSMessage(id: 4711)
        query.recursionDesired = true
        query.questions = [DNSQuestion(try name(text), type)]
        let bytes = DNSWriter.write(query)
        let loop = group.next()
        let promise = loop.makePromise(of: [UInt8].self)
        let channel: any Channel
        if overTCP {
            channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StreamClient(bytes, promise))
                    }
                }.connect(to: server).get()
        } else {
            channel = try await DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramClient(bytes, server, promise))
                    }
                }.connect(to: server).get()
        }
        let deadline = loop.scheduleTask(in: .seconds(10)) { promise.fail(ChannelError.connectTimeout(.seconds(10))) }
        let answer = try DNSReader.read(try await promise.futureResult.get())
        deadline.cancel()
        try await channel.close()
        #expect(answer.id == 4711)
        #expect(answer.questions == query.questions)
        return answer
    }
}

private final class DatagramClient: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let query: [UInt8]
    private let server: SocketAddress
    private let promise: EventLoopPromise<[UInt8]>

    init(_ query: [UInt8], _ server: SocketAddress, _ promise: EventLoopPromise<[UInt8]>) {
        self.query = query
        self.server = server
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let envelope = AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: query))
        context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        promise.succeed(Array(unwrapInboundIn(data).data.readableBytesView))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }
}

private final class StreamClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let query: [UInt8]
    private let promise: EventLoopPromise<[UInt8]>
    private var received = ByteBuffer()

    init(_ query: [UInt8], _ promise: EventLoopPromise<[UInt8]>) {
        self.query = query
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        var frame = ByteBuffer(integer: UInt16(query.count))
        frame.writeBytes(query)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        received.writeBuffer(&data)
        if let message = received.readLengthPrefixedSlice(as: UInt16.self) {
            promise.succeed(Array(message.readableBytesView))
        }
    }
}
