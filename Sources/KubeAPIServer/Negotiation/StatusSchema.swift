internal import APIMachinery

/// Types of `meta/v1` that the server itself encodes.
enum StatusSchema {
    static let type = meta("Status")

    static func meta(_ kind: String) -> SchemaType {
        guard let type = SchemaCatalog.builtin.type("meta/v1.\(kind)") else {
            preconditionFailure("the API tables lack meta/v1.\(kind)")
        }
        return type
    }
}
