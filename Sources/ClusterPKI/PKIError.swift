/// Why a key, certificate, token or kubeconfig could not be read, made or written.
package struct PKIError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The file system said no; the message names the path and the system's reason.
        case file
        /// The text or bytes are not what they should be.
        case malformed
        /// A name or address that a certificate cannot carry.
        case invalidName
        /// The cryptography library refused.
        case cryptography
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
