/// Why a stream or a connection ends (RFC 9113, section 7).
package enum HTTP2ErrorCode: UInt32, Sendable {
    case noError = 0x0
    case protocolError = 0x1
    case flowControlError = 0x3
    case streamClosed = 0x5
    case frameSizeError = 0x6
    case refusedStream = 0x7
    case compressionError = 0x9
    case enhanceYourCalm = 0xb
}

/// The peer broke the protocol, and the connection with it.
package struct HTTP2Error: Error, Equatable, CustomStringConvertible {
    package let code: HTTP2ErrorCode
    package let message: String

    package var description: String { "\(code): \(message)" }

    init(_ code: HTTP2ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
