package import APIClient
internal import APIMachinery
internal import APITypes
package import ClusterPKI
package import Determinism
internal import Synchronization

/// Who may ask the node's server what: the API server says it, also of itself. Anonymous callers may ask nothing.
package final class NodeAccess: Sendable {
    /// How long answers of the API server are believed, and how many are kept.
    static let rememberedFor = Duration.seconds(60)
    static let rememberedMax = 1024

    private let verifier: ClientCertificateVerifier
    private let client: APIClient
    private let nodeName: String
    private let time: any Timekeeper
    private let tokens = Mutex<[String: (caller: NodeCaller, until: Duration)]>([:])
    private let verdicts = Mutex<[String: (isAllowed: Bool, until: Duration)]>([:])

    package init(
        verifier: ClientCertificateVerifier, client: APIClient, nodeName: String, time: any Timekeeper
    ) {
        self.verifier = verifier
        self.client = client
        self.nodeName = nodeName
        self.time = time
    }

    /// The caller by certificate or bearer token; nil for strangers.
    package func identify(_ request: NodeRequest, certificates: [[UInt8]]) async -> NodeCaller? {
        if !certificates.isEmpty, case .success(let identity) = verifier.verify(certificates) {
            return NodeCaller(userName: identity.userName, groups: identity.groups + ["system:authenticated"])
        }
        guard let header = request.header("authorization"), header.lowercased().hasPrefix("bearer ") else { return nil }
        return await identify(token: String(header.dropFirst(7)))
    }

    /// Whether the caller may make this request.
    package func allows(_ caller: NodeCaller, _ request: NodeRequest) async -> Bool {
        // The narrow permission first, then the wide one that stands for all.
        for subresource in Self.subresources(request.path) {
            if await allows(caller, Self.verb(request), subresource) { return true }
        }
        return false
    }

    private func allows(_ caller: NodeCaller, _ verb: String, _ subresource: String) async -> Bool {
        let key = "\(caller.userName)\u{0}\(caller.groups.joined(separator: ","))\u{0}\(verb)\u{0}\(subresource)"
        if let known = verdicts.withLock({ $0[key] }), time.uptime < known.until { return known.isAllowed }
        var review = SubjectAccessReview()
        review.spec.user = caller.userName
        review.spec.groups = caller.groups
        var attributes = ResourceAttributes()
        attributes.verb = verb
        attributes.version = "v1"
        attributes.resource = "nodes"
        attributes.subresource = subresource
        attributes.name = nodeName
        review.spec.resourceAttributes = attributes
        do throws(StatusError) {
            let isAllowed = try await client.create(review).status.allowed
            remember(isAllowed, for: key)
            return isAllowed
        } catch {
            return false
        }
    }

    private func remember(_ isAllowed: Bool, for key: String) {
        let until = time.uptime + Self.rememberedFor
        verdicts.withLock { verdicts in
            if verdicts.count >= Self.rememberedMax { verdicts.removeAll() }
            verdicts[key] = (isAllowed, until)
        }
    }

    private func identify(token: String) async -> NodeCaller? {
        if let known = tokens.withLock({ $0[token] }), time.uptime < known.until { return known.caller }
        var review = TokenReview()
        review.spec.token = token
        // An API server that does not answer identifies nobody.
        guard let status = try? await client.create(review).status, status.authenticated else { return nil }
        let caller = NodeCaller(userName: status.user.username, groups: status.user.groups)
        let until = time.uptime + Self.rememberedFor
        tokens.withLock { tokens in
            if tokens.count >= Self.rememberedMax { tokens.removeAll() }
            tokens[token] = (caller, until)
        }
        return caller
    }

    static func verb(_ request: NodeRequest) -> String {
        switch request.method {
        case "POST": "create"
        case "PUT": "update"
        case "PATCH": "patch"
        case "DELETE": "delete"
        default: "get"
        }
    }

    /// The subresources of nodes, any of which opens a path, as upstream maps them.
    static func subresources(_ path: String) -> [String] {
        for (prefix, names) in [
            ("/stats", ["stats"]), ("/metrics", ["metrics"]), ("/logs", ["log"]), ("/checkpoint", ["checkpoint"]),
            ("/pods", ["pods", "proxy"]), ("/runningpods", ["pods", "proxy"]), ("/healthz", ["healthz", "proxy"]),
            ("/configz", ["configz", "proxy"]),
        ]
        where path == prefix || path.hasPrefix(prefix + "/") {
            return names
        }
        return ["proxy"]
    }
}
