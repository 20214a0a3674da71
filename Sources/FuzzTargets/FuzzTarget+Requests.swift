internal import APIClient
internal import HTTP2
internal import KubeAPIServer
internal import NIOCore

/// What comes in from a connection.
extension FuzzTarget {
    static let query = FuzzTarget(
        "query", texts: ["a=b&c=%20d+e&f", "fieldSelector=metadata.name%3Dx&watch=1", "%zz=1&=&&a=%",
        "limit=500&continue=a%2Fb%3D"],
        tokens: ["&", "=", "%", "+", "%00", "%ff", ";", "?", "#"]
    ) { text throws in
        let query = QueryParameters(encoded: text[...])
        let again = QueryParameters(encoded: QueryParameters(query.everything).text[...])
        try FuzzFinding.check(
            query.everything.elementsEqual(again.everything) { $0.name == $1.name && $0.value == $1.value },
            "\(query.everything) becomes \(again.everything)")
        for (_, value) in query.everything {
            try FuzzFinding.check(PercentEncoding.decode(PercentEncoding.encode(value)[...]) == value, value)
        }
    }

    static let requestInfo = FuzzTarget(
        "request-info",
        texts: [
            "/api/v1/namespaces/default/pods/web/log?follow=1",
            "/apis/apps/v1/watch/deployments?fieldSelector=metadata.name=a",
            "/api/v1/namespaces/kube-system/status", "/apis/a/b/namespaces//x/y/proxy/z/", "/healthz", "/api", "//",
        ],
        tokens: ["/", "//", "/namespaces", "/watch", "/proxy", "%2F", "?", "/api/v1", "/apis/",
            "fieldSelector=metadata.name="]
    ) { text in
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = QueryParameters(encoded: parts.count > 1 ? parts[1] : "")
        for method in [APIRequest.Method.get, .post, .delete] {
            _ = RequestInfo(method: method, path: String(parts[0]), query: query)
        }
    }

    static let http2 = FuzzTarget("http2", examples: frames, tokens: ["\0\0\0\u{4}\0\0\0\0\0",
        "\0\0\0\u{1}\u{5}\0\0\0", "\0\0\u{8}"]) {
        (input) in
        let connection = HTTP2Connection { stream, _ in Answering(stream) }
        // A refusal ends the connection, as it does outside.
        let preface = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        guard (try? connection.receive(preface, now: 0)) != nil else { return }
        let cut = input.count / 3
        for (time, piece) in [input[..<cut], input[cut...]].enumerated() {
            guard (try? connection.receive(ByteBuffer(bytes: piece), now: Int64(time))) != nil else { break }
            _ = connection.takeOutput()
        }
        connection.close()
    }

    /// Settings; a request in literals; its body; a window's update, a ping and a reset.
    private static let frames: [[UInt8]] = [
        [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 5],
        [0, 0, 7, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84, 0x41, 2, 0x61, 0x62],
        [0, 0, 4, 1, 4, 0, 0, 0, 1, 0x83, 0x87, 0x84, 0x20, 0, 0, 2, 0, 1, 0, 0, 0, 1, 1, 2],
        [0, 0, 3, 1, 0, 0, 0, 0, 1, 0x82, 0x87, 0x84, 0, 0, 0, 9, 4, 0, 0, 0, 1],
        [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]

    /// Answers everything with as much as it got.
    private final class Answering: HTTP2StreamUser {
        private let stream: HTTP2Stream

        init(_ stream: HTTP2Stream) { self.stream = stream }

        func receive(_ bytes: ByteBuffer) {
            stream.respond(200, [("content-type", "text/plain")])
            stream.write([Array(bytes.readableBytesView)])
        }

        func receiveEnd() {
            stream.respond(200, [])
            stream.write([[1, 2, 3]], isLast: true)
        }

        func becameWritable() {}
        func closed() {}
    }

    static let webSocket = FuzzTarget(
        "websocket",
        examples: [
            [0x82, 0x83, 1, 2, 3, 4, 0, 1, 2], [0x01, 0x81, 0, 0, 0, 0, 9, 0x80, 0x80, 0, 0, 0, 0],
            [0x88, 0x82, 0, 0, 0, 0, 3, 0xe8], [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 1, 1, 5, 5],
            [0x89, 0x80, 0, 0, 0, 0],
        ], tokens: ["\0\0\0\0", "\u{1}", "\u{7f}"]
    ) { (input) in
        var reader = WebSocketReader()
        read(input) { try reader.next(&$0) != nil }
    }

    static let spdy = FuzzTarget(
        "spdy",
        examples: [
            [0, 0, 0, 1, 1, 0, 0, 2, 5, 6], [0x80, 3, 0, 2, 0, 0, 0, 4, 0, 0, 0, 1],
            [0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 9],
            [0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 5],
        ], tokens: ["\0\0\0\0", "\u{1}", "\u{3}\0"]
    ) { (input) in
        var reader = SPDYReader()
        read(input) { try reader.next(&$0) != nil }
    }

    /// Hands on the input in two pieces, and reads until there is no more or it is refused.
    private static func read(_ input: [UInt8], next: (inout ByteBuffer) throws -> Bool) {
        var buffer = ByteBuffer()
        let cut = input.count / 2
        for piece in [input[..<cut], input[cut...]] {
            buffer.writeBytes(piece)
            while (try? next(&buffer)) == true {}
        }
    }
}
