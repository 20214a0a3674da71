package import APIMachinery

/// Strategic merge patch: a merge patch that merges lists where the type declares how, and that
/// carries directives.
///
/// - `$patch: replace | delete` in an object, and in an item of a list with a merge key.
/// - `$deleteFromPrimitiveList/NAME` names items to take out of a list of scalars.
/// - `$setElementOrder/NAME` gives the order of the list called NAME.
/// - `$retainKeys` names the only fields of the object that may stay.
///
/// The rules are those of upstream's `apimachinery/pkg/util/strategicpatch`.
package enum StrategicMergePatch {
    static let directive = "$patch"
    static let retainKeys = "$retainKeys"
    static let deletePrefix = "$deleteFromPrimitiveList"
    static let orderPrefix = "$setElementOrder"

    /// Throws `.malformed` for directives out of form, `.unprocessable` for lists of lists, and
    /// `.failed` for what upstream has no status for, such as an item without its merge key.
    package static func apply(
        _ patch: Value, to original: Value, schema: SchemaType
    ) throws(PatchError) -> Value {
        guard case .object(let changes) = patch else {
            throw PatchError(
                .malformed,
                "json: cannot unmarshal \(patch.kindName) into Go value of type map[string]interface {}")
        }
        return .object(try merge(original.objectValue ?? Fields(), changes, .type(schema)))
    }

    /// Merges one object. `original` and `patch` are moved through, so that only what changes is copied.
    static func merge(_ original: Fields, _ patch: Fields, _ scope: PatchScope) throws(PatchError) -> Fields {
        if let order = patch[directive] {
            switch order {
            case "replace":
                var result = patch
                result[directive] = nil
                return result
            case "delete":
                return Fields()
            default:
                throw PatchError(
                    .failed, "unknown patch type: \(GoFormat.plain(order)) in map: \(GoFormat.plain(.object(patch)))")
            }
        }
        var result = original
        var patch = patch
        try retainOnly(in: &result, &patch)
        try mergeOrderedLists(in: &result, &patch, scope)
        for change in patch { try merge(change, into: &result, scope) }
        return result
    }

    private static func merge(
        _ change: Fields.Element, into result: inout Fields, _ scope: PatchScope
    ) throws(PatchError) {
        let isDeletion = change.name.hasPrefix(deletePrefix)
        let name = isDeletion ? try target(of: change.name, deletePrefix) : change.name
        if change.value.isNull {
            result[name] = nil
            return
        }
        switch (result[name], change.value) {
        case (.object(let old)?, .object(let new)) where !isDeletion:
            let member = scope.member(name)
            result[name] = .object(member.strategy.replace ? new : try merge(old, new, member.scope))
        case (.array(let old)?, .array(let new)):
            let member = scope.member(name)
            let isMerged = isDeletion || member.strategy.merge
            result[name] = .array(isMerged ? try mergeList(old, new, member, isDeletion: isDeletion) : new)
        default:
            if !isDeletion { result[name] = addition(change.value) }
        }
    }

    /// A value that was not there before: without nulls and without what only directs; `nil` if nothing is left.
    static func addition(_ value: Value) -> Value? {
        switch value {
        case .object(let fields):
            guard fields[directive] == nil else { return nil }
            var result = Fields()
            for field in fields where !field.value.isNull {
                if let value = addition(field.value) { result.append(field.name, value) }
            }
            return .object(result)
        case .array(let items):
            return .array(items.compactMap(addition))
        case .null, .bool, .integer, .double, .string:
            return value
        }
    }

    /// Obeys `$retainKeys`, and takes it out of the patch.
    private static func retainOnly(in original: inout Fields, _ patch: inout Fields) throws(PatchError) {
        guard let directive = patch.remove(retainKeys) else { return }
        let malformed = PatchError(.malformed, "invalid patch format of retainKeys")
        guard let names = directive.arrayValue else { throw malformed }
        let retained = Set(names.compactMap(\.stringValue))
        for change in patch where !change.value.isNull {
            let isDirective = change.name.hasPrefix(deletePrefix) || change.name.hasPrefix(orderPrefix)
            guard isDirective || retained.contains(change.name) else { throw malformed }
        }
        for name in original.names where !retained.contains(name) { original[name] = nil }
    }

    /// The field that a directive such as `$setElementOrder/ports` speaks of.
    static func target(of name: String, _ prefix: String) throws(PatchError) -> String {
        guard let slash = name.firstIndex(of: "/"), name[..<slash] == prefix else {
            let list = prefix == deletePrefix ? "primitive list" : "setElementOrder list"
            throw PatchError(.malformed, "invalid patch format of \(list)")
        }
        return String(name[name.index(after: slash)...])
    }
}

/// What is known of the object being merged.
enum PatchScope {
    case type(SchemaType)
    /// A map from names to values of one type.
    case map(FieldType)
    case unknown

    struct Member {
        var scope: PatchScope
        var strategy: SchemaField.PatchStrategy
    }

    /// The scope inside a field, or inside the items if it is a list.
    func member(_ name: String) -> Member {
        switch self {
        case .type(let type):
            guard let field = type.field(name) else { break }
            return Member(scope: PatchScope(field.type), strategy: field.patch)
        case .map(let type):
            return Member(scope: PatchScope(type), strategy: SchemaField.PatchStrategy())
        case .unknown:
            break
        }
        return Member(scope: .unknown, strategy: SchemaField.PatchStrategy())
    }

    private init(_ type: FieldType) {
        switch type {
        case .type(let reference): self = .type(reference.type)
        case .list(let element): self = PatchScope(element)
        case .map(let value): self = .map(value)
        case .string, .bool, .int32, .int64, .double, .bytes, .builtin, .any: self = .unknown
        }
    }
}
