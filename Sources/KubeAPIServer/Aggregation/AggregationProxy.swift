internal import APIClient
internal import APIMachinery
internal import ClusterPKI

/// Passes requests on to extension API servers. Who asks has been found out, and whether they may.
struct AggregationProxy: Sendable {
    let index: APIServiceIndex
    let objects: ObjectLookup
    /// What we show to extension servers; `nil` shows nothing, and they will believe no header.
    let client: Replaceable<PEMPair>?

    func service(at path: String) -> RegisteredService? { index.remote(at: path) }

    func answer(_ request: ServerRequest, _ user: UserInfo, _ service: RegisteredService) -> ServerAnswer {
        guard let remote = service.remote, service.isAvailable,
            // Who asks is told no more than that; what is wrong is said in the APIService's status.
            let address = try? remote.address(objects)
        else { return .response(Self.unavailable("service unavailable")) }
        var target = target(remote, at: address)
        target.target = APIRequest(.get, request.path, query: request.query.everything).target
        target.method = request.method.rawValue
        target.body = request.body
        target.headers = RemoteHeadersPlan.headers(of: request.headers, user: user)
        return RemoteHeadersPlan.isUpgrade(request.headers) ? .tunnel(target) : .stream(target)
    }

    /// A GET in our own name.
    func question(
        _ path: String, to remote: RemoteService, accept: String, etag: String = ""
    ) throws(StatusError) -> TunnelTarget {
        var target = target(remote, at: try remote.address(objects))
        target.target = path
        target.headers = RemoteHeadersPlan.identity(Self.aggregator) + [("Accept", accept)]
        if !etag.isEmpty { target.headers.append(("If-None-Match", etag)) }
        return target
    }

    /// As upstream's aggregator introduces itself.
    private static let aggregator = UserInfo(name: "system:kube-aggregator", groups: [UserGroup.masters])

    private func target(_ remote: RemoteService, at address: String) -> TunnelTarget {
        let trust = TunnelTrust(
            client: client?.current, authority: remote.authority, hostname: remote.hostname,
            skipsVerification: remote.skipsVerification)
        return TunnelTarget(
            host: address, port: remote.port, usesTLS: true, target: "/", method: "GET", headers: [], body: [],
            identity: .frontProxy(trust))
    }

    /// As Go's `http.Error` writes it.
    static func unavailable(_ text: String) -> ServerResponse {
        var response = ServerResponse.text(503, text + "\n")
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        return response
    }
}
