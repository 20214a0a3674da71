package import APIMachinery
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// The way to an API server over TLS.
package final class HTTPSTransport: APITransport {
    /// The largest answer that is read: a list of a large cluster.
    package static let bodyMax = 1 << 30
    /// How long a request may take, watches apart.
    static let timeout = TimeAmount.seconds(60)
    /// A line of a watch longer than this is no event.
    package static let lineMax = 64 << 20

    /// How a client is known to the server, and the server to the client; PEM texts.
    package struct Identity: Sendable {
        package var authority: String
        /// Empty, as the key, where each request brings a token.
        package var certificate: String
        package var key: String

        package init(authority: String, certificate: String, key: String) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    private let server: String
    private let userAgent: String
    private let client: HTTPClient

    /// - server: `https://host:port`.
    package init(server: String, identity: Identity, userAgent: String) throws {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.userAgent = userAgent
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.authority.utf8)))
        if !identity.certificate.isEmpty { try Self.show(identity, &tls) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(10)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func show(_ identity: Identity, _ tls: inout TLSConfiguration) throws {
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem))
    }

    deinit {
        // Lets go of all connections; there is nothing to be done about one that does not close in order.
        client.shutdown { _ in }
    }

    package func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
        do {
            let response = try await client.execute(prepared(request), timeout: Self.timeout)
            let buffer = try await response.body.collect(upTo: Self.bodyMax)
            let body = Array(buffer.readableBytesView)
            try Self.check(response.status.code, body)
            return APIResponse(
                code: Int(response.status.code), contentType: response.headers.first(name: "content-type") ?? "",
                body: body)
        } catch let error as StatusError {
            throw error
        } catch {
            throw .serviceUnavailable("the API server cannot be reached: \(error)")
        }
    }

    package func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        do {
            let response = try await client.execute(prepared(request), deadline: .distantFuture)
            guard response.status == .ok else {
                let buffer = try await response.body.collect(upTo: Self.bodyMax)
                try Self.check(response.status.code, Array(buffer.readableBytesView))
                throw StatusError.internalError("the server did not start the watch: \(response.status)")
            }
            let lines = LineReader(response.body)
            return AsyncThrowingStream { try await lines.next() }
        } catch let error as StatusError {
            throw error
        } catch {
            throw .serviceUnavailable("the API server cannot be reached: \(error)")
        }
    }

    private func prepared(_ request: APIRequest) -> HTTPClientRequest {
        var prepared = HTTPClientRequest(url: server + request.target)
        prepared.method = HTTPMethod(rawValue: request.method.rawValue)
        prepared.headers = ["accept": request.accept, "user-agent": userAgent]
        if let token = request.bearerToken { prepared.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body = request.body {
            prepared.headers.add(name: "content-type", value: request.contentType)
            prepared.body = .bytes(body)
        }
        return prepared
    }

    private static func check(_ code: UInt, _ body: [UInt8]) throws(StatusError) {
        guard code >= 400 else { return }
        // An error that is no Status (a proxy's page, say) is told with its code.
        if let value = try? Value(json: body), let error = StatusError(status: value) { throw error }
        throw StatusError(
            code: Int(code), reason: .unknown, message: String(decoding: body.prefix(1024), as: UTF8.self))
    }
}

/// Cuts a body into lines.
// Unchecked: only the stream that was made of it calls `next`, one call after the other.
private final class LineReader: @unchecked Sendable {
    private var iterator: HTTPClientResponse.Body.AsyncIterator
    private var buffer: [UInt8] = []
    private var searched = 0

    init(_ body: HTTPClientResponse.Body) { iterator = body.makeAsyncIterator() }

    func next() async throws -> [UInt8]? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                searched = 0
                if line.isEmpty { continue }
                return line
            }
            searched = buffer.count
            guard searched <= HTTPSTransport.lineMax else {
                throw StatusError.internalError("a watch event of more than \(HTTPSTransport.lineMax) bytes")
            }
            guard let chunk = try await iterator.next() else { return nil }
            buffer.append(contentsOf: chunk.readableBytesView)
        }
    }
}
