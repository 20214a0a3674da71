internal import APIClient
internal import APIMachinery
internal import NIOCore
internal import NIOHTTP1

/// What every request of a connection needs to be answered.
final class RequestServices: Sendable {
    let pipeline: RequestPipeline
    let peer: PeerCertificates
    /// From where the client has come.
    let clientAddress: String?
    let eventLoop: any EventLoop
    let executor: EventLoopExecutor
    let watches: WatchLoop
    let tunnels: TunnelDialer

    init(
        pipeline: RequestPipeline, peer: PeerCertificates, clientAddress: String?, eventLoop: any EventLoop,
        executor: EventLoopExecutor, watches: WatchLoop, tunnels: TunnelDialer
    ) {
        self.pipeline = pipeline
        self.peer = peer
        self.clientAddress = clientAddress
        self.eventLoop = eventLoop
        self.executor = executor
        self.watches = watches
        self.tunnels = tunnels
    }
}

/// One request and its answer, whatever carries them. Lives on the event loop of its sink.
final class RequestExchange {
    /// Bytes up to which an answer goes out at once.
    private static let wholeMax = 1 << 20
    /// Of longer ones so much at a time.
    private static let partSize = 256 * 1024

    private let services: RequestServices
    private let sink: any AnswerSink
    private var isHead = false
    private var watch: WatchWriter?
    private var task: Task<Void, Never>?

    init(_ services: RequestServices, sink: any AnswerSink) {
        self.services = services
        self.sink = sink
    }

    /// - target: path and query.
    /// - headers: names in lower case.
    func begin(method: String, target: String, headers: RequestHeaders, _ body: RequestBody) {
        guard !body.isTooLarge else {
            return refuse(.requestTooLarge("limit is \(BodyDecoder.bodyMax)"), headers)
        }
        guard let method = APIRequest.Method(rawValue: method) else {
            return refuse(.noSuchMethod(), headers)
        }
        isHead = method == .head
        if let farewell = services.pipeline.farewell.refusal(target, headers) { return sendAway(farewell, headers) }
        switch services.pipeline.begin(request(method, target, headers, body.bytes)) {
        case .answered(let answer): write(answer)
        case .waiting(let request): wait(for: request)
        }
    }

    /// The client is gone, or has its answer.
    func stop() {
        watch?.stop()
        watch = nil
        task?.cancel()
        task = nil
    }

    func sinkBecameWritable() { watch?.pump() }

    private func request(
        _ method: APIRequest.Method, _ target: String, _ headers: RequestHeaders, _ body: [UInt8]
    ) -> ServerRequest {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = mark.map { String(target[..<$0]) } ?? target
        let query = mark.map { target[target.utf8.index(after: $0)...] } ?? ""
        var credentials = Credentials(peer: services.peer)
        if let authorization = headers["authorization"], authorization.lowercased().hasPrefix("bearer ") {
            credentials.bearerToken = authorization.dropFirst(7).trimmed
        }
        return ServerRequest(
            method: method, path: path, query: QueryParameters(encoded: query), headers: headers, body: body,
            credentials: credentials)
    }

    private func wait(for request: RequestPipeline.WaitingRequest) {
        let promise = sink.eventLoop.makePromise(of: ServerAnswer.self)
        let pipeline = services.pipeline
        // What takes its time to work out must not hold up the other connections of this event loop.
        pipeline.farewell.begins()
        task = Task(executorPreference: request.isBrief ? services.executor : nil) {
            promise.succeed(await pipeline.answer(request))
        }
        let bound = bound
        promise.futureResult.whenSuccess { answer in
            let exchange = bound.value
            exchange.task = nil
            defer { pipeline.farewell.ends() }
            guard exchange.sink.isOpen else { return }
            exchange.write(answer)
        }
    }

    private var bound: NIOLoopBound<RequestExchange> { NIOLoopBound(self, eventLoop: sink.eventLoop) }

    // MARK: Writing

    private func write(_ answer: ServerAnswer) {
        switch answer {
        case .response(let response): write(response)
        case .watch(let subscription): begin(subscription)
        case .tunnel(let target): tunnel(to: target)
        case .webSocket(let target): join(to: target)
        case .webSocketStream(let stream): listen(to: stream)
        case .stream(let target): stream(from: target)
        }
    }

    private func write(_ response: ServerResponse) {
        var headers = [
            ("Content-Type", response.contentType), ("Content-Length", String(response.length)),
            ("Cache-Control", "no-cache, private"),
        ]
        headers += response.headers
        guard !isHead, response.length > Self.wholeMax else {
            return sink.send(response.code, headers, body: isHead ? [] : response.body.pieces)
        }
        sink.begin(response.code, headers)
        services.pipeline.farewell.begins()
        write(response.body.reader())
    }

    /// As fast as the client takes it, and with turns for the other connections.
    private func write(_ rest: AnswerBody.Reader) {
        var rest = rest
        var part = ByteBufferAllocator().buffer(capacity: Self.partSize)
        part.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.partSize) { rest.read(into: $0) }
        guard part.readableBytes > 0 else {
            services.pipeline.farewell.ends()
            return sink.end()
        }
        let (eventLoop, farewell) = (sink.eventLoop, services.pipeline.farewell)
        let bound = NIOLoopBound((self, rest), eventLoop: eventLoop)
        sink.write(part).whenComplete { result in
            guard case .success = result else { return farewell.ends() }
            eventLoop.execute {
                let (exchange, rest) = bound.value
                exchange.write(rest)
            }
        }
    }

    /// What is refused before anybody asks whose it is.
    private func refuse(_ error: StatusError, _ headers: RequestHeaders) { refuse(.failure(error, as: .json), headers) }

    private func refuse(_ response: ServerResponse, _ headers: RequestHeaders) {
        let id = services.pipeline.auditID(headers)
        write(ServerAnswer.response(response).adding([("Audit-Id", id), ("Date", services.pipeline.date.text)]))
    }

    private func sendAway(_ response: ServerResponse, _ headers: RequestHeaders) {
        sink.leaveConnection()
        refuse(response, headers)
    }

    private func begin(_ subscription: WatchSubscription) {
        let headers = [("Content-Type", subscription.contentType), ("Cache-Control", "no-cache, private")]
        sink.begin(200, headers + subscription.answerHeaders)
        let writer = WatchWriter(subscription, services.watches, sink: sink)
        watch = writer
        writer.start()
    }

    // MARK: Passing on

    private func tunnel(to target: TunnelTarget) {
        guard let http1 = sink.http1 else { return refuseUpgrade() }
        let bound = NIOLoopBound((self, http1), eventLoop: sink.eventLoop)
        services.tunnels.open(target.telling(services.clientAddress), on: sink.eventLoop).whenComplete { result in
            let (exchange, http1) = bound.value
            switch result {
            case .success(let backend): TunnelDialer.splice(http1, backend, telling: target.answerHeaders)
            case .failure(let error): exchange.refuse(error, target)
            }
        }
    }

    private func join(to target: WebSocketTarget) {
        guard let http1 = sink.http1 else { return refuseUpgrade() }
        let bound = NIOLoopBound((self, http1), eventLoop: sink.eventLoop)
        services.tunnels.upgrade(target.target, on: sink.eventLoop).whenComplete { result in
            let (exchange, http1) = bound.value
            switch (result, target.kind) {
            case (.success(let upgraded), _) where !exchange.sink.isOpen:
                upgraded.channel.close(promise: nil)
            case (.success(let upgraded), .tunnel) where !upgraded.answer.isUpgrade:
                upgraded.channel.close(promise: nil)
                let answer = upgraded.answer
                let type = answer["content-type"] ?? "text/plain; charset=utf-8"
                let headers = target.target.answerHeaders
                exchange.write(ServerResponse(answer.code, contentType: type, headers: headers, body: [answer.body]))
            case (.failure(let error), .tunnel):
                exchange.refuse(error, target.target)
            case (_, _):
                StreamBridge.join(http1, result, target)
            }
        }
    }

    private func refuseUpgrade() { write(.failure(.badRequest("Upgrade request required"), as: .json)) }

    private func refuse(_ error: any Error, _ target: TunnelTarget) {
        let answer = ServerAnswer.response(.failure(.internalError("error dialing backend: \(error)"), as: .json))
        write(answer.adding(target.answerHeaders))
    }

    private func listen(to stream: WebSocketStream) {
        guard let http1 = sink.http1 else { return refuseUpgrade() }
        let client = http1.channel
        let tunnels = services.tunnels
        TunnelDialer.takeOver(http1) {
            try client.pipeline.syncOperations.addHandler(WebSocketListener())
        }.whenComplete { _ in
            let answer = stream.handshake.response(
                choosing: stream.encoding?.rawValue, telling: stream.source.answerHeaders)
            client.writeAndFlush(ByteBuffer(string: answer), promise: nil)
            client.read()
            tunnels.relay(
                stream.source, on: client.eventLoop, head: { _, _ in },
                body: { client.writeAndFlush(stream.message($0)) },
                end: { _ in
                    client.writeAndFlush(WebSocketWriter.close()).whenComplete { _ in client.close(promise: nil) }
                })
        }
    }

    private func stream(from target: TunnelTarget) {
        let bound = bound
        let page = NIOLoopBound(PageInPassing(prefix: target.proxyPathPrefix), eventLoop: sink.eventLoop)
        let refused = NIOLoopBound(RefusalInPassing(target.refusal), eventLoop: sink.eventLoop)
        services.tunnels.relay(
            target.telling(services.clientAddress), on: sink.eventLoop, until: sink.gone,
            head: { status, headers in
                if refused.value.begin(status) { return }
                let headers = page.value.begin(headers)
                bound.value.sink.begin(Int(status.code), target.told(headers.map { ($0.name, $0.value) }))
            },
            body: { buffer in
                let sink = bound.value.sink
                if refused.value.take(buffer) { return sink.eventLoop.makeSucceededVoidFuture() }
                return sink.write(page.value.pass(buffer))
            },
            end: { error in
                let exchange = bound.value
                if let error {
                    exchange.write(ServerAnswer.response(target.failure(error)).adding(target.answerHeaders))
                } else if let error = refused.value.end() {
                    exchange.write(ServerAnswer.response(.failure(error, as: .json)).adding(target.answerHeaders))
                } else {
                    if let rest = page.value.end() { _ = exchange.sink.write(rest) }
                    exchange.sink.end()
                }
            })
    }
}
