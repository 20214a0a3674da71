import KubeAPIServer
import Testing

@Suite("LinkRewriter")
struct LinkRewriterTests {
    private func rewrite(_ page: String, pieces: Int = 1) -> String {
        var rewriter = LinkRewriter(prefix: "/api/proxy")
        var output: [UInt8] = []
        for piece in Array(page.utf8).chunked(pieces) { output += rewriter.rewrite(piece) }
        return String(decoding: output + rewriter.finish(), as: UTF8.self)
    }

    @Test(
        "links to the same server lead through the proxy, all else stays as it is",
        arguments: [
            (#"<a href="/page">x</a>"#, #"<a href="/api/proxy/page">x</a>"#),
            ("<img alt=a src=/i.png>", "<img alt=a src=/api/proxy/i.png>"),
            (#"<A HREF = '/a' title="/a">"#, #"<A HREF = '/api/proxy/a' title="/a">"#),
            (#"<a href="//other/page">"#, #"<a href="//other/page">"#),
            (#"<a href="https://other/">"#, #"<a href="https://other/">"#),
            (#"<a href="page">"#, #"<a href="page">"#),
            (#"<a href="/api/proxy/page">"#, #"<a href="/api/proxy/page">"#),
            (#"<p href="/page">1 < 2"#, #"<p href="/page">1 < 2"#),
            (#"<a title=">" href="/x">"#, #"<a title=">" href="/api/proxy/x">"#),
            ("<a href", "<a href"),
        ])
    func links(_ page: String, _ expected: String) {
        #expect(rewrite(page) == expected)
        #expect(rewrite(page, pieces: page.utf8.count) == expected)
    }
}

extension Array {
    /// The same elements in so many pieces.
    fileprivate func chunked(_ pieces: Int) -> [ArraySlice<Element>] {
        let size = Swift.max(1, (count + pieces - 1) / pieces)
        return stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
