internal import APIMachinery

/// Sets made from one object.
enum AppliedFields {
    /// Every leaf and every list item that the object mentions: what who applies it will own.
    static func of(_ object: Value, _ shape: MergeShape) throws(PatchError) -> FieldSet {
        FieldSet(trie: try below(object, shape)?.edges ?? Fields())
    }

    private static func below(_ value: Value, _ shape: MergeShape) throws(PatchError) -> FieldSetNode? {
        switch (shape, value) {
        case (.leaf, _):
            return FieldSetNode(isMember: true, edges: Fields())
        case (.set, .array(let items)), (.keyed, .array(let items)):
            return try ofItems(items, shape)
        case (.map, .object(let fields)), (.structure, .object(let fields)), (.deduced, .object(let fields)):
            return try ofFields(fields, shape)
        case (.deduced, .null), (.set, _), (.keyed, _), (.map, _), (.structure, _):
            return nil
        case (.deduced, _):
            return FieldSetNode(isMember: true, edges: Fields())
        }
    }

    private static func ofFields(_ fields: Fields, _ shape: MergeShape) throws(PatchError) -> FieldSetNode? {
        var edges = Fields()
        for field in fields {
            let member = shape.member(field.name)
            var node = try below(field.value, member.shape) ?? FieldSetNode(isMember: false, edges: Fields())
            if !member.isDeclared || field.value.isNull || field.value == .emptyObject { node.isMember = true }
            if let value = node.value { edges.append(PathElement.field(field.name), value) }
        }
        return edges.isEmpty ? nil : FieldSetNode(isMember: false, edges: edges)
    }

    private static func ofItems(_ items: [Value], _ shape: MergeShape) throws(PatchError) -> FieldSetNode? {
        let itemShape = shape.item
        var edges = Fields()
        for item in items {
            let element = try shape.element(of: item)
            // Duplicates are owned as a whole.
            let isDuplicate = edges[element] != nil
            let parts = isDuplicate ? nil : try below(item, itemShape)
            edges[element] = FieldSetNode(isMember: true, edges: parts?.edges ?? Fields()).value
        }
        return edges.isEmpty ? nil : FieldSetNode(isMember: false, edges: edges)
    }

    /// The set with the declared fields on the way to its members as members, so that a field that
    /// is left with nothing can be removed itself.
    static func withNamedFields(_ set: FieldSet, _ shape: MergeShape) -> FieldSet {
        FieldSet(trie: withNamedFields(set.trie, shape))
    }

    private static func withNamedFields(_ edges: Fields, _ shape: MergeShape) -> Fields {
        var result = Fields()
        for edge in edges {
            var node = FieldSetNode(edge.value)
            var childShape = shape.item
            if edge.name.hasPrefix("f:") {
                let member = shape.member(String(edge.name.dropFirst(2)))
                childShape = member.shape
                if member.isDeclared { node.isMember = true }
            }
            node.edges = withNamedFields(node.edges, childShape)
            if let value = node.value { result.append(edge.name, value) }
        }
        return result
    }

    /// The set as it is where the schema has come to own as a whole what it owned in parts before.
    static func reconciled(_ set: FieldSet, _ shape: MergeShape) -> FieldSet {
        FieldSet(trie: reconciled(set.trie, shape))
    }

    private static func reconciled(_ edges: Fields, _ shape: MergeShape) -> Fields {
        var result = Fields()
        for edge in edges {
            let childShape =
                edge.name.hasPrefix("f:") ? shape.member(String(edge.name.dropFirst(2))).shape : shape.item
            var node = FieldSetNode(edge.value)
            if case .leaf = childShape {
                node = FieldSetNode(isMember: true, edges: Fields())
            } else {
                node.edges = reconciled(node.edges, childShape)
            }
            if let value = node.value { result.append(edge.name, value) }
        }
        return result
    }
}
