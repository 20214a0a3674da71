internal import APIMachinery
internal import Synchronization

/// What is said to requests that come when the server is about to end and has begun to answer what is under way
/// (upstream's `WithRetryAfter` and `WithWaitGroup`).
package final class Farewell: Sendable {
    package enum Manner: Int, Sendable {
        /// The server does not listen any more; who comes over an open connection tries another server.
        case unavailable = 1
        /// The server still listens, and sends everybody away (`--shutdown-send-retry-after`).
        case tooManyRequests = 2
    }

    /// Who looks after the server, or reads its metrics, is answered to the end.
    private static let exemptPaths = ["/readyz", "/livez", "/healthz", "/metrics"]
    private static let exemptAgent = "kube-apiserver/"

    private let manner = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)

    /// Requests of connections whose answers take waiting and are not written yet.
    var underWay: Int { waiting.load(ordering: .relaxed) }

    func begins() { waiting.add(1, ordering: .relaxed) }
    func ends() { waiting.subtract(1, ordering: .relaxed) }

    package init() {}

    package func begin(_ manner: Manner) { self.manner.store(manner.rawValue, ordering: .relaxed) }

    /// The last answer of a connection; `nil` as long as requests are answered.
    package func refusal(_ target: String, _ headers: RequestHeaders) -> ServerResponse? {
        let manner = manner.load(ordering: .relaxed)
        return manner == 0 ? nil : refusal(target, headers, Manner(rawValue: manner))
    }

    private func refusal(_ target: String, _ headers: RequestHeaders, _ manner: Manner?) -> ServerResponse? {
        let isExempt = Self.exemptPaths.contains(where: target.hasPrefix)
            || headers["user-agent"]?.hasPrefix(Self.exemptAgent) == true
        guard !isExempt, let manner else { return nil }
        switch manner {
        case .unavailable:
            var response = ServerResponse.failure(.serviceUnavailable("apiserver is shutting down"), as: .json)
            response.headers += [("Retry-After", "1"), ("X-Content-Type-Options", "nosniff")]
            return response
        case .tooManyRequests:
            var response = ServerResponse.text(429, "The apiserver is shutting down, please try again later.\n")
            response.headers += [("Retry-After", "5"), ("X-Content-Type-Options", "nosniff")]
            return response
        }
    }
}
