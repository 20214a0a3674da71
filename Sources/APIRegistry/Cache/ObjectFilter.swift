package import APIMachinery

/// Which objects a list or watch is about.
package struct ObjectFilter: Sendable {
    /// Empty: all namespaces.
    package var namespace: String { didSet { keyPrefix = Self.keyPrefix(namespace) } }
    /// How the keys of the namespace's objects begin.
    private var keyPrefix: String
    /// Only the object of this name (`metadata.name=` selects so too).
    package var name: String?
    package var labels: Selector
    /// Indexes into the resource's selectable fields, each with the value wanted or not wanted.
    package var fields: [FieldRequirement]

    package struct FieldRequirement: Sendable {
        package var index: Int
        package var value: String
        package var isEqual: Bool

        package init(index: Int, value: String, isEqual: Bool) {
            self.index = index
            self.value = value
            self.isEqual = isEqual
        }
    }

    package init(
        namespace: String = "", name: String? = nil, labels: Selector = .everything, fields: [FieldRequirement] = []
    ) {
        self.namespace = namespace
        keyPrefix = Self.keyPrefix(namespace)
        self.name = name
        self.labels = labels
        self.fields = fields
    }

    /// True when every object of the namespace is selected, so that events need no second look.
    package var isScopeOnly: Bool { name == nil && fields.isEmpty && labels.isEverything }

    /// The part of it that has the same answer in every version of an object.
    package var scope: ObjectFilter { ObjectFilter(namespace: namespace, name: name) }

    package func includes(_ object: CachedObject) -> Bool {
        if !keyPrefix.isEmpty, !object.key.hasPrefix(keyPrefix) { return false }
        if let name, object.name != name { return false }
        return selects(labels: object.labels, fields: object.selectable)
    }

    /// The other part, of an object in another version than that in which it lies.
    package func selects(_ object: Value, fields: [SelectableField]) -> Bool {
        let index = ObjectIndex(object, fields: fields)
        return selects(labels: index.labels, fields: index.selectable)
    }

    private func selects(labels present: [CachedObject.Label], fields values: [String]) -> Bool {
        for field in fields where (values[field.index] == field.value) != field.isEqual { return false }
        return labels.isEverything || labels.matches { CachedObject.label($0, in: present) }
    }

    private static func keyPrefix(_ namespace: String) -> String { namespace.isEmpty ? "" : namespace + "/" }
}

extension CachedObject {
    package func label(_ key: String) -> String? { Self.label(key, in: labels) }

    /// - labels: sorted by key.
    static func label(_ key: String, in labels: [Label]) -> String? {
        var low = 0
        var high = labels.count
        while low < high {
            let middle = (low + high) / 2
            if labels[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low < labels.count && labels[low].key == key ? labels[low].value : nil
    }
}
