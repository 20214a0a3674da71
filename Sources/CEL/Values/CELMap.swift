package import APIMachinery

/// A map: of values, of JSON that is read when asked for, or one whose entries are computed.
package enum CELMap: Sendable {
    case dictionary(CELDictionary)
    case json(Fields, CELSchema?)
    case lazy(any CELLazyMap)
    /// An object of a named type that an expression made.
    case structure(name: String, CELDictionary)

    /// `schema` is that of the map or object itself.
    package init(_ fields: Fields, schema: CELSchema?) { self = .json(fields, schema) }

    package init(_ dictionary: CELDictionary) { self = .dictionary(dictionary) }

    var type: CELType {
        switch self {
        case .dictionary: .map(.dyn, .dyn)
        case .json(_, let schema): schema.flatMap(\.objectName).map(CELType.object) ?? .map(.dyn, .dyn)
        case .lazy(let map): map.type
        case .structure(let name, _): .object(name)
        }
    }

    package var count: Int {
        switch self {
        case .dictionary(let dictionary), .structure(_, let dictionary): dictionary.count
        case .json(let fields, let schema):
            schema.map { schema in fields.elements.count { schema.knows(property: $0.name) } } ?? fields.count
        case .lazy(let map): map.names.count
        }
    }

    /// In the order in which loops see them.
    package var keys: [CELValue] {
        switch self {
        case .dictionary(let dictionary), .structure(_, let dictionary): dictionary.keys
        case .json(let fields, let schema):
            fields.elements.compactMap { element in
                guard let schema else { return .string(element.name) }
                return schema.knows(property: element.name) ? .string(schema.fieldName(of: element.name)) : nil
            }
        case .lazy(let map): map.names.map { .string($0) }
        }
    }

    /// The entry of a key; numbers find each other across their types.
    package func find(_ key: CELValue) throws(CELEvaluationError) -> CELValue? {
        switch self {
        case .dictionary(let dictionary), .structure(_, let dictionary): return dictionary[key]
        case .json:
            guard case .string(let name) = key else { return nil }
            return field(name)
        case .lazy(let map):
            guard case .string(let name) = key else { return nil }
            return try map.value(of: name)
        }
    }

    /// The field of this name where that needs no computation.
    func field(_ name: String) -> CELValue? {
        switch self {
        case .dictionary(let dictionary), .structure(_, let dictionary): return dictionary[.string(name)]
        case .json(let fields, let schema):
            guard let schema else { return fields[name].map { CELValue($0) } }
            guard let (property, type) = schema.property(ofField: name), let value = fields[property] else {
                return nil
            }
            // A null that a schema does not allow for is as good as no field.
            if case .null = value, type?.isNullable == false { return nil }
            return CELValue(value, schema: type)
        case .lazy: return nil
        }
    }

    /// Objects of different types are never equal.
    private var structureName: String? { if case .structure(let name, _) = self { name } else { nil } }

    func contains(_ key: CELValue) throws(CELEvaluationError) -> Bool { try find(key) != nil }

    func isEqual(to other: CELMap) -> Bool {
        guard count == other.count, structureName == other.structureName else { return false }
        for key in keys {
            // A computed entry that fails is equal to nothing.
            guard let mine = try? find(key), let theirs = try? other.find(key), mine.isEqual(to: theirs) else {
                return false
            }
        }
        return true
    }
}

/// A map whose entries are computed when asked for, such as the variables of a policy.
package protocol CELLazyMap: Sendable {
    var type: CELType { get }
    var names: [String] { get }
    /// `nil` where there is no such entry.
    func value(of name: String) throws(CELEvaluationError) -> CELValue?
}

/// Entries in the order in which they came, found by key.
package struct CELDictionary: Sendable {
    private enum Key: Hashable {
        case bool(Bool)
        case int(Int64)
        case uint(UInt64)
        case string(String)
    }

    package private(set) var keys: [CELValue] = []
    package private(set) var values: [CELValue] = []
    private var index: [Key: Int] = [:]

    package init() {}

    package init(_ entries: [(String, CELValue)]) {
        for (name, value) in entries { _ = insert(value, for: .string(name)) }
    }

    package var count: Int { keys.count }

    package subscript(_ key: CELValue) -> CELValue? {
        guard let hashed = CELDictionary.hashable(key), let position = index[hashed] else { return nil }
        return values[position]
    }

    /// False when the key is there already; then nothing changes.
    package mutating func insert(_ value: CELValue, for key: CELValue) -> Bool {
        guard let hashed = CELDictionary.hashable(key), index[hashed] == nil else { return false }
        index[hashed] = keys.count
        keys.append(key)
        values.append(value)
        return true
    }

    static func isKey(_ value: CELValue) -> Bool {
        switch value {
        case .bool, .int, .uint, .string: true
        default: false
        }
    }

    /// Numbers of the same worth are one key.
    private static func hashable(_ key: CELValue) -> Key? {
        switch key {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): Int64(exactly: value).map(Key.int) ?? .uint(value)
        case .double(let value): Int64(exactly: value).map(Key.int) ?? UInt64(exactly: value).map(Key.uint)
        case .string(let value): .string(value)
        default: nil
        }
    }
}
