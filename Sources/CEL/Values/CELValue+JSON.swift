package import APIMachinery

extension CELValue {
    /// The value as JSON, as upstream converts it. Throws for what JSON has no form for.
    package func json() throws(CELEvaluationError) -> Value {
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .integer(value)
        case .uint(let value): return Int64(exactly: value).map(Value.integer) ?? .string(String(value))
        case .double(let value): return .double(value)
        case .string(let value): return .string(value)
        case .bytes(let value): return .string(Base64.encode(value))
        case .timestamp(let value): return .string(value.text)
        case .duration(let value): return .string(GoDuration.secondsText(value))
        case .list(let list):
            if case .json(let values, _) = list { return .array(values) }
            var items: [Value] = []
            for value in list.values { items.append(try value.json()) }
            return .array(items)
        case .map(let map): return try map.json()
        case .optional(let optional):
            if let value = optional.value { return try value.json() }
        case .type, .object: break
        }
        throw CELEvaluationError("unsupported conversion of '\(type.runtimeName)' to JSON")
    }
}

extension CELMap {
    fileprivate func json() throws(CELEvaluationError) -> Value {
        if case .json(let fields, _) = self { return .object(fields) }
        var result = Fields()
        for key in keys {
            guard case .string(let name) = key else {
                throw CELEvaluationError("map key \"\(key.text)\" is of type \(key.type.runtimeName), not string")
            }
            if let value = try find(key) { result[name] = try value.json() }
        }
        return .object(result)
    }
}
