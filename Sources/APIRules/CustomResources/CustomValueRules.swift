package import APIMachinery

extension CustomSchema {
    /// What the schema finds wrong with a value, in upstream's words. What is as it was before is not found wrong
    /// again: a schema may become stricter without barring objects that exist from all other changes.
    package func validate(_ value: Value, old: Value? = nil, path: String = "") -> [FieldError] {
        if let old, old == value { return [] }
        if value.isNull, isNullable { return [] }
        let typeErrors = validateType(value, path)
        guard typeErrors.isEmpty, !value.isNull else { return typeErrors }
        var errors = validateEnumeration(value, path)
        switch value {
        case .object(let fields): errors += validateObject(fields, old, path)
        case .array(let list): errors += validateList(list, old, path)
        case .string(let text): errors += validateText(text, path)
        case .integer, .double: errors += validateNumber(value, path)
        case .null, .bool: break
        }
        return errors + validateJunctions(value, old, path)
    }

    // MARK: Type

    private var types: [String] { isIntOrString ? ["integer", "string"] : type.isEmpty ? [] : [type] }

    private func validateType(_ value: Value, _ path: String) -> [FieldError] {
        let types = types
        guard !types.isEmpty else { return [] }
        let actual = Self.typeName(value)
        if types.contains(actual) { return [] }
        if actual == "integer", types.contains("number") { return [] }
        if actual == "number", types.contains("integer"), value.integerValue != nil { return [] }
        return [
            .typeInvalid(
                path.isEmpty ? "<nil>" : path, actual,
                "\(Self.subject(path)) must be of type \(types.joined(separator: ",")): \"\(actual)\"")
        ]
    }

    private static func typeName(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private static func subject(_ path: String) -> String { path.isEmpty ? "in body" : "\(path) in body" }

    private func wrong(_ value: Value, _ path: String, _ what: String) -> FieldError {
        .invalid(path, value, "\(Self.subject(path)) \(what)")
    }

    private func validateEnumeration(_ value: Value, _ path: String) -> [FieldError] {
        guard let enumeration, !enumeration.contains(value) else { return [] }
        let supported = enumeration.map { $0.stringValue ?? String(decoding: $0.json, as: UTF8.self) }
        return [.notSupported(path, value, supported)]
    }

    // MARK: Scalars

    private func validateText(_ text: String, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let length = text.unicodeScalars.count
        if let maximum = limit("maxLength"), length > maximum { errors.append(.tooLong(path, maximum: maximum)) }
        if let minimum = limit("minLength"), length < minimum {
            errors.append(wrong(.string(text), path, "should be at least \(minimum) chars long"))
        }
        if let pattern, !pattern.matches(text) {
            errors.append(wrong(.string(text), path, "should match '\(pattern.text)'"))
        }
        if !format.isEmpty, StringFormat.isValid(text, format) == false {
            errors.append(
                .typeInvalid(path, text, "\(Self.subject(path)) must be of type \(format): \"\(text)\""))
        }
        return errors
    }

    private func validateNumber(_ value: Value, _ path: String) -> [FieldError] {
        guard let number = value.doubleValue else { return [] }
        var errors: [FieldError] = []
        if let maximum = source["maximum"], let limit = maximum.doubleValue {
            let isExclusive = source["exclusiveMaximum"]?.boolValue == true
            if number > limit || (isExclusive && number == limit) {
                errors.append(
                    wrong(value, path, "should be less than \(isExclusive ? "" : "or equal to ")\(Self.text(maximum))"))
            }
        }
        if let minimum = source["minimum"], let limit = minimum.doubleValue {
            let isExclusive = source["exclusiveMinimum"]?.boolValue == true
            if number < limit || (isExclusive && number == limit) {
                errors.append(
                    wrong(value, path, "should be greater than \(isExclusive ? "" : "or equal to ")\(Self.text(minimum))"))
            }
        }
        if let factor = source["multipleOf"], let step = factor.doubleValue, step > 0,
            (number / step).rounded() != number / step
        {
            errors.append(wrong(value, path, "should be a multiple of \(Self.text(factor))"))
        }
        return errors
    }

    private static func text(_ number: Value) -> String {
        number.integerValue.map(String.init) ?? String(decoding: number.json, as: UTF8.self)
    }

    private func limit(_ name: String) -> Int? { (source[name]?.integerValue).map(Int.init) }

    // MARK: Lists and objects

    private func validateList(_ list: [Value], _ old: Value?, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        if let maximum = limit("maxItems"), list.count > maximum {
            errors.append(.tooMany(path, count: list.count, maximum: maximum))
        }
        if let minimum = limit("minItems"), list.count < minimum {
            errors.append(wrong(.integer(Int64(list.count)), path, "should have at least \(minimum) items"))
        }
        guard let items else { return errors }
        for (index, item) in list.enumerated() {
            errors += items.validate(item, old: counterpart(of: item, in: old), path: "\(path)[\(index)]")
        }
        return errors
    }

    /// The item that had the same keys before.
    private func counterpart(of item: Value, in old: Value?) -> Value? {
        guard listType == .map, let list = old?.arrayValue else { return nil }
        return list.first { other in listMapKeys.allSatisfy { other[$0] == item[$0] } }
    }

    private func validateObject(_ fields: Fields, _ old: Value?, _ path: String) -> [FieldError] {
        func inner(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        var errors: [FieldError] = []
        if let maximum = limit("maxProperties"), fields.count > maximum {
            errors.append(.tooMany(path, count: fields.count, maximum: maximum))
        }
        if let minimum = limit("minProperties"), fields.count < minimum {
            errors.append(wrong(.integer(Int64(fields.count)), path, "should have at least \(minimum) properties"))
        }
        for name in required where fields[name] == nil { errors.append(.required(inner(name))) }
        for field in fields {
            if let schema = property(field.name) {
                errors += schema.validate(field.value, old: old?[field.name], path: inner(field.name))
                continue
            }
            switch additional {
            case .schema(let schema):
                errors += schema.validate(field.value, old: old?[field.name], path: inner(field.name))
            case .allowed(false):
                errors.append(.invalid(inner(field.name), "", "\(inner(field.name)) in body is a forbidden property"))
            case .allowed(true), .unspecified:
                break
            }
        }
        return errors
    }

    // MARK: Junctions

    private func validateJunctions(_ value: Value, _ old: Value?, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        func fail(_ what: String) { errors.append(.invalid("<nil>", "", "\"\(path)\" must \(what)")) }
        if !anyOf.isEmpty {
            let outcomes = anyOf.map { $0.validate(value, old: old, path: path) }
            if !outcomes.contains(where: \.isEmpty) {
                fail("validate at least one schema (anyOf)")
                errors += outcomes.min { $0.count < $1.count } ?? []
            }
        }
        if !oneOf.isEmpty {
            let outcomes = oneOf.map { $0.validate(value, old: old, path: path) }
            let valid = outcomes.count(where: \.isEmpty)
            if valid != 1 {
                let found = valid == 0 ? "Found none valid" : "Found \(valid) valid alternatives"
                fail("validate one and only one schema (oneOf). \(found)")
                if valid == 0 { errors += outcomes.min { $0.count < $1.count } ?? [] }
            }
        }
        let outcomes = allOf.map { $0.validate(value, old: old, path: path) }
        if outcomes.contains(where: { !$0.isEmpty }) {
            errors += outcomes.flatMap { $0 }
            fail("validate all the schemas (allOf)" + (outcomes.contains(where: \.isEmpty) ? "" : ". None validated"))
        }
        if let not, not.validate(value, path: path).isEmpty { fail("not validate the schema (not)") }
        return errors
    }
}
