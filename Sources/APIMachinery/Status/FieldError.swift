/// One rule that one field breaks, in upstream's words (`apimachinery/pkg/util/validation/field`).
package struct FieldError: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case notFound = "FieldValueNotFound"
        case required = "FieldValueRequired"
        case duplicate = "FieldValueDuplicate"
        case invalid = "FieldValueInvalid"
        case notSupported = "FieldValueNotSupported"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case internalError = "InternalError"
        case typeInvalid = "FieldValueTypeInvalid"
    }

    package var type: Kind
    /// The path of the field: `spec.containers[0].name`.
    package var field: String
    /// What is wrong, without the path.
    package var body: String

    package init(_ type: Kind, _ field: String, _ body: String) {
        self.type = type
        self.field = field
        self.body = body
    }

    package var description: String { "\(field): \(body)" }

    package static func required(_ field: String, _ detail: String = "") -> FieldError {
        FieldError(.required, field, detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }

    package static func invalid(_ field: String, _ value: some FieldErrorValue, _ detail: String) -> FieldError {
        FieldError(.invalid, field, "Invalid value: \(value.shownInFieldError): \(detail)")
    }

    package static func typeInvalid(_ field: String, _ value: some FieldErrorValue, _ detail: String) -> FieldError {
        FieldError(.typeInvalid, field, "Invalid value: \(value.shownInFieldError): \(detail)")
    }

    package static func duplicate(_ field: String, _ value: some FieldErrorValue) -> FieldError {
        FieldError(.duplicate, field, "Duplicate value: \(value.shownInFieldError)")
    }

    package static func notFound(_ field: String, _ value: some FieldErrorValue) -> FieldError {
        FieldError(.notFound, field, "Not found: \(value.shownInFieldError)")
    }

    package static func notSupported(_ field: String, _ value: some FieldErrorValue, _ supported: [String]) -> FieldError {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return FieldError(
            .notSupported, field, "Unsupported value: \(value.shownInFieldError): supported values: \(list)")
    }

    package static func forbidden(_ field: String, _ detail: String) -> FieldError {
        FieldError(.forbidden, field, "Forbidden: \(detail)")
    }

    package static func tooLong(_ field: String, maximum: Int) -> FieldError {
        FieldError(.tooLong, field, "Too long: may not be more than \(maximum) bytes")
    }

    package static func tooMany(_ field: String, count: Int, maximum: Int) -> FieldError {
        FieldError(.tooMany, field, "Too many: \(count): must have at most \(maximum) items")
    }
}

/// A value as an error message shows it: strings in quotes, numbers and booleans plain.
package protocol FieldErrorValue {
    var shownInFieldError: String { get }
}

extension String: FieldErrorValue {
    package var shownInFieldError: String { "\"" + self + "\"" }
}
extension Int: FieldErrorValue { package var shownInFieldError: String { String(self) } }
extension Int32: FieldErrorValue { package var shownInFieldError: String { String(self) } }
extension Int64: FieldErrorValue { package var shownInFieldError: String { String(self) } }
extension Bool: FieldErrorValue { package var shownInFieldError: String { String(self) } }

extension Value: FieldErrorValue {
    /// As Go prints it: texts in quotes, the rest as JSON.
    package var shownInFieldError: String { String(decoding: json, as: UTF8.self) }
}
