package import APIMachinery
internal import Crypto

/// What a client asks for that wants to go on as a WebSocket (RFC 6455, section 4.2).
package struct WebSocketHandshake: Sendable, Equatable {
    /// What the RFC has every server append to the client's key.
    private static let salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The protocols that the client offers, best first.
    package var offered: [String]
    /// The proof that the server has read the client's key.
    package var accept: String

    /// Reads a request; nil when it asks for no WebSocket, an error when it asks for one wrongly.
    package init?(_ headers: RequestHeaders) throws(StatusError) {
        guard Self.isAskedFor(headers) else { return nil }
        guard headers["sec-websocket-version"]?.trimmed == "13" else {
            throw .badRequest("unable to upgrade: unsupported version: 13 not found in 'Sec-Websocket-Version' header")
        }
        let key = headers["sec-websocket-key"]?.trimmed ?? ""
        guard Base64.decode(Array(key.utf8))?.count == 16 else {
            throw .badRequest("unable to upgrade: 'Sec-WebSocket-Key' header must be Base64 encoded value of 16-byte")
        }
        offered = headers.all("sec-websocket-protocol").joined(separator: ",").split(separator: ",").map(\.trimmed)
        accept = Base64.encode(Array(Insecure.SHA1.hash(data: Array((key + Self.salt).utf8))))
    }

    static func isAskedFor(_ headers: RequestHeaders) -> Bool {
        (headers["connection"] ?? "").lowercased().contains("upgrade") && headers["upgrade"]?.lowercased() == "websocket"
    }

    /// The head that turns the connection into a WebSocket; without a protocol when none was chosen.
    package func response(
        choosing protocolName: String?, telling headers: [(name: String, value: String)] = []
    ) -> String {
        var text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        text += "Sec-WebSocket-Accept: \(accept)\r\n"
        if let protocolName { text += "Sec-WebSocket-Protocol: \(protocolName)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return text + "\r\n"
    }
}
