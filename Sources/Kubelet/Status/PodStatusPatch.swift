package import APIMachinery
package import APITypes

/// The difference between two statuses as a strategic merge patch that only fits the pod it was made for.
package enum PodStatusPatch {
    /// nil when nothing has changed.
    package static func make(from old: PodStatus, to new: PodStatus, uid: String) -> Value? {
        guard old != new else { return nil }
        let before = old.value.objectValue ?? Fields()
        let after = new.value.objectValue ?? Fields()
        var status = Value.emptyObject
        for name in Set(before.names + after.names) where before[name] != after[name] {
            switch name {
            case "conditions": status[name] = changedConditions(before[name], after[name])
            case "podIPs": status[name] = replacedList(before[name], after[name], key: "ip")
            default: status[name] = after[name] ?? .null
            }
        }
        guard status != .emptyObject else { return nil }
        return ["metadata": ["uid": .string(uid)], "status": status]
    }

    /// Conditions are merged by type, so that those of others, written meanwhile, stay; what one says no more is taken
    /// back, and one that holds no more goes.
    private static func changedConditions(_ before: Value?, _ after: Value?) -> Value {
        let (old, new) = (before?.arrayValue ?? [], after?.arrayValue ?? [])
        let changed = new.filter { !old.contains($0) }.map { condition in
            var condition = condition
            let previous = old.first { $0["type"] == condition["type"] }
            for field in previous?.objectValue ?? Fields() where condition[field.name] == nil {
                condition[field.name] = .null
            }
            return condition
        }
        let gone = old.filter { one in !new.contains { $0["type"] == one["type"] } }
        return .array(changed + gone.map { ["$patch": "delete", "type": $0["type"] ?? ""] })
    }

    /// A list that is merged by `key` and of which old elements must go.
    private static func replacedList(_ before: Value?, _ after: Value?, key: String) -> Value {
        let new = after?.arrayValue ?? []
        let gone = (before?.arrayValue ?? []).filter { old in !new.contains { $0[key] == old[key] } }
        return .array(
            new
                + gone.map { element in
                    var deletion: Value = ["$patch": "delete"]
                    deletion[key] = element[key]
                    return deletion
                })
    }
}
