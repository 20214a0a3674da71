package import APIClient
package import APIMachinery

/// One request as the server sees it, whatever it came through: HTTP/1.1, HTTP/2 or the in-process transport.
package struct ServerRequest: Sendable {
    package var method: APIRequest.Method
    /// The path, still percent-encoded, without the query.
    package var path: String
    package var query: QueryParameters
    package var headers: RequestHeaders
    package var body: [UInt8]
    package var credentials: Credentials

    package init(
        method: APIRequest.Method, path: String, query: QueryParameters, headers: RequestHeaders, body: [UInt8],
        credentials: Credentials
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.credentials = credentials
    }

    /// Path and query, as they were sent.
    package var uri: String {
        let query = query.text
        return query.isEmpty ? path : "\(path)?\(query)"
    }
}

/// What a client shows to say who it is.
package struct Credentials: Sendable {
    /// What the other end of the connection presented in the TLS handshake.
    package let peer: PeerCertificates
    package var bearerToken: String?

    package init(peer: PeerCertificates, bearerToken: String? = nil) {
        self.peer = peer
        self.bearerToken = bearerToken
    }
}

/// The few headers that the server looks at, names in lower case.
package struct RequestHeaders: Sendable {
    private var fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    package func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    package var names: [String] { fields.map(\.name) }
    package var everything: [(name: String, value: String)] { fields }
}
