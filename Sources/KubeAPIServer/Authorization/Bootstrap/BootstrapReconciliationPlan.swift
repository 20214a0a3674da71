/// What to do with a stored role or binding so that it has at least what the bootstrap policy says.
///
/// Adds what is missing and removes nothing; an object annotated `autoupdate: "false"` is left alone.
package enum BootstrapReconciliationPlan {
    package enum RoleAction: Sendable, Equatable {
        case keep
        case create(RBACRole)
        case update(RBACRole, reason: String)
    }

    package enum BindingAction: Sendable, Equatable {
        case keep
        case create(RBACBinding)
        case update(RBACBinding, reason: String)
        /// The role reference of a binding cannot be changed: it is deleted and made again.
        case recreate(RBACBinding, reason: String)
    }

    package static func decide(_ expected: RBACRole, existing: RBACRole?) -> RoleAction {
        guard let existing else { return .create(expected) }
        guard !isProtected(existing.annotations) else { return .keep }
        var result = existing
        var reasons = merge(expected.labels, expected.annotations, into: &result.labels, &result.annotations)
        // The rules of roles that collect others' are nobody's to compare.
        if expected.aggregation == nil || existing.aggregation == nil {
            let missing = RuleCover.missing(expected.rules, heldBy: existing.rules)
            if !missing.isEmpty {
                result.rules += missing
                reasons.append("\(missing.count) missing rules")
            }
        }
        let selectors = (expected.aggregation ?? []).filter { existing.aggregation?.contains($0) != true }
        if !selectors.isEmpty {
            result.aggregation = (existing.aggregation ?? []) + selectors
            reasons.append("\(selectors.count) missing aggregation selectors")
        }
        return reasons.isEmpty ? .keep : .update(result, reason: reasons.joined(separator: ", "))
    }

    package static func decide(_ expected: RBACBinding, existing: RBACBinding?) -> BindingAction {
        guard let existing else { return .create(expected) }
        guard !isProtected(existing.annotations) else { return .keep }
        var result = existing
        var reasons = merge(expected.labels, expected.annotations, into: &result.labels, &result.annotations)
        let missing = expected.subjects.filter { !existing.subjects.contains($0) }
        if !missing.isEmpty {
            result.subjects += missing
            reasons.append("\(missing.count) missing subjects")
        }
        guard existing.role == expected.role else {
            result.role = expected.role
            return .recreate(result, reason: "refers to \(existing.role.kind.rawValue) \(existing.role.name)")
        }
        return reasons.isEmpty ? .keep : .update(result, reason: reasons.joined(separator: ", "))
    }

    private static func isProtected(_ annotations: [String: String]) -> Bool {
        annotations[BootstrapPolicy.autoUpdateAnnotation] == "false"
    }

    /// Adds what is missing; what somebody changed stays changed.
    private static func merge(
        _ expectedLabels: [String: String], _ expectedAnnotations: [String: String],
        into labels: inout [String: String], _ annotations: inout [String: String]
    ) -> [String] {
        let before = (labels, annotations)
        labels.merge(expectedLabels) { existing, _ in existing }
        annotations.merge(expectedAnnotations) { existing, _ in existing }
        return before == (labels, annotations) ? [] : ["missing labels or annotations"]
    }
}
