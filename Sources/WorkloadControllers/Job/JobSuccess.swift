internal import APITypes

/// `spec.successPolicy`: when a Job with indexes has succeeded though some indexes have not.
enum JobSuccess {
    /// Upstream's words for the rule that is met; `nil` when none is.
    static func match(_ job: Job, succeeded: IndexSet) -> String? {
        for (number, rule) in (job.spec.successPolicy?.rules ?? []).enumerated() where isMet(rule, succeeded) {
            return "Matched rules at index \(number)"
        }
        return nil
    }

    private static func isMet(_ rule: SuccessPolicyRule, _ succeeded: IndexSet) -> Bool {
        guard let text = rule.succeededIndexes else {
            return rule.succeededCount.map { succeeded.count >= Int($0) } ?? false
        }
        let wanted = IndexSet(text)
        let met = wanted.intersection(succeeded).count
        return met == wanted.count || rule.succeededCount.map { met >= Int($0) } ?? false
    }
}
