internal import AsyncHTTPClient
package import ClusterPKI
internal import Determinism
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// A webhook that a kubeconfig file names, for reviews and events.
package final class ConfiguredWebhook: Sendable {
    static let answerMax = 3 << 20

    private let kubeconfig: Kubeconfig
    private let client = Mutex<HTTPClient?>(nil)

    package init(_ kubeconfig: Kubeconfig) { self.kubeconfig = kubeconfig }

    deinit {
        // Lets go of all connections; there is nothing to be done about one that does not close in order.
        client.withLock { $0 }?.shutdown { _ in }
    }

    /// Sends JSON and returns the body of the answer. Goes on when the caller is cancelled, until the timeout.
    func post(_ body: [UInt8], timeout: Duration) async throws(WebhookCallError) -> [UInt8] {
        let url = kubeconfig.server
        let status: UInt
        let answer: [UInt8]
        do {
            var headers: HTTPHeaders = ["content-type": "application/json", "accept": "application/json, */*"]
            if let token = try token() { headers.add(name: "authorization", value: "Bearer \(token)") }
            let request = try HTTPClient.Request(url: url, method: .POST, headers: headers, body: .bytes(body))
            let accumulator = ResponseAccumulator(request: request, maxBodySize: Self.answerMax)
            let response = try await open().execute(
                request: request, delegate: accumulator, deadline: .now() + .nanoseconds(timeout.wholeNanoseconds)
            ).get()
            status = response.status.code
            answer = response.body.map { Array($0.readableBytesView) } ?? []
        } catch {
            throw WebhookCallError(posting: url, error)
        }
        try WebhookCallError.check(status, answer)
        return answer
    }

    private func token() throws -> String? {
        if !kubeconfig.token.isEmpty { return kubeconfig.token }
        guard !kubeconfig.tokenFile.isEmpty else { return nil }
        return try SecretFile.readText(kubeconfig.tokenFile).map { Substring($0).trimmed }
    }

    private func open() throws -> HTTPClient {
        try client.withLock { client in
            if let client { return client }
            var tls = TLSConfiguration.makeClientConfiguration()
            if let authority = kubeconfig.certificateAuthority {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(try authority.load()))
            }
            if kubeconfig.isTLSVerificationSkipped { tls.certificateVerification = .none }
            if let certificate = kubeconfig.clientCertificate, let key = kubeconfig.clientKey {
                let chain = try NIOSSLCertificate.fromPEMBytes(try certificate.load())
                tls.certificateChain = chain.map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: try key.load(), format: .pem))
            }
            let made = HTTPClient(
                eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(tlsConfiguration: tls))
            client = made
            return made
        }
    }
}
