package import APIMachinery

/// Why a patch could not be applied. The messages are upstream's, because clients see or match them.
package struct PatchError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The patch is not of its format: 400, with the message.
        case malformed
        /// The patch is over a limit: 413, with the message.
        case tooLarge
        /// The patch does not fit the object: 422, and the message stays with the server.
        case unprocessable
        /// A test operation of the patch says no: answered like ``unprocessable``.
        case testFailed
        /// Other managers own what the patch changes: 409, with a cause for every field.
        case conflict
        /// Upstream has no status of its own for it: 500 with the message as it is.
        case failed
    }

    package var code: Code
    package var message: String
    /// One for every conflicting field; empty for other codes.
    package var causes: [StatusCause]

    package init(_ code: Code, _ message: String, causes: [StatusCause] = []) {
        self.code = code
        self.message = message
        self.causes = causes
    }

    package var description: String { message }

    /// What the client is told.
    package var statusError: StatusError {
        switch code {
        case .malformed:
            .badRequest(message)
        case .tooLarge:
            StatusError(
                code: 413, reason: .requestEntityTooLarge, message: "Request entity too large: \(message)")
        case .unprocessable, .testFailed:
            StatusError(
                code: 422, reason: .invalid,
                message: "the server rejected our request due to an error in our request")
        case .conflict:
            StatusError(code: 409, reason: .conflict, message: message, causes: causes)
        case .failed:
            StatusError(code: 500, reason: .unknown, message: message)
        }
    }
}
