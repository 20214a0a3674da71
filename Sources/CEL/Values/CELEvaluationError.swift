/// Why an evaluation has no value.
package struct CELEvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// Something in the expression; `&&`, `||` and macros may go on without it.
        case value
        /// The evaluation has cost more than allowed.
        case costLimit
        /// Whoever asked has lost interest.
        case cancelled
    }

    package let kind: Kind
    package let message: String

    package init(_ message: String, kind: Kind = .value) {
        self.message = message
        self.kind = kind
    }

    package var description: String { message }

    static let noSuchOverload = CELEvaluationError("no such overload")
    static let divisionByZero = CELEvaluationError("division by zero")
    static let modulusByZero = CELEvaluationError("modulus by zero")
    static let intOverflow = CELEvaluationError("integer overflow")
    static let uintOverflow = CELEvaluationError("unsigned integer overflow")
    static let durationOverflow = CELEvaluationError("duration overflow")
    static let timestampOverflow = CELEvaluationError("timestamp overflow")
    static let costLimit = CELEvaluationError(
        "operation cancelled: actual cost limit exceeded", kind: .costLimit)
    static let interrupted = CELEvaluationError("operation interrupted", kind: .cancelled)

    static func noSuchKey(_ key: CELValue) -> CELEvaluationError { CELEvaluationError("no such key: \(key.text)") }

    static func noSuchOverload(_ function: String, _ arguments: [CELValue]) -> CELEvaluationError {
        let types = arguments.map(\.type.runtimeName).joined(separator: ", ")
        return CELEvaluationError("no such overload: \(function)(\(types))")
    }

    static func conversion(_ value: CELValue, to type: CELType) -> CELEvaluationError {
        CELEvaluationError("type conversion error from '\(value.type.runtimeName)' to '\(type.runtimeName)'")
    }
}
