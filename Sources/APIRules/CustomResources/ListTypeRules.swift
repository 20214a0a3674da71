internal import APIMachinery

/// What `x-kubernetes-list-type` and `x-kubernetes-list-map-keys` ask of a schema.
enum ListTypeRules {
    /// Items of a set are each written as a whole.
    static func checkSet(_ schema: Value, at path: String) -> [FieldError] {
        guard schema["x-kubernetes-list-type"] == "set", let items = schema["items"] else { return [] }
        let why = "must be atomic as item of a list with x-kubernetes-list-type=set"
        switch items["type"] {
        case "array":
            guard let type = items["x-kubernetes-list-type"]?.stringValue, type != "atomic" else { return [] }
            return [.invalid("\(path).items.x-kubernetes-list-type", type, why)]
        case "object":
            guard items["x-kubernetes-map-type"] != "atomic" else { return [] }
            let shown = items["x-kubernetes-list-type"] ?? .null
            return [.invalid("\(path).items.x-kubernetes-map-type", shown, why)]
        case _: return []
        }
    }

    /// The keys of a list that is a map.
    static func checkMap(_ schema: Value, at path: String) -> [FieldError] {
        let listType = schema["x-kubernetes-list-type"]?.stringValue
        let keys = keys(of: schema)
        var errors: [FieldError] = []
        if !keys.isEmpty, listType != "map" {
            let why = "must be map if x-kubernetes-list-map-keys is non-empty"
            errors.append(
                listType.map { .invalid("\(path).x-kubernetes-list-type", $0, why) }
                    ?? .required("\(path).x-kubernetes-list-type", why))
        }
        return listType == "map" ? errors + checkKeys(keys, schema["items"], path) : errors
    }

    /// Every item of a set or map is there, and has its keys.
    static func checkItems(_ schema: Value, at path: String) -> [FieldError] {
        guard let listType = schema["x-kubernetes-list-type"]?.stringValue, listType == "map" || listType == "set",
            let items = schema["items"], items.objectValue != nil
        else { return [] }
        var errors: [FieldError] = []
        if items["nullable"]?.boolValue == true {
            let why = "cannot be nullable when x-kubernetes-list-type is \(listType)"
            errors.append(.forbidden("\(path).items.nullable", why))
        }
        return listType == "map" ? errors + checkPresence(keys(of: schema), items, path) : errors
    }

    private static func keys(of schema: Value) -> [String] {
        (schema["x-kubernetes-list-map-keys"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    private static func checkKeys(_ keys: [String], _ items: Value?, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        if keys.isEmpty {
            errors.append(
                .required(
                    "\(path).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"))
        }
        guard let items else {
            return errors + [.required("\(path).items", "must have a schema if x-kubernetes-list-type is map")]
        }
        guard items["type"] == "object" else {
            return errors + [
                .invalid(
                    "\(path).items.type", items["type"]?.stringValue ?? "",
                    "must be object if parent array's x-kubernetes-list-type is map")
            ]
        }
        let shown = Value.array(keys.map(Value.string))
        for (index, key) in keys.enumerated() {
            let property = items["properties"]?[key]
            if property == nil {
                let why = "entries must all be names of item properties"
                errors.append(.invalid("\(path).x-kubernetes-list-map-keys", shown, why))
            } else if property?["type"] == "array" || property?["type"] == "object" {
                let why = "must be a scalar type if parent array's x-kubernetes-list-type is map"
                errors.append(.invalid("\(path).items.properties[\(key)].type", "object", why))
            }
            if keys[..<index].contains(key) {
                let why = "must not contain duplicate entries"
                errors.append(.invalid("\(path).x-kubernetes-list-map-keys", shown, why))
            }
        }
        return errors
    }

    /// Every item must have its keys.
    private static func checkPresence(_ keys: [String], _ items: Value?, _ path: String) -> [FieldError] {
        let required = items?["required"]?.arrayValue ?? []
        return keys.flatMap { key -> [FieldError] in
            guard let property = items?["properties"]?[key] else { return [] }
            let place = "\(path).items.properties[\(key)]"
            var errors: [FieldError] = []
            let what = "this property is in x-kubernetes-list-map-keys, so it"
            if !required.contains(.string(key)), property["default"] ?? .null == .null {
                errors.append(.required("\(place).default", "\(what) must have a default or be a required property"))
            }
            if property["nullable"]?.boolValue == true {
                errors.append(.forbidden("\(place).nullable", "\(what) cannot be nullable"))
            }
            return errors
        }
    }
}
