package import APIMachinery

/// Fields that every object has and no schema of a custom resource need list.
private let metaFields: Set<String> = ["apiVersion", "kind", "metadata"]

extension CustomSchema {
    /// Removes what the schema does not list and returns the paths of it: `spec.foo[0].bar`, sorted.
    package func prune(_ object: inout Value) -> [String] {
        var pruning = Pruning()
        pruning.prune(&object, self, isRoot: true)
        return pruning.unknown.sorted()
    }
}

private struct Pruning {
    private enum Step {
        case key(String)
        case index(Int)
    }

    private(set) var unknown: [String] = []
    private var path: [Step] = []

    mutating func prune(_ value: inout Value, _ schema: CustomSchema?, isRoot: Bool = false) {
        switch value {
        case .object(var fields):
            value = .null
            let kept = fields.takeElements().compactMap { element in
                self.element(element, schema, isResource: isRoot || schema?.isEmbeddedResource == true)
            }
            value = .object(Fields(sorted: kept))
        case .array(var items):
            value = .null
            for index in items.indices {
                path.append(.index(index))
                if let schema, schema.preservesUnknownFields, schema.items == nil {
                    // Whatever is in there stays.
                } else {
                    prune(&items[index], schema?.items)
                }
                path.removeLast()
            }
            value = .array(items)
        case .null, .bool, .integer, .double, .string:
            break
        }
    }

    /// What remains of a field, `nil` when it goes.
    private mutating func element(
        _ element: Fields.Element, _ schema: CustomSchema?, isResource: Bool
    ) -> Fields.Element? {
        if isResource, metaFields.contains(element.name) { return element }
        path.append(.key(element.name))
        defer { path.removeLast() }
        var element = element
        if let property = schema?.property(element.name) {
            prune(&element.value, property)
            return element
        }
        switch schema?.additional {
        case .schema(let additional)?: prune(&element.value, additional)
        case .allowed?: if schema?.preservesUnknownFields != true { prune(&element.value, nil) }
        case .unspecified?, nil:
            if schema?.preservesUnknownFields == true { return element }
            unknown.append(text)
            return nil
        }
        return element
    }

    private var text: String {
        path.reduce(into: "") { text, step in
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}
