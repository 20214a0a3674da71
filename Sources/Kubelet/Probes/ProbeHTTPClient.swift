package import Determinism
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Glibc

/// An HTTP client as small as probes and hooks need it: one request a connection, no cookies, no trust.
package struct ProbeHTTPClient: Sendable {
    static let redirectsMax = 10

    private enum Answer: Sendable {
        case response(status: Int, location: String?)
        case failed(String)
        case timedOut
    }

    private let time: any Timekeeper

    package init(time: any Timekeeper) { self.time = time }

    /// GETs the target; 200 to 399 is success.
    package func get(_ target: HTTPTarget, timeout: Duration) async -> ProbeResult {
        var target = target
        for _ in 0..<Self.redirectsMax {
            let current = target
            switch await within(timeout, { await self.send(current) }) {
            case .timedOut:
                return .failure(
                    "Get \"\(target.url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
            case .failed(let why):
                return .failure("Get \"\(target.url)\": \(why)")
            case .response(let status, let location):
                guard (200..<400).contains(status) else {
                    return .failure("HTTP probe failed with statuscode: \(status)")
                }
                guard (300..<400).contains(status), let location else { return .success }
                guard let next = target.redirected(to: location) else { return .success }
                target = next
            }
        }
        return .failure("Get \"\(target.url)\": stopped after \(Self.redirectsMax) redirects")
    }

    /// Opens a TCP connection and closes it again.
    package func connect(host: String, port: Int, timeout: Duration) async -> ProbeResult {
        let answer = await within(timeout) { () -> Answer in
            do {
                let channel = try await self.bootstrap(timeout).connect(host: host, port: port).get()
                channel.close(promise: nil)
                return .response(status: 200, location: nil)
            } catch {
                return .failed(Self.dialError(error, "\(host):\(port)"))
            }
        }
        switch answer {
        case .response: return .success
        case .failed(let why): return .failure(why)
        case .timedOut: return .failure("dial tcp \(host):\(port): i/o timeout")
        }
    }

    private func bootstrap(_ timeout: Duration) -> ClientBootstrap {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(timeout.wholeNanoseconds))
    }

    /// The answer, or `.timedOut` when it takes too long; the loser is cancelled.
    private func within(_ timeout: Duration, _ body: @escaping @Sendable () async -> Answer) async -> Answer {
        await withTaskGroup(of: Answer.self) { group in
            group.addTask(operation: body)
            group.addTask {
                // Cancelled: the answer came first.
                try? await time.sleep(for: timeout)
                return .timedOut
            }
            let first = await group.next() ?? .timedOut
            group.cancelAll()
            return first
        }
    }

    private func send(_ target: HTTPTarget) async -> Answer {
        let channel: any Channel
        let collector: ResponseCollector
        do {
            (channel, collector) = try await open(target)
        } catch {
            return .failed(Self.dialError(error, target.authority))
        }
        return await withTaskCancellationHandler {
            do {
                let response = try await collector.response.get()
                return .response(status: response.status, location: response.location)
            } catch {
                return .failed("\(error)")
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func open(_ target: HTTPTarget) async throws -> (any Channel, ResponseCollector) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: ResponseCollector.Response.self)
        let collector = ResponseCollector(promise: promise)
        let head = Self.head(target)
        var tls: NIOSSLContext?
        if target.isTLS {
            var configuration = TLSConfiguration.makeClientConfiguration()
            // As upstream: a probe asks whether it answers, not who it is.
            configuration.certificateVerification = .none
            tls = try NIOSSLContext(configuration: configuration)
        }
        let context = tls
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let context {
                            try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                        }
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(collector)
                    }
                }
                .connect(host: target.host, port: target.port).get()
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return (channel, collector)
        } catch {
            promise.fail(error)
            throw error
        }
    }

    private static func head(_ target: HTTPTarget) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        let given = target.headers
        func has(_ name: String) -> Bool { given.contains { $0.name.lowercased() == name } }
        if !has("host") { headers.add(name: "Host", value: target.authority) }
        if !has("user-agent") { headers.add(name: "User-Agent", value: Prober.userAgent) }
        if !has("accept") { headers.add(name: "Accept", value: "*/*") }
        headers.add(name: "Connection", value: "close")
        for header in given where !(header.name.lowercased() == "accept" && header.value.isEmpty) {
            headers.add(name: header.name, value: header.value)
        }
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: target.path, headers: headers)
    }

    private static func dialError(_ error: any Error, _ authority: String) -> String {
        if let failure = error as? NIOConnectionError, let first = failure.connectionErrors.first {
            if let code = (first.error as? IOError)?.errnoCode {
                return "dial tcp \(authority): connect: \(String(cString: strerror(code)).lowercased())"
            }
            return "dial tcp \(authority): \(first.error)"
        }
        if let code = (error as? IOError)?.errnoCode {
            return "dial tcp \(authority): connect: \(String(cString: strerror(code)).lowercased())"
        }
        return "dial tcp \(authority): \(error)"
    }
}

/// Collects one response and then closes the connection.
private final class ResponseCollector: ChannelInboundHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart

    struct Response: Sendable {
        var status = 0
        var location: String?
    }

    private let promise: EventLoopPromise<Response>
    private let partial: NIOLoopBoundBox<Response>

    init(promise: EventLoopPromise<Response>) {
        self.promise = promise
        partial = NIOLoopBoundBox.makeBoxSendingValue(Response(), eventLoop: promise.futureResult.eventLoop)
    }

    var response: EventLoopFuture<Response> { promise.futureResult }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            partial.value.status = Int(head.status.code)
            partial.value.location = head.headers.first(name: "location")
        case .body:
            break
        case .end:
            promise.succeed(partial.value)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A body without end, cut off: the head alone is an answer.
        if partial.value.status > 0 { promise.succeed(partial.value) } else { promise.fail(ConnectionEnded()) }
    }

    struct ConnectionEnded: Error, CustomStringConvertible {
        var description: String { "EOF" }
    }
}
