package import APIMachinery
package import ClusterPKI
internal import Synchronization

/// What the server has to say to a request.
package enum ServerAnswer: Sendable {
    case response(ServerResponse)
    case watch(WatchSubscription)
    /// The connection is handed to somebody else: exec, attach, port-forward, proxied upgrades.
    case tunnel(TunnelTarget)
    /// The same for clients that speak WebSocket where the other end speaks SPDY.
    case webSocket(WebSocketTarget)
    /// The answer of another server as messages of a WebSocket.
    case webSocketStream(WebSocketStream)
    /// The answer of another server, passed on as it comes: logs, proxied requests.
    case stream(TunnelTarget)
}

extension ServerAnswer {
    /// Says more in the head of the answer.
    func adding(_ headers: [(name: String, value: String)]) -> ServerAnswer {
        switch self {
        case .response(var response):
            response.headers += headers
            return .response(response)
        case .watch(let subscription):
            subscription.answerHeaders = headers
            return self
        case .tunnel(var target):
            target.answerHeaders += headers
            return .tunnel(target)
        case .stream(var target):
            target.answerHeaders += headers
            return .stream(target)
        case .webSocket(var target):
            target.target.answerHeaders += headers
            return .webSocket(target)
        case .webSocketStream(var stream):
            stream.source.answerHeaders += headers
            return .webSocketStream(stream)
        }
    }

    /// Tells when an answer is over that has no end of its own; `body` is called once, from any thread.
    func ending(_ body: @escaping @Sendable () -> Void) -> ServerAnswer {
        switch self {
        case .response:
            body()
            return self
        case .watch(let subscription):
            subscription.onEnd(body)
            return self
        case .tunnel(var target):
            target.onEnd(body)
            return .tunnel(target)
        case .stream(var target):
            target.onEnd(body)
            return .stream(target)
        case .webSocket(var target):
            target.target.onEnd(body)
            return .webSocket(target)
        case .webSocketStream(var stream):
            stream.source.onEnd(body)
            return .webSocketStream(stream)
        }
    }
}

/// A whole response.
package struct ServerResponse: Sendable {
    package var code: Int
    package var contentType: String
    package var headers: [(name: String, value: String)]
    package var body: AnswerBody

    package init(
        _ code: Int, contentType: String, headers: [(name: String, value: String)] = [], body: AnswerBody
    ) {
        self.code = code
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    package init(
        _ code: Int, contentType: String, headers: [(name: String, value: String)] = [], body: [[UInt8]]
    ) {
        self.init(code, contentType: contentType, headers: headers, body: .pieces(body))
    }

    package var length: Int { body.length }

    package static func text(_ code: Int, _ text: String) -> ServerResponse {
        ServerResponse(code, contentType: "text/plain; charset=utf-8", body: [Array(text.utf8)])
    }

    package static func json(_ code: Int, _ bytes: [UInt8]) -> ServerResponse {
        ServerResponse(code, contentType: "application/json", body: [bytes])
    }
}

/// A server behind ours (a kubelet, a pod, a service) to which a request is passed on.
package struct TunnelTarget: Sendable {
    package var host: String
    package var port: Int
    package var usesTLS: Bool
    /// Path and query at the target.
    package var target: String
    package var method: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// How the target is convinced that we are the API server; `nil` where it need not be.
    package var identity: TunnelIdentity?
    /// What a refusal, by its code and text, becomes; `nil` passes it on as it is.
    package var refusal: (@Sendable (Int, String) -> StatusError)?
    /// What redirects and relative links are rewritten to begin with; empty for none.
    package var proxyPathPrefix: String
    /// What the client is told beside the target's own answer.
    package var answerHeaders: [(name: String, value: String)] = []
    /// Who is told of the connection's end.
    package var ends: [TunnelEnd] = []

    package enum TunnelIdentity: Sendable {
        /// Our client certificate for kubelets; their serving certificate is checked against the cluster's authority.
        case kubeletClient
        /// Our certificate as a front proxy; what the extension API server shows is checked as its APIService says.
        case frontProxy(TunnelTrust)
    }

    package init(
        host: String, port: Int, usesTLS: Bool, target: String, method: String,
        headers: [(name: String, value: String)], body: [UInt8], identity: TunnelIdentity?, proxyPathPrefix: String = ""
    ) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.target = target
        self.method = method
        self.headers = headers
        self.body = body
        self.identity = identity
        self.proxyPathPrefix = proxyPathPrefix
    }
}

extension TunnelTarget {
    /// - body: called once, from any thread, when the connection is closed or was never made.
    package mutating func onEnd(_ body: @escaping @Sendable () -> Void) { ends.append(TunnelEnd(body)) }

    /// The target's own answer with what the client is told beside it.
    func told(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        let known = Set(headers.map { $0.name.lowercased() })
        return headers + answerHeaders.filter { !known.contains($0.name.lowercased()) }
    }
}

/// A connection that was handed to somebody else, for as long as it is open.
package final class TunnelEnd: Sendable {
    private let body: @Sendable () -> Void
    private let isOver = Atomic<Bool>(false)

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// The connection is closed.
    func end() { if !isOver.exchange(true, ordering: .acquiringAndReleasing) { body() } }

    /// There never was a connection.
    deinit { end() }
}

/// What is shown to an extension API server, and what is asked of it.
package struct TunnelTrust: Sendable, Hashable {
    package var client: PEMPair?
    /// PEM; empty trusts the machine's own authorities.
    package var authority: [UInt8]
    /// The name that its certificate has to bear.
    package var hostname: String
    package var skipsVerification: Bool

    package init(client: PEMPair?, authority: [UInt8], hostname: String, skipsVerification: Bool) {
        self.client = client
        self.authority = authority
        self.hostname = hostname
        self.skipsVerification = skipsVerification
    }
}
