internal import NIOCore

/// One request, made ready before the clock starts.
struct Call: Sendable {
    var method: String
    /// Path and query.
    var target: String
    var body: ByteBuffer?
    var contentType = "application/json"
    var accept = "application/json"
    /// Keeps the answer's bytes; else they are only counted.
    var keepsBody = false
    /// As client-go does; the server may then compress a long answer.
    var acceptsCompression = true
}

/// What came back.
struct Answer: Sendable {
    var status: Int
    /// Bytes of the body as they came.
    var received: Int
    /// Bytes of the body before compression.
    var length: Int
    var body: [UInt8]
    var duration: Duration
}
