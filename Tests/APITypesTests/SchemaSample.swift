import APIMachinery

/// Values made from the schema: an independent opinion on what structs must read and write.
struct SchemaSample {
    /// How often a type may contain itself.
    private static let recursionMax = 2

    private var path: [String] = []
    private var counter = 0

    /// An object with every field set, and a different value in each.
    static func full(_ type: SchemaType, kind: GroupVersionKind) -> Value {
        var sample = SchemaSample()
        var value = sample.value(of: type)
        value["apiVersion"] = .string(kind.groupVersion.description)
        value["kind"] = .string(kind.kind)
        return value
    }

    /// What is written of an object in which nothing is set.
    static func empty(_ type: SchemaType, kind: GroupVersionKind) -> Value {
        var value = zero(of: type)
        value["apiVersion"] = .string(kind.groupVersion.description)
        value["kind"] = .string(kind.kind)
        return value
    }

    // MARK: Full

    private mutating func value(of type: SchemaType) -> Value {
        path.append(type.name)
        defer { path.removeLast() }
        switch type.shape {
        case .wrapper: return [.string("item-\(next())")]
        case .union: return union(type)
        default: break
        }
        var fields = Fields()
        for field in type.fields where field.emission != .never && !isTypeMeta(field) {
            guard !isTooDeep(field.type) else { continue }
            fields[field.name] = value(of: field.type, field)
        }
        return .object(fields)
    }

    /// Only the root of an object says what it is.
    private func isTypeMeta(_ field: SchemaField) -> Bool {
        field.number == 0 && (field.name == "apiVersion" || field.name == "kind")
    }

    private func isTooDeep(_ type: FieldType) -> Bool {
        switch type {
        case .type(let reference): path.count { $0 == reference.name } >= SchemaSample.recursionMax
        case .list(let element), .map(let element): isTooDeep(element)
        default: false
        }
    }

    private mutating func union(_ type: SchemaType) -> Value {
        guard let schema = type.field("schema"), !isTooDeep(schema.type) else {
            return type.name.hasSuffix("OrBool") ? true : type.name.hasSuffix("OrStringArray") ? ["x"] : [[:]]
        }
        return value(of: schema.type, schema)
    }

    private mutating func value(of type: FieldType, _ field: SchemaField) -> Value {
        switch type {
        case .string: .string(field.allowedValues?.first ?? "text-\(next())")
        case .bool: true
        case .int32, .int64: .integer(Int64(next()))
        case .double: .double(Double(next()) + 0.5)
        case .bytes: .string(Base64.encode(Array("bytes-\(next())".utf8)))
        case .builtin(let builtin): value(of: builtin)
        case .type(let reference): value(of: reference.type)
        case .list(let element): [value(of: element, field), value(of: element, field)]
        case .map(let element): ["a-\(next())": value(of: element, field), "b/\(next())": value(of: element, field)]
        case .any: ["any": .integer(Int64(next()))]
        }
    }

    private mutating func value(of builtin: BuiltinType) -> Value {
        let two = String(next() % 50 + 10)
        switch builtin {
        case .time: return .string("2026-01-01T00:00:\(two)Z")
        case .microTime: return .string("2026-01-01T00:00:\(two).000001Z")
        case .quantity: return .string("\(two)m")
        case .intOrString: return counter % 2 == 0 ? .integer(Int64(counter)) : .string("port-\(counter)")
        case .duration: return .string("1m\(two)s")
        case .rawExtension, .fieldsV1, .json: return ["raw": .integer(Int64(counter))]
        }
    }

    private mutating func next() -> Int {
        counter += 1
        return counter
    }

    // MARK: Empty

    private static func zero(of type: SchemaType) -> Value {
        var fields = Fields()
        for field in type.fields where field.emission != .never && field.emission != .omitZero {
            if field.presence != .value {
                if field.emission == .always { fields[field.name] = .null }
            } else if isMessage(field.type) || field.emission == .always {
                fields[field.name] = zero(of: field.type)
            }
        }
        return .object(fields)
    }

    private static func isMessage(_ type: FieldType) -> Bool {
        switch type {
        case .builtin, .type: true
        default: false
        }
    }

    private static func zero(of type: FieldType) -> Value {
        switch type {
        case .string: ""
        case .bool: false
        case .int32, .int64, .double, .builtin(.intOrString): 0
        case .builtin(.quantity): "0"
        case .builtin(.duration): "0s"
        case .type(let reference): zero(of: reference.type)
        default: .null
        }
    }
}
