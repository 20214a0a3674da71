internal import APIMachinery

/// What makes a schema structural: every field has a type outside of junctions, and junctions only restrict.
///
/// Follows upstream's `apiserver/schema/validation.go` and `complete.go`.
enum StructuralRules {
    private enum Level {
        case root, item, field
    }

    static func validate(_ schema: Value, at path: String) -> [FieldError] {
        (invariants(schema, .root, path) + completeness(of: schema, in: schema, path, path)).sorted {
            $0.description < $1.description
        }
    }

    private static func key(_ path: String, _ name: String) -> String { "\(path)[\(name)]" }

    private static func flag(_ schema: Value, _ name: String) -> Bool { schema[name]?.boolValue == true }

    // MARK: Types and extensions

    private static func invariants(_ schema: Value, _ level: Level, _ path: String) -> [FieldError] {
        let type = schema["type"]?.stringValue ?? ""
        var errors: [FieldError] = []
        if type == "array", schema["items"] == nil { errors.append(.required("\(path).items", "must be specified")) }
        if let items = schema["items"] { errors += invariants(items, .item, "\(path).items") }
        for property in schema["properties"]?.objectValue ?? Fields() {
            errors += invariants(property.value, .field, key("\(path).properties", property.name))
        }
        if let additional = schema["additionalProperties"] {
            if level == .root {
                errors.append(.forbidden("\(path).additionalProperties", "must not be used at the root"))
            }
            if case .object = additional { errors += invariants(additional, .field, "\(path).additionalProperties") }
        }
        errors += extensions(schema, path)
        errors += values(schema, path, isNested: false)
        errors += types(schema, type, level, path)
        return errors + metadata(schema, level, path)
    }

    private static func extensions(_ schema: Value, _ path: String) -> [FieldError] {
        guard flag(schema, "x-kubernetes-int-or-string") else { return [] }
        return ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"].compactMap { name in
            flag(schema, name)
                ? .invalid("\(path).\(name)", true, "must be false if x-kubernetes-int-or-string is true") : nil
        }
    }

    private static func types(_ schema: Value, _ type: String, _ level: Level, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let isEmbedded = flag(schema, "x-kubernetes-embedded-resource")
        let preserves = flag(schema, "x-kubernetes-preserve-unknown-fields")
        if isEmbedded, type != "object" {
            let why = "must be object if x-kubernetes-embedded-resource is true"
            errors.append(type.isEmpty ? .required("\(path).type", why) : .invalid("\(path).type", type, why))
        } else if type.isEmpty, !flag(schema, "x-kubernetes-int-or-string"), !preserves {
            switch level {
            case .root: errors.append(.required("\(path).type", "must not be empty at the root"))
            case .item: errors.append(.required("\(path).type", "must not be empty for specified array items"))
            case .field: errors.append(.required("\(path).type", "must not be empty for specified object fields"))
            }
        }
        if isEmbedded, schema["additionalProperties"] != nil {
            errors.append(
                .forbidden(
                    "\(path).additionalProperties", "must not be used if x-kubernetes-embedded-resource is set"))
        }
        if level == .root, !type.isEmpty, type != "object" {
            errors.append(.invalid("\(path).type", type, "must be object at the root"))
        }
        if isEmbedded, !preserves, (schema["properties"]?.objectValue ?? Fields()).isEmpty {
            errors.append(
                .required(
                    "\(path).properties",
                    "must not be empty if x-kubernetes-embedded-resource is true without "
                        + "x-kubernetes-preserve-unknown-fields"))
        }
        return errors
    }

    private static func metadata(_ schema: Value, _ level: Level, _ path: String) -> [FieldError] {
        guard level == .root || flag(schema, "x-kubernetes-embedded-resource") else { return [] }
        var errors: [FieldError] = []
        for name in ["kind", "apiVersion"] {
            guard let property = schema["properties"]?[name], property["type"] != "string" else { continue }
            let type = property["type"]?.stringValue ?? ""
            errors.append(.invalid("\(key("\(path).properties", name)).type", type, "must be string"))
        }
        guard let metadata = schema["properties"]?["metadata"] else { return errors }
        let place = key("\(path).properties", "metadata")
        if metadata["type"] != "object" {
            errors.append(.invalid("\(place).type", metadata["type"]?.stringValue ?? "", "must be object"))
        }
        if level == .root, !isPlainMetadata(metadata) {
            errors.append(
                .forbidden(
                    place, "must not specify anything other than name and generateName, but metadata is implicitly specified"))
        }
        return errors
    }

    /// Only restrictions, and properties for the two names.
    private static func isPlainMetadata(_ metadata: Value) -> Bool {
        let names = (metadata["properties"]?.objectValue ?? Fields()).names
        guard names.allSatisfy({ $0 == "name" || $0 == "generateName" }) else { return false }
        return (metadata.objectValue ?? Fields()).names.allSatisfy {
            ["type", "properties", "default"].contains($0)
        }
    }

    // MARK: Junctions

    private static let intOrString: Value = [["type": "integer"], ["type": "string"]]

    /// Checks what restricts values. `isNested`: inside of a junction, where nothing else may be said.
    private static func values(_ schema: Value, _ path: String, isNested: Bool) -> [FieldError] {
        var errors: [FieldError] = []
        // The usual way to say `integer or string` is let through, here or as the first of `allOf`.
        if schema["anyOf"] != intOrString {
            errors += junctions(schema["anyOf"], "\(path).anyOf")
        }
        for (index, part) in (schema["allOf"]?.arrayValue ?? []).enumerated() {
            var part = part
            if index == 0, part["anyOf"] == intOrString { part["anyOf"] = nil }
            errors += nested(part, "\(path).allOf[\(index)]")
        }
        errors += junctions(schema["oneOf"], "\(path).oneOf")
        if let not = schema["not"] { errors += nested(not, "\(path).not") }
        if let pattern = schema["pattern"]?.stringValue, !pattern.isEmpty, let why = CustomPattern.problem(pattern) {
            errors.append(
                .invalid("\(path).pattern", pattern, "must be a valid regular expression, but isn't: \(why)"))
        }
        return errors
    }

    private static func junctions(_ list: Value?, _ path: String) -> [FieldError] {
        (list?.arrayValue ?? []).enumerated().flatMap { nested($1, "\(path)[\($0)]") }
    }

    /// What may not be said inside of a junction, and how it should be there.
    private static let forbidden: [(name: String, why: String)] = [
        ("type", "must be empty to be structural"), ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"), ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"), ("nullable", "must be false to be structural"),
        ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"),
        ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"),
        ("x-kubernetes-validations", "must be empty to be structural"),
    ]

    private static func nested(_ schema: Value, _ path: String) -> [FieldError] {
        var errors = values(schema, path, isNested: true)
        if let items = schema["items"] { errors += nested(items, "\(path).items") }
        for property in schema["properties"]?.objectValue ?? Fields() {
            errors += nested(property.value, key("\(path).properties", property.name))
        }
        for rule in forbidden {
            switch schema[rule.name] {
            case nil, .null?, .bool(false)?, .string("")?, .array([])?: continue
            case .some: errors.append(.forbidden("\(path).\(rule.name)", rule.why))
            }
        }
        if schema["properties"]?["metadata"] != nil {
            errors.append(
                .forbidden(key("\(path).properties", "metadata"), "must not be specified in a nested context"))
        }
        return errors
    }

    // MARK: Completeness

    /// What a junction names has to be specified outside of it.
    private static func completeness(
        of junction: Value, in schema: Value?, _ place: String, _ path: String
    ) -> [FieldError] {
        var errors: [FieldError] = []
        if let not = junction["not"] { errors += nestedCompleteness(of: not, in: schema, place, "\(path).not") }
        for name in ["allOf", "anyOf", "oneOf"] {
            for (index, part) in (junction[name]?.arrayValue ?? []).enumerated() {
                errors += nestedCompleteness(of: part, in: schema, place, "\(path).\(name)[\(index)]")
            }
        }
        return errors
    }

    private static func nestedCompleteness(
        of part: Value, in schema: Value?, _ place: String, _ path: String
    ) -> [FieldError] {
        guard let schema else { return [.required(place, "because it is defined in \(path)")] }
        var errors = completeness(of: part, in: schema, place, path)
        if let items = part["items"] {
            errors += nestedCompleteness(of: items, in: schema["items"], "\(place).items", "\(path).items")
        }
        for property in part["properties"]?.objectValue ?? Fields() {
            let inner = key("\(path).properties", property.name)
            errors += nestedCompleteness(
                of: property.value, in: schema["properties"]?[property.name],
                key("\(place).properties", property.name), inner)
        }
        return errors
    }
}
