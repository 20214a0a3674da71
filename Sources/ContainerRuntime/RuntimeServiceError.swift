/// Why the runtime refused or failed.
package struct RuntimeServiceError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case notFound
        case alreadyExists
        case invalidArgument
        /// The thing is in a state that does not allow this, such as exec in a stopped container.
        case failedPrecondition
        case deadlineExceeded
        /// The runtime does not answer; trying again later makes sense.
        case unavailable
        case cancelled
        case unimplemented
        /// Anything else; the message is all there is.
        case unknown
    }

    package var code: Code
    /// The runtime's own words; goes into events and conditions as it is.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
