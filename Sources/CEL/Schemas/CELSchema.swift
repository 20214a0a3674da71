internal import APIMachinery

/// What an OpenAPI schema says of a value: its type for the checker, how JSON is read as that type, and how large it
/// can get for the cost estimate.
///
/// Fields go by two names: the property's in JSON, and its form as an identifier (``CELFieldName``).
package final class CELSchema: Sendable {
    package enum Kind: Sendable, Equatable {
        /// Anything, such as an int-or-string.
        case dyn
        case bool
        case int
        case double
        case string
        case bytes
        case duration
        case date
        case dateTime
        case list
        /// An object with names that are not declared.
        case map
        /// An object with declared fields.
        case object
    }

    /// When two lists are equal and how they are joined.
    package enum ListMerging: Sendable, Equatable {
        case atomic
        case set
        /// The items' fields that make their key, as identifiers.
        case map([String])
    }

    package struct Field: Sendable {
        package let property: String
        package let schema: CELSchema

        package init(property: String, schema: CELSchema) {
            self.property = property
            self.schema = schema
        }
    }

    package let kind: Kind
    /// Of an object: the name of its type, such as `object.spec.containers.@idx`.
    package let objectName: String?
    /// By identifier.
    package let fields: [String: Field]
    /// Of a list's items or a map's values.
    package let items: CELSchema?
    package let listMerging: ListMerging
    package let isNullable: Bool
    /// The most items, entries, characters times four, as far as is known.
    package let maxElements: Int64?
    /// The least bytes of JSON.
    package let minSize: Int64

    package init(
        _ kind: Kind, objectName: String? = nil, fields: [String: Field] = [:], items: CELSchema? = nil,
        listMerging: ListMerging = .atomic, isNullable: Bool = false, maxElements: Int64? = nil, minSize: Int64 = 0
    ) {
        self.kind = kind
        self.objectName = objectName
        self.fields = fields
        self.items = items
        self.listMerging = listMerging
        self.isNullable = isNullable
        self.maxElements = maxElements
        self.minSize = minSize
    }

    /// What the checker takes it for.
    package var type: CELType {
        switch kind {
        case .dyn: .dyn
        case .bool: .bool
        case .int: .int
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .duration: .duration
        case .date, .dateTime: .timestamp
        case .list: .list(items?.type ?? .dyn)
        case .map: .map(.string, items?.type ?? .dyn)
        case .object: .object(objectName ?? "object")
        }
    }

    /// The property that a field's identifier stands for, with its schema.
    func property(ofField name: String) -> (String, CELSchema?)? {
        if kind == .object { return fields[name].map { ($0.property, $0.schema) } }
        return (name, items)
    }

    func knows(property: String) -> Bool {
        kind != .object || fields[fieldName(of: property)] != nil
    }

    func fieldName(of property: String) -> String {
        kind == .object ? CELFieldName.escape(property) ?? property : property
    }

    /// Reads JSON as the schema has it; what does not fit is taken as it is.
    func value(of json: Value) -> CELValue {
        switch (kind, json) {
        case (.double, .integer(let number)): return .double(Double(number))
        case (.int, .double(let number)): return Int64(exactly: number).map(CELValue.int) ?? .double(number)
        case (.bytes, .string(let text)):
            return Base64.decode(Array(text.utf8)).map(CELValue.bytes) ?? .string(text)
        case (.duration, .string(let text)):
            return GoDuration.parse(text).map(CELValue.duration) ?? .string(text)
        case (.date, .string(let text)), (.dateTime, .string(let text)):
            let full = kind == .date ? text + "T00:00:00Z" : text
            do {
                return .timestamp(try CELTimestamp(parsing: full))
            } catch {
                return .string(text)
            }
        case (.list, .array(let values)): return .list(CELList(values, schema: self))
        case (.map, .object(let fields)), (.object, .object(let fields)): return .map(CELMap(fields, schema: self))
        default: return CELValue(json)
        }
    }

    /// All object types within, by name; for the checker.
    func collectObjects(into objects: inout [String: CELSchema]) {
        if let objectName {
            guard objects[objectName] == nil else { return }
            objects[objectName] = self
        }
        for field in fields.values { field.schema.collectObjects(into: &objects) }
        items?.collectObjects(into: &objects)
    }
}
