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

/// The decoded query of a request.
package struct QueryParameters: Sendable {
    private var pairs: [(name: String, value: String)]
    private var encoded: Substring?

    package init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

    /// Reads `a=b&c=d`; a pair that is not valid percent-encoding is left out, as Go does.
    package init(encoded: Substring) {
        self.encoded = encoded
        pairs = encoded.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            return (name, value)
        }
    }

    /// As it was sent, or would be.
    package var text: String {
        if let encoded { return String(encoded) }
        return pairs.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
            .joined(separator: "&")
    }

    package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    package func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Go's ParseBool: `1`, `t`, `true` and so on; anything else is false.
    package func flag(_ name: String) -> Bool {
        switch self[name] {
        case "1", "t", "T", "true", "TRUE", "True": true
        case _: false
        }
    }

    package var everything: [(name: String, value: String)] { pairs }
}
