internal import APIMachinery

/// How apply sees a value: what is owned as a whole and what in parts.
///
/// Follows upstream's translation of OpenAPI into structured-merge-diff's schema.
enum MergeShape {
    /// A scalar, or anything that is owned as a whole.
    case leaf
    /// A list of distinct scalars.
    case set
    /// A list whose items are told apart by keys (sorted).
    case keyed([String], item: FieldType)
    /// A map whose values are owned one by one.
    case map(FieldType)
    case structure(SchemaType)
    /// Nothing is known: maps are owned in parts, the rest as a whole.
    case deduced

    /// - keys: those of a list's items, sorted.
    init(_ type: FieldType, _ merge: SchemaField.Merge = .unspecified, keys: [String] = []) {
        switch type {
        case .string, .bool, .int32, .int64, .double, .bytes:
            self = .leaf
        case .builtin(let builtin):
            switch builtin {
            case .time, .microTime, .quantity, .intOrString, .duration: self = .leaf
            case .rawExtension, .fieldsV1, .json: self = .deduced
            }
        case .type(let reference):
            self = merge == .atomic ? .leaf : MergeShape(reference.type, isGranular: merge == .granular)
        case .list(let item):
            switch merge {
            case .set: self = .set
            case .map: self = .keyed(keys, item: item)
            case .unspecified, .atomic, .granular: self = .leaf
            }
        case .map(let value):
            self = merge == .atomic ? .leaf : .map(value)
        case .any:
            self = .deduced
        }
    }

    init(_ type: SchemaType, isGranular: Bool = false) {
        switch type.shape {
        case .object, .list, .structure:
            if type.isAtomic, !isGranular {
                self = .leaf
            } else {
                self = type.fields.isEmpty && type.preservesUnknownFields ? .deduced : .structure(type)
            }
        case .builtin, .wrapper: self = .leaf
        case .union: self = .deduced
        }
    }

    init(_ field: SchemaField) { self.init(field.type, field.merge, keys: field.sortedKeys) }

    /// The shape of a field, and whether the type declares it by name.
    func member(_ name: String) -> (shape: MergeShape, isDeclared: Bool) {
        switch self {
        case .structure(let type):
            guard let field = type.field(name) else { return (.deduced, false) }
            return (MergeShape(field), true)
        case .map(let value): return (MergeShape(value), false)
        case .leaf, .set, .keyed, .deduced: return (.deduced, false)
        }
    }

    /// The shape of a field, and the ``PathElement`` text that names it.
    func step(_ name: String) -> (shape: MergeShape, element: String) {
        guard case .structure(let type) = self, let field = type.field(name) else {
            return (member(name).shape, PathElement.field(name))
        }
        return (MergeShape(field), field.pathElement)
    }

    /// What Go's encoding has for a field of a built-in type that is not set: `{}` for an embedded
    /// struct, `null` for a list or map that is always written. Who first fills it owns what is in it,
    /// but not the field itself, as it was there before.
    func implied(_ name: String) -> Value? {
        guard case .structure(let type) = self, let field = type.field(name) else { return nil }
        switch field.presence {
        case .value:
            guard case .type = field.type, field.emission != .omitZero else { return nil }
            if case .structure = MergeShape(field) { return .emptyObject }
            return nil
        case .list, .map:
            if field.emission == .always { return .some(.null) }
            return nil
        case .pointer:
            return nil
        }
    }

    /// The shape of a list's items.
    var item: MergeShape {
        switch self {
        case .keyed(_, let item): MergeShape(item)
        case .leaf, .set, .map, .structure, .deduced: .leaf
        }
    }

    /// Lists of this shape are owned item by item.
    var isItemized: Bool {
        switch self {
        case .set, .keyed: true
        case .leaf, .map, .structure, .deduced: false
        }
    }

    /// The ``PathElement`` text of a list item. Throws `.failed` when the item cannot be told apart.
    func element(of item: Value) throws(PatchError) -> String {
        switch self {
        case .set:
            switch item {
            case .object: throw .indistinct("associative list without keys has an element that's a map type")
            case .array: throw .indistinct("not supported: associative list with lists as elements")
            case .null: throw .indistinct("associative list without keys has an element that's an explicit null")
            case .bool, .integer, .double, .string: return PathElement.value(item)
            }
        case .keyed(let keys, let type):
            return PathElement.keys(try MergeShape.keys(of: item, keys, type))
        case .leaf, .map, .structure, .deduced:
            throw .indistinct("invalid indexing of non-associative list")
        }
    }

    private static func keys(of item: Value, _ names: [String], _ type: FieldType) throws(PatchError) -> Fields {
        guard case .object(let fields) = item else {
            throw .indistinct(
                item.isNull
                    ? "associative list with keys may not have a null element"
                    : "associative list with keys may not have non-map elements")
        }
        var keys = Fields()
        for name in names {
            if let value = fields[name] {
                keys.append(name, value)
            } else if case .type(let reference) = type,
                let value = reference.type.field(name)?.defaultValue
            {
                keys.append(name, value)
            }
        }
        guard !keys.isEmpty else {
            let list = names.map { GoText.quote($0) }.joined(separator: " ")
            throw .indistinct(
                "associative list with keys has an element that omits all key fields [\(list)] (and doesn't have "
                    + "default values for any key fields)")
        }
        return keys
    }
}

extension PatchError {
    fileprivate static func indistinct(_ why: String) -> PatchError { PatchError(.failed, why) }
}
