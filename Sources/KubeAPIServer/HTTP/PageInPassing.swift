internal import NIOCore
internal import NIOHTTP1

/// The answer of a proxied server on its way to the client.
final class PageInPassing {
    private let prefix: String
    private var rewriter: LinkRewriter?

    init(prefix: String) { self.prefix = prefix }

    func begin(_ headers: HTTPHeaders) -> HTTPHeaders {
        guard !prefix.isEmpty else { return headers }
        var headers = headers
        if let place = headers.first(name: "location") {
            headers.replaceOrAdd(name: "location", value: LinkRewriter.rewritten(place, prefix))
        }
        let isPage = headers.first(name: "content-type")?.hasPrefix("text/html") == true
        if isPage, headers["content-encoding"].isEmpty {
            rewriter = LinkRewriter(prefix: prefix)
            headers.remove(name: "content-length")
        }
        return headers
    }

    func pass(_ buffer: ByteBuffer) -> ByteBuffer {
        guard rewriter != nil else { return buffer }
        return ByteBuffer(bytes: rewriter?.rewrite(buffer.readableBytesView) ?? [])
    }

    func end() -> ByteBuffer? { (rewriter?.finish()).map { ByteBuffer(bytes: $0) } }
}
