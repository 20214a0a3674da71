internal import APIMachinery
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Asks extension API servers about themselves, in the aggregator's own name.
struct RemoteQuestions: Sendable {
    /// Upstream's patience with an extension server.
    static let timeout = TimeAmount.seconds(5)
    /// How often a server is asked before it counts as gone.
    static let attemptsMax = 3

    struct Answer: Sendable {
        var code = 0
        var etag = ""
        /// `nil` when there is none, or it is no JSON.
        var document: Value?
    }

    private let proxy: AggregationProxy
    private let client: RelayClient

    init(proxy: AggregationProxy, dialer: TunnelDialer) {
        self.proxy = proxy
        client = RelayClient(dialer: dialer)
    }

    /// A document; a server that does not answer has none.
    func get(_ path: String, of service: RegisteredService, accept: String, etag: String = "") async -> Answer {
        guard let remote = service.remote,
            // Who cannot be asked has no documents; why is said by the check of its availability.
            let target = try? proxy.question(path, to: remote, accept: accept, etag: etag),
            let answer = try? await client.fetch(target, within: Self.timeout)
        else { return Answer() }
        guard answer.code == 200 else { return Answer(code: answer.code) }
        return Answer(
            // A document that is no JSON is as good as none.
            code: 200, etag: answer.headers.first(name: "etag") ?? "", document: try? Value(json: answer.body))
    }

    /// Why a path does not answer well; `nil` when it does.
    func failure(_ service: RegisteredService, _ path: String) async -> String? {
        guard let remote = service.remote else { return nil }
        var failure: String?
        for _ in 1...Self.attemptsMax {
            do throws(StatusError) {
                let target = try proxy.question(path, to: remote, accept: "application/json")
                let url = "https://\(target.host):\(target.port)\(path)"
                failure = await ask(target, url).map { "failing or missing response from \(url): \($0)" }
            } catch {
                failure = error.message
            }
            if failure == nil { return nil }
        }
        return failure
    }

    private func ask(_ target: TunnelTarget, _ url: String) async -> String? {
        do {
            let answer = try await client.fetch(target, within: Self.timeout)
            return (200..<300).contains(answer.code) ? nil : "bad status from \(url): \(answer.code)"
        } catch { return "Get \"\(url)\": \(Self.text(error))" }
    }

    /// In words that stay the same as long as the reason does: a condition is made of them.
    private static func text(_ error: any Error) -> String {
        switch error {
        case is NIOConnectionError: "connect: connection refused"
        case ChannelError.connectTimeout: "context deadline exceeded"
        case let error as StatusError: error.message
        case is NIOSSLError, is NIOSSLExtraError: "tls: \(error)"
        case _: "\(error)"
        }
    }
}
