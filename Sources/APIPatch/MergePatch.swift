package import APIMachinery

/// JSON merge patch (RFC 7386): objects are merged, null removes, everything else replaces.
package enum MergePatch {
    /// Throws `.malformed` unless the patch is an object, as every API object is one.
    package static func apply(_ patch: Value, to original: Value) throws(PatchError) -> Value {
        guard case .object(let changes) = patch else {
            throw PatchError(
                .malformed,
                "error decoding patch: json: cannot unmarshal \(patch.kindName) into Go value of type "
                    + "map[string]interface {}")
        }
        guard case .object(let fields) = original else { return withoutNulls(patch) }
        return .object(merge(fields, changes))
    }

    /// Both sides are sorted by name, so that one pass suffices.
    private static func merge(_ original: Fields, _ patch: Fields) -> Fields {
        var result = Fields()
        var rest = original.elements[...]
        for change in patch {
            while let next = rest.first, next.name < change.name {
                result.append(next.name, next.value)
                rest.removeFirst()
            }
            var current: Value?
            if let next = rest.first, next.name == change.name {
                current = next.value
                rest.removeFirst()
            }
            switch (current, change.value) {
            case (_, .null): break
            case (.object(let old)?, .object(let new)): result.append(change.name, .object(merge(old, new)))
            default: result.append(change.name, withoutNulls(change.value))
            }
        }
        for next in rest { result.append(next.name, next.value) }
        return result
    }

    /// A value that a patch adds, without the fields that it says to remove; nulls in lists stay.
    static func withoutNulls(_ value: Value) -> Value {
        switch value {
        case .object(let fields):
            var result = Fields()
            for field in fields where !field.value.isNull { result.append(field.name, withoutNulls(field.value)) }
            return .object(result)
        case .array(let items):
            return .array(items.map(withoutNulls))
        case .null, .bool, .integer, .double, .string:
            return value
        }
    }
}
