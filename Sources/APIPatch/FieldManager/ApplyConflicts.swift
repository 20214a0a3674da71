internal import APIMachinery

/// The fields that an apply would take from other managers.
struct ApplyConflicts {
    private var sets: [(manager: ManagedEntry.Identity, fields: FieldSet)] = []

    var isEmpty: Bool { sets.isEmpty }

    mutating func add(_ manager: ManagedEntry.Identity, _ fields: FieldSet) {
        if !fields.isEmpty { sets.append((manager, fields)) }
    }

    func without(_ allowed: FieldSet) -> ApplyConflicts {
        var result = ApplyConflicts()
        for conflict in sets { result.add(conflict.manager, conflict.fields.subtracting(allowed)) }
        return result
    }

    /// What the client is told: a message for people, and a cause for every field.
    var error: PatchError {
        let sorted = sets.sorted { $0.manager < $1.manager }
        var causes: [StatusCause] = []
        var lines: [String] = []
        for (manager, fields) in sorted {
            lines.append("conflicts with \(manager.readable):")
            for path in fields.paths {
                lines.append("- \(path)")
                causes.append(
                    StatusCause(
                        reason: "FieldManagerConflict", message: "conflict with \(manager.readable)", field: path))
            }
        }
        if causes.count == 1 {
            return PatchError(
                .conflict, "Apply failed with 1 conflict: \(causes[0].message): \(causes[0].field)",
                causes: causes)
        }
        return PatchError(
            .conflict, "Apply failed with \(causes.count) conflicts: \(lines.joined(separator: "\n"))",
            causes: causes)
    }
}
