package import APIMachinery
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// The way to webhooks.
package protocol WebhookTransport: Sendable {
    /// The answer's JSON. Errors read as Go's HTTP client writes them.
    func post(
        _ review: Value, to target: WebhookTarget, timeout seconds: Int64
    ) async throws(WebhookCallError) -> Value
}

extension WebhookTransport {
    /// Finds the webhook and posts; who cannot be found reads as who cannot be reached.
    func post(
        _ review: Value, to config: WebhookClientConfig, _ objects: ObjectLookup, timeout seconds: Int64
    ) async throws(WebhookCallError) -> Value {
        let target: WebhookTarget
        do throws(StatusError) { target = try WebhookTarget(config, objects) } catch {
            throw WebhookCallError("Post \"\(config.url)?timeout=\(seconds)s\": \(error.message)")
        }
        return try await post(review, to: target, timeout: seconds)
    }
}

/// Posts reviews to webhooks, over connections that are kept for the next one.
package final class WebhookCaller: WebhookTransport {
    /// Upstream's limit for what a webhook may answer.
    static let answerMax = 3 << 20
    /// Targets whose connections are kept; beyond that the oldest go.
    static let targetsMax = 64

    private struct Clients {
        var byTarget: [Trust: HTTPClient] = [:]
        var order: [Trust] = []
    }

    /// Connections are shared by those who trust the same authority at the same addresses.
    private struct Trust: Hashable {
        let addresses: [String: String]
        let authority: [UInt8]
    }

    private let clients = Mutex(Clients())

    package init() {}

    deinit {
        // Lets go of all connections; there is nothing to be done about one that does not close in order.
        for client in clients.withLock({ $0.byTarget.values }) { client.shutdown { _ in } }
    }

    package func post(
        _ review: Value, to target: WebhookTarget, timeout seconds: Int64
    ) async throws(WebhookCallError) -> Value {
        let url = target.url + "?timeout=\(seconds)s"
        let status: UInt
        let body: [UInt8]
        do {
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers = ["content-type": "application/json", "accept": "application/json, */*"]
            if let context = TraceSpan.current?.context {
                request.headers.add(name: "traceparent", value: context.header)
                if !context.state.isEmpty { request.headers.add(name: "tracestate", value: context.state) }
            }
            request.body = .bytes(review.json)
            let response = try await client(for: target).execute(request, timeout: .seconds(seconds))
            let buffer = try await response.body.collect(upTo: Self.answerMax)
            status = response.status.code
            body = Array(buffer.readableBytesView)
        } catch {
            throw WebhookCallError(posting: url, error)
        }
        try WebhookCallError.check(status, body)
        do throws(JSONError) { return try Value(json: body) } catch {
            throw WebhookCallError("the answer is no JSON: \(error)")
        }
    }

    private func client(for target: WebhookTarget) throws -> HTTPClient {
        let trust = Trust(addresses: target.addresses, authority: target.authority)
        if let client = clients.withLock({ $0.byTarget[trust] }) { return client }
        var tls = TLSConfiguration.makeClientConfiguration()
        if !target.authority.isEmpty {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(target.authority))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.dnsOverride = target.addresses
        let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let (kept, dropped) = clients.withLock { clients in
            if let other = clients.byTarget[trust] { return (other, [made]) }
            clients.byTarget[trust] = made
            clients.order.append(trust)
            var dropped: [HTTPClient] = []
            while clients.order.count > Self.targetsMax {
                if let old = clients.byTarget.removeValue(forKey: clients.order.removeFirst()) { dropped.append(old) }
            }
            return (made, dropped)
        }
        // A call that is under way on a dropped client ends as any failed call.
        for client in dropped { client.shutdown { _ in } }
        return kept
    }
}

/// Why a webhook did not answer.
package struct WebhookCallError: Error {
    package let message: String

    package init(_ message: String) { self.message = message }

    /// What the HTTP client says, in the words of Go's.
    init(posting url: String, _ error: any Error) {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout:
            self.init("Post \"\(url)\": context deadline exceeded")
        case _:
            self.init("Post \"\(url)\": \(error)")
        }
    }

    /// Throws for an answer that is none, with what it says.
    static func check(_ status: UInt, _ body: [UInt8]) throws(WebhookCallError) {
        guard !(200..<300).contains(status) else { return }
        let text = String(decoding: body.prefix(1024), as: UTF8.self)
        throw WebhookCallError("an error on the server (\"\(text)\") has prevented the request from succeeding")
    }
}
