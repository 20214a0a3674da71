internal import APIMachinery

/// Takes the members of a set out of an object.
enum ObjectRemoval {
    static func remove(_ set: FieldSet, from object: Value, _ shape: MergeShape) throws(PatchError) -> Value {
        if set.isEmpty { return object }
        return try without(set.trie, object, shape) ?? .emptyObject
    }

    /// `nil` when nothing is left.
    private static func without(
        _ edges: Fields, _ value: Value, _ shape: MergeShape
    ) throws(PatchError) -> Value? {
        switch (shape, value) {
        case (.map, .object(let fields)), (.structure, .object(let fields)), (.deduced, .object(let fields)):
            var result = Fields()
            for field in fields {
                guard let edge = edges[PathElement.field(field.name)] else {
                    result.append(field.name, field.value)
                    continue
                }
                let node = FieldSetNode(edge)
                if node.isMember { continue }
                let rest = try without(node.edges, field.value, shape.member(field.name).shape)
                // Upstream leaves null, which means absent, where all parts are gone.
                if let rest { result.append(field.name, rest) }
            }
            return result.isEmpty ? nil : .object(result)
        case (.set, .array(let items)), (.keyed, .array(let items)):
            var result: [Value] = []
            for item in items {
                guard let edge = edges[try shape.element(of: item)] else {
                    result.append(item)
                    continue
                }
                let node = FieldSetNode(edge)
                if node.isMember { continue }
                if let rest = try without(node.edges, item, shape.item) { result.append(rest) }
            }
            return result.isEmpty ? nil : .array(result)
        default:
            return value
        }
    }
}
