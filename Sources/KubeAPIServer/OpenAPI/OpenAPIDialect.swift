internal import APIMachinery

/// The two versions of OpenAPI that clients ask for. Upstream publishes both, and they differ in small ways.
package enum OpenAPIDialect: Hashable, Sendable {
    case v2
    case v3

    func reference(_ name: String) -> Value {
        switch self {
        case .v2: ["$ref": .string("#/definitions/\(name)")]
        case .v3: ["$ref": .string("#/components/schemas/\(name)")]
        }
    }

    /// A schema with something more said of it; in v3 a bare reference has no room for that.
    func adding(_ extras: Fields, to schema: Value) -> Value {
        guard !extras.isEmpty else { return schema }
        var result = schema
        if self == .v3, schema["$ref"] != nil { result = ["allOf": [schema]] }
        for field in extras { result[field.name] = field.value }
        return result
    }
}
