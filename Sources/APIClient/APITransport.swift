package import APIMachinery

/// One request to an API server, before anything of HTTP is decided.
package struct APIRequest: Sendable {
    package var method: Method
    /// The path without the query, percent-encoded where needed.
    package var path: String
    package var query: [(name: String, value: String)]
    package var body: [UInt8]?
    package var contentType: String
    /// What the caller wants back.
    package var accept: String
    /// Says who asks, on a way that shows no certificate.
    package var bearerToken: String?

    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    package init(
        _ method: Method, _ path: String, query: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        contentType: String = "application/json", accept: String = "application/json"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.accept = accept
    }

    /// Path and query as they stand in an HTTP request line.
    package var target: String {
        guard !query.isEmpty else { return path }
        let pairs = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return path + "?" + pairs.joined(separator: "&")
    }
}

package struct APIResponse: Sendable {
    package var code: Int
    package var contentType: String
    package var body: [UInt8]

    package init(code: Int, contentType: String, body: [UInt8]) {
        self.code = code
        self.contentType = contentType
        self.body = body
    }
}

/// The way to an API server: over TLS, or straight into the one in this process. Both go through the
/// same authentication, authorization, admission and storage.
package protocol APITransport: Sendable {
    /// Sends a request and waits for the whole answer. An answer of 400 and above is thrown as what it says.
    func send(_ request: APIRequest) async throws(StatusError) -> APIResponse

    /// Starts a watch. The stream brings one JSON watch event after the other, each whole, and ends
    /// when the server ends it; it throws when the connection breaks or the reader is too slow.
    func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error>
}

/// RFC 3986: everything but unreserved characters is encoded.
package enum PercentEncoding {
    package static func encode(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case _:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hex[Int(byte >> 4)])
                bytes.append(hex[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `nil` when a percent sign is not followed by two hexadecimal digits. A plus is a space only in a query.
    package static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        let utf8 = text.utf8
        guard utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var iterator = utf8.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        case _: nil
        }
    }
}
