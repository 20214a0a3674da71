package import APIMachinery
package import ClusterPKI

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

/// A whole response. The body comes in pieces so that a list is a frame around shared bytes.
package struct ServerResponse: Sendable {
    package var code: Int
    package var contentType: String
    package var headers: [(name: String, value: String)]
    package var body: [[UInt8]]

    package init(
        _ code: Int, contentType: String, headers: [(name: String, value: String)] = [], body: [[UInt8]]
    ) {
        self.code = code
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    package var length: Int { body.reduce(0) { $0 + $1.count } }

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
    /// Who is told of the connection's end; `nil` when nobody writes it down.
    package var audit: AuditedTunnel?

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
