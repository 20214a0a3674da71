package import APIMachinery

extension CustomSchema {
    /// Brings the metadata of an object, and of objects inside of it, into canonical form; returns the paths of fields
    /// that metadata does not have.
    package func settleMetadata(_ object: inout Value) throws(SchemaError) -> [String] {
        var unknown: [String] = []
        try settle(&object, isResource: true, path: "", &unknown)
        return unknown
    }

    private static let metadata: SchemaType = {
        guard let type = SchemaCatalog.builtin.type("meta/v1.ObjectMeta") else {
            preconditionFailure("the API tables lack meta/v1.ObjectMeta")
        }
        return type
    }()

    private func settle(
        _ value: inout Value, isResource: Bool, path: String, _ unknown: inout [String]
    ) throws(SchemaError) {
        switch value {
        case .object(var fields):
            value = .null
            var elements = fields.takeElements()
            for index in elements.indices {
                let name = elements[index].name
                let inner = path.isEmpty ? name : "\(path).\(name)"
                if isResource, name == "metadata" {
                    unknown += try SchemaWalk.normalize(&elements[index].value, as: Self.metadata).map { "\(inner).\($0)" }
                } else if let schema = member(name), schema.hasResources {
                    try schema.settle(
                        &elements[index].value, isResource: schema.isEmbeddedResource, path: inner, &unknown)
                }
            }
            value = .object(Fields(sorted: elements))
        case .array(var list):
            guard let items, items.hasResources else { return }
            value = .null
            for index in list.indices {
                try items.settle(&list[index], isResource: items.isEmbeddedResource, path: "\(path)[\(index)]", &unknown)
            }
            value = .array(list)
        case .null, .bool, .integer, .double, .string:
            break
        }
    }

    /// Whether there may be whole objects inside; few schemas have them.
    private var hasResources: Bool {
        if isEmbeddedResource || items?.hasResources == true { return true }
        if case .schema(let schema) = additional, schema.hasResources { return true }
        return properties.contains { $0.schema.hasResources }
    }

    /// What objects inside of an object must have.
    package func validateResources(_ value: Value, path: String = "") -> [FieldError] {
        switch value {
        case .object(let fields):
            var errors: [FieldError] = []
            if isEmbeddedResource {
                for name in ["apiVersion", "kind"] where (fields[name]?.stringValue ?? "").isEmpty {
                    errors.append(.required("\(path).\(name)", "must not be empty"))
                }
            }
            for field in fields {
                guard let schema = member(field.name), schema.hasResources else { continue }
                errors += schema.validateResources(field.value, path: path.isEmpty ? field.name : "\(path).\(field.name)")
            }
            return errors
        case .array(let list):
            guard let items, items.hasResources else { return [] }
            return list.enumerated().flatMap { items.validateResources($1, path: "\(path)[\($0)]") }
        case .null, .bool, .integer, .double, .string:
            return []
        }
    }
}
