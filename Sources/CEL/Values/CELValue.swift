package import APIMachinery

/// A value of an expression.
///
/// JSON is not converted: lists and maps look into the ``Value`` they were made of, item by item.
package enum CELValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case timestamp(CELTimestamp)
    /// In nanoseconds.
    case duration(Int64)
    case list(CELList)
    case map(CELMap)
    case type(CELType)
    case optional(CELOptional)
    /// A value of a library: a URL, a quantity, an authorizer.
    case object(any CELObject)
}

/// A value or none.
package indirect enum CELOptional: Sendable {
    case none
    case some(CELValue)

    package var value: CELValue? { if case .some(let value) = self { value } else { nil } }
}

/// A value that only functions of its library know how to use.
package protocol CELObject: Sendable {
    /// What `type(x)` gives and overloads are chosen by.
    var type: CELType { get }
    func isEqual(to other: any CELObject) -> Bool
    /// How the value appears in messages.
    var text: String { get }
    /// What the runtime cost takes as its size.
    var size: UInt64 { get }
    /// Whether the value counts as not there for `optional.ofNonZeroValue`.
    var isZero: Bool { get }
}

extension CELObject {
    package var text: String { type.runtimeName }
    package var size: UInt64 { 1 }
    package var isZero: Bool { false }
}

extension CELValue {
    /// Reads JSON, with what a schema says of it, without converting what is inside.
    package init(_ value: Value, schema: CELSchema? = nil) {
        if let schema {
            self = schema.value(of: value)
            return
        }
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .list(CELList(values, schema: nil))
        case .object(let fields): self = .map(CELMap(fields, schema: nil))
        }
    }

    /// The type as it is known from the value alone.
    package var type: CELType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .duration: .duration
        case .list: .list(.dyn)
        case .map(let map): map.type
        case .type: .type(nil)
        case .optional: .optional(.dyn)
        case .object(let object): object.type
        }
    }

    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// What `size` says; nil where it does not apply.
    var size: Int64? {
        switch self {
        case .string(let value): Int64(value.unicodeScalars.count)
        case .bytes(let value): Int64(value.count)
        case .list(let list): Int64(list.count)
        case .map(let map): Int64(map.count)
        default: nil
        }
    }

    /// The size by which operations are charged for: 1 for what has none.
    var chargedSize: UInt64 {
        switch self {
        case .optional(.some(let value)): value.chargedSize
        case .object(let object): object.size
        default: size.map(UInt64.init) ?? 1
        }
    }

    /// False, zero, empty, none.
    var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .timestamp(let value): value == .goZero
        case .duration(let value): value == 0
        case .list(let list): list.count == 0
        case .map(let map): map.count == 0
        case .type: false
        case .optional(let optional): optional.value == nil
        case .object(let object): object.isZero
        }
    }
}
