/// Any JSON value, as the API server's write path holds it: one form for built-in and custom
/// resources, read from JSON, YAML or protobuf.
///
/// Equality is the API's: an integer equals the double of the same number.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([Value])
    case object(Fields)

    /// The empty object.
    package static let emptyObject = Value.object(Fields())
}

extension Value: Hashable {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.integer(let a), .double(let b)), (.double(let b), .integer(let a)): Double(a) == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(Double(value))
        case .double(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let values): hasher.combine(values)
        case .object(let fields): hasher.combine(fields)
        }
    }
}

extension Value {
    package var isNull: Bool { if case .null = self { true } else { false } }
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    package var arrayValue: [Value]? { if case .array(let values) = self { values } else { nil } }
    package var objectValue: Fields? { if case .object(let fields) = self { fields } else { nil } }

    /// The number when it is whole and fits.
    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// What JSON calls this, for error messages: `null`, `bool`, `number`, `string`, `array`, `object`.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .integer, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// The field of an object. Reading anything else gives `nil`; writing makes it an object first;
    /// writing `nil` removes the field.
    package subscript(_ name: String) -> Value? {
        get { if case .object(let fields) = self { fields[name] } else { nil } }
        set {
            var fields = takeFields()
            fields[name] = newValue
            self = .object(fields)
        }
    }

    /// The value at a path of field names, `nil` where the path leaves objects.
    package subscript(path path: String...) -> Value? {
        get {
            var value = self
            for name in path {
                guard let next = value[name] else { return nil }
                value = next
            }
            return value
        }
        set { set(newValue, at: path[...]) }
    }

    private mutating func set(_ newValue: Value?, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = newValue ?? .null
            return
        }
        if path.count == 1 {
            self[first] = newValue
            return
        }
        if newValue == nil, self[first] == nil { return }
        var fields = takeFields()
        var child = fields.remove(first) ?? .emptyObject
        child.set(newValue, at: path.dropFirst())
        fields[first] = child
        self = .object(fields)
    }

    /// Changes an object's fields where they lie; does nothing to any other value.
    package mutating func modifyFields(_ change: (inout Fields) -> Void) {
        guard case .object(var fields) = self else { return }
        self = .null
        change(&fields)
        self = .object(fields)
    }

    /// Changes an array's items where they lie; does nothing to any other value.
    package mutating func modifyItems(_ change: (inout [Value]) -> Void) {
        guard case .array(var items) = self else { return }
        self = .null
        change(&items)
        self = .array(items)
    }

    /// Moves the fields out, so that changing them copies nothing.
    private mutating func takeFields() -> Fields {
        guard case .object(let fields) = self else { return Fields() }
        self = .null
        return fields
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(arrayLiteral elements: Value...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) {
        var fields = Fields()
        for (name, value) in elements { fields[name] = value }
        self = .object(fields)
    }
}
