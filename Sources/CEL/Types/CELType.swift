/// What the checker knows about a value.
package indirect enum CELType: Hashable, Sendable {
    /// Anything; checked when it is evaluated.
    case dyn
    /// The type of an expression that has been complained about already.
    case error
    case null
    case bool
    case int
    case uint
    case double
    case string
    case bytes
    case timestamp
    case duration
    case list(CELType)
    case map(CELType, CELType)
    /// The type of a type; of any type where nil.
    case type(CELType?)
    /// A type of a library with parameters, such as `optional_type(int)`.
    case opaque(String, [CELType])
    /// A type with fields, or one that a library keeps closed, by its name.
    case object(String)
    /// A variable of a function's signature or of the checker.
    case parameter(String)

    package static func optional(_ type: CELType) -> CELType { .opaque("optional_type", [type]) }
}

extension CELType {
    /// As `type(x)` names it at run time.
    package var runtimeName: String {
        switch self {
        case .dyn: "dyn"
        case .error: "!error!"
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .list: "list"
        case .map: "map"
        case .type: "type"
        case .opaque(let name, _), .object(let name), .parameter(let name): name
        }
    }

    /// As Go prints it: the runtime's name, with parameters.
    package var declaredName: String {
        parameters.isEmpty
            ? runtimeName : "\(runtimeName)(\(parameters.map(\.declaredName).joined(separator: ", ")))"
    }

    package var isDyn: Bool { self == .dyn }
    var isDynOrError: Bool { self == .dyn || self == .error }

    /// What an optional holds; nil for every other type.
    package var optionalElement: CELType? {
        if case .opaque("optional_type", let parameters) = self { parameters.first } else { nil }
    }

    /// The types that this one is made of.
    var parameters: [CELType] {
        switch self {
        case .list(let element): [element]
        case .map(let key, let value): [key, value]
        case .type(let type): type.map { [$0] } ?? []
        case .opaque(_, let parameters): parameters
        default: []
        }
    }

    /// Whether two types are made by the same constructor, whatever their parameters.
    func isSameKind(as other: CELType) -> Bool {
        switch (self, other) {
        case (.list, .list), (.map, .map), (.type, .type): true
        case (.opaque(let a, let left), .opaque(let b, let right)): a == b && left.count == right.count
        default: self == other
        }
    }

    /// The same constructor over other parameters.
    func mapParameters(_ transform: (CELType) -> CELType) -> CELType {
        switch self {
        case .list(let element): .list(transform(element))
        case .map(let key, let value): .map(transform(key), transform(value))
        case .type(let type): .type(type.map(transform))
        case .opaque(let name, let parameters): .opaque(name, parameters.map(transform))
        default: self
        }
    }
}

/// As error messages write it: `map(string, int)`.
extension CELType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .null: "null"
        case .timestamp: "timestamp"
        case .duration: "duration"
        default:
            parameters.isEmpty
                ? runtimeName : "\(runtimeName)(\(parameters.map(\.description).joined(separator: ", ")))"
        }
    }
}
