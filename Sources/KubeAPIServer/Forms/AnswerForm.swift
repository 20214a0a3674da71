internal import APIMachinery
internal import Compression

/// In what form an answer goes out that is known already: indented, compressed, or as it is. Upstream's rules.
struct AnswerForm: Sendable {
    /// Bytes from which an answer is compressed.
    static let compressionMin = 128 * 1024
    /// Bytes beyond which an answer's form is work that nobody else should wait for.
    private static let quickMax = 64 * 1024
    /// Pages whose texts are what they are.
    private static let rigid = ["/openapi", "/openid", "/.well-known"]

    private let isPretty: Bool
    /// Where compressed pieces are kept; `nil` where the client does not want them.
    private let compressor: Compressor?

    init(_ request: ServerRequest, compressor: Compressor?) {
        isPretty = request.prefersPrettyJSON && !Self.rigid.contains { request.path.hasPrefix($0) }
        self.compressor = compressor.flatMap { Self.acceptsGzip(request) ? $0 : nil }
    }

    /// Whether giving the answer its form takes long.
    func isWork(_ answer: ServerAnswer) -> Bool {
        guard isPretty || compressor != nil, case .response(let response) = answer else { return false }
        return response.length > Self.quickMax
    }

    func applied(to answer: ServerAnswer) -> ServerAnswer {
        guard isPretty || compressor != nil, case .response(var response) = answer else { return answer }
        if isPretty, response.contentType.hasPrefix("application/json"), response.length > 0 {
            response.body = .pieces([PrettyJSON.indented(response.body.pieces)])
        }
        if let compressor, response.length > Self.compressionMin {
            var reader = response.body.reader()
            response.body = .pieces(compressor.gzip { reader.read(into: $0) })
            response.headers.append(("Content-Encoding", "gzip"))
            response.headers.append(("Vary", "Accept-Encoding"))
        }
        return .response(response)
    }

    /// Upstream asks for the very word: no weights, no `*`.
    private static func acceptsGzip(_ request: ServerRequest) -> Bool {
        guard let accepted = request.headers["accept-encoding"] else { return false }
        return accepted.split(separator: ",").contains { $0.trimmed == "gzip" }
    }
}

extension ServerRequest {
    /// What the query or the media type asks for, else what the client's name suggests: people use browsers and curl.
    var prefersPrettyJSON: Bool {
        // Searching a text costs more than all the rest, and few have parameters.
        if let accept = headers["accept"], accept.utf8.contains(UInt8(ascii: "=")), accept.contains("pretty=1") {
            return true
        }
        if let asked = query["pretty"], !asked.isEmpty { return GoBool(asked)?.value ?? false }
        guard let agent = headers["user-agent"] else { return false }
        return agent.hasPrefix("curl") || agent.hasPrefix("Wget") || agent.hasPrefix("Mozilla/5.0")
    }
}
