internal import Glibc

/// A system call that failed.
package struct KernelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, such as `mount`.
    package var operation: String
    /// The file or thing it was tried on; may be empty.
    package var subject: String
    /// errno.
    package var code: Int32

    package init(_ operation: String, _ subject: String = "", code: Int32) {
        self.operation = operation
        self.subject = subject
        self.code = code
    }

    /// The error of a call that has just failed.
    static func last(_ operation: String, _ subject: String = "") -> KernelError {
        KernelError(operation, subject, code: errno)
    }

    package var isNotFound: Bool { code == ENOENT || code == ESRCH }
    package var alreadyExists: Bool { code == EEXIST }

    /// `mount /a: Permission denied`
    package var description: String {
        let reason = String(cString: strerror(code))
        return subject.isEmpty ? "\(operation): \(reason)" : "\(operation) \(subject): \(reason)"
    }
}
