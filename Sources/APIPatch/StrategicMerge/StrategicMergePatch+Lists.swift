internal import APIMachinery

/// Lists with the strategy `merge`: scalars as a set, objects by their merge key.
extension StrategicMergePatch {
    /// Merges two lists, or takes the scalars in `patch` out when it is a deletion list.
    static func mergeList(
        _ original: [Value], _ patch: [Value], _ member: PatchScope.Member, isDeletion: Bool = false
    ) throws(PatchError) -> [Value] {
        if original.isEmpty, patch.isEmpty { return original }
        guard try elementsAreObjects(original, patch) else {
            if isDeletion { return original.filter { !patch.contains($0) } }
            return try order(distinct(original + patch), by: patch, then: original, key: nil)
        }
        guard let key = member.strategy.mergeKey else {
            throw PatchError(.failed, "cannot merge lists without merge key for struct")
        }
        let (kept, changes) = try obeyDirectives(original, patch, key)
        let merged = try mergeItems(kept, changes, key, member.scope)
        return try order(merged, by: changes, then: kept, key: key)
    }

    /// Whether all items are objects; throws when they are of different kinds, or lists.
    static func elementsAreObjects(_ lists: [Value]...) throws(PatchError) -> Bool {
        var first: Value?
        for item in lists.joined() {
            if case .array = item { throw PatchError(.unprocessable, "lists of lists are not supported") }
            if let first, first.kindName != item.kindName {
                let text = GoFormat.plain(.array(lists.map(Value.array)))
                throw PatchError(.failed, "list element types are not identical: \(text)")
            }
            first = first ?? item
        }
        if case .object? = first { return true }
        return false
    }

    /// Carries out the items that are directives; what is left of both lists.
    private static func obeyDirectives(
        _ original: [Value], _ patch: [Value], _ key: String
    ) throws(PatchError) -> (kept: [Value], changes: [Value]) {
        var kept = original
        var changes: [Value] = []
        var replaces = false
        for item in patch {
            switch item[directive] {
            case nil:
                changes.append(item)
            case "delete"?:
                let value = try keyValue(item, key)
                kept.removeAll { $0[key] == value }
            case "replace"?:
                replaces = true
            case "merge"?:
                throw PatchError(.failed, "merging lists cannot yet be specified in the patch")
            case let other?:
                throw PatchError(
                    .failed, "unknown patch type: \(GoFormat.plain(other)) in map: \(GoFormat.plain(item))")
            }
        }
        return replaces ? (changes, []) : (kept, changes)
    }

    private static func mergeItems(
        _ original: [Value], _ changes: [Value], _ key: String, _ scope: PatchScope
    ) throws(PatchError) -> [Value] {
        var result = original
        for change in changes {
            let value = try keyValue(change, key)
            let index = result.firstIndex { $0[key] == value }
            if let index, case .object(let old) = result[index], case .object(let new) = change {
                result[index] = .object(try merge(old, new, scope))
            } else {
                result.append(MergePatch.withoutNulls(change))
            }
        }
        return result
    }

    private static func distinct(_ items: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return items.filter { seen.insert($0).inserted }
    }

    static func keyValue(_ item: Value, _ key: String) throws(PatchError) -> Value {
        guard case .object = item else {
            throw PatchError(
                .failed, "expected a map[string]interface {}, but received a \(GoFormat.typeName(item))")
        }
        guard let value = item[key] else {
            throw PatchError(.failed, "map: \(GoFormat.plain(item)) does not contain declared merge key: \(key)")
        }
        return value
    }
}
