package import APIMachinery

/// What must hold when a job's status is written. What is not changed by the write is not judged again: a job that
/// shrank may for a moment have indexes that it no longer has.
package struct JobStatusRules {
    private let spec: FieldView
    private let status: FieldView
    private let was: FieldView
    private var findings = Findings()

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        var rules = JobStatusRules(
            spec: FieldView(object)["spec"], status: FieldView(object)["status"], was: FieldView(old)["status"])
        rules.checkCounts()
        rules.checkEnd()
        rules.checkFinished()
        rules.checkIndexes()
        rules.checkPods()
        rules.checkSuccess()
        rules.checkTransition()
        return rules.findings.errors
    }

    private init(spec: FieldView, status: FieldView, was: FieldView) {
        (self.spec, self.status, self.was) = (spec, status, was)
    }

    // MARK: Questions

    private static func isTrue(_ status: FieldView, _ type: String) -> Bool {
        status["conditions"].items.contains { $0["type"].text == type && $0["status"].text == "True" }
    }

    private static func isFinished(_ status: FieldView) -> Bool {
        isTrue(status, "Complete") || isTrue(status, "Failed")
    }

    private func isNow(_ type: String) -> Bool { Self.isTrue(status, type) }
    private func changes(_ types: String...) -> Bool {
        types.contains { Self.isTrue(status, $0) != Self.isTrue(was, $0) }
    }
    private func moves(_ field: String) -> Bool { (status[field].value ?? .null) != (was[field].value ?? .null) }
    private var isFinished: Bool { Self.isFinished(status) }
    private var finishes: Bool { isFinished != Self.isFinished(was) }
    private func count(_ field: String) -> Int64 { status[field].number ?? 0 }

    private mutating func refuse(_ why: String) { findings.add(status["conditions"].refused(why)) }

    // MARK: Checks, in upstream's order

    private mutating func checkCounts() {
        for field in ["active", "succeeded", "failed", "ready", "terminating"] { findings.nonNegative(status[field]) }
        var seen: Set<String> = []
        for list in ["succeeded", "failed"] {
            for uid in status["uncountedTerminatedPods"][list].items {
                if uid.text.isEmpty {
                    findings.add(uid.invalid("must not be empty"))
                } else if !seen.insert(uid.text).inserted {
                    findings.add(uid.duplicate())
                }
            }
        }
    }

    private mutating func checkEnd() {
        let isComplete = isNow("Complete")
        if changes("Complete", "Failed"), isComplete, isNow("Failed") {
            refuse("cannot set Complete=True and Failed=true conditions")
        }
        if changes("Complete", "FailureTarget"), isComplete, isNow("FailureTarget") {
            refuse("cannot set Complete=True and FailureTarget=true conditions")
        }
        let (start, end) = (status["startTime"], status["completionTime"])
        if changes("Complete") || moves("completionTime") {
            if end.exists, !isComplete {
                findings.add(end.invalid("cannot set completionTime when there is no Complete=True condition"))
            }
            if !end.exists, isComplete {
                findings.add(end.required("completionTime is required for Complete jobs"))
            }
        }
        // Times of one form compare as texts.
        if moves("startTime") || moves("completionTime"), start.exists, end.exists, end.text < start.text {
            findings.add(end.invalid("must be equal to or after `startTime`"))
        }
        if changes("Failed") || moves("failedIndexes"), isNow("Failed"), !isNow("FailureTarget") {
            refuse("cannot set Failed=True condition without the FailureTarget=true condition")
        }
        if changes("Complete", "SuccessCriteriaMet"), isComplete, !isNow("SuccessCriteriaMet") {
            refuse("cannot set Complete=True condition without the SuccessCriteriaMet=true condition")
        }
    }

    private mutating func checkFinished() {
        guard isFinished else { return }
        if finishes || moves("active"), count("active") > 0 {
            findings.add(status["active"].invalid("active>0 is invalid for finished job"))
        }
        if finishes || moves("startTime"), !status["startTime"].exists {
            findings.add(status["startTime"].required("startTime is required for finished job"))
        }
        let uncounted = status["uncountedTerminatedPods"]
        if finishes || moves("uncountedTerminatedPods"),
            !uncounted["succeeded"].isEmpty || !uncounted["failed"].isEmpty
        {
            findings.add(uncounted.invalid("must be empty for finished job"))
        }
    }

    private mutating func checkIndexes() {
        let (completed, failed) = (status["completedIndexes"], status["failedIndexes"])
        let completions = spec["completions"].number
        let hasLimit = spec["backoffLimitPerIndex"].exists
        if moves("completedIndexes"), let completions { checkFormat(completed, completions) }
        if moves("failedIndexes"), let completions, hasLimit, failed.exists { checkFormat(failed, completions) }
        if moves("completedIndexes"), !completed.isEmpty, spec["completionMode"].text != "Indexed" {
            findings.add(completed.invalid("cannot set non-empty completedIndexes when non-indexed completion mode"))
        }
        if moves("failedIndexes"), failed.exists, !hasLimit {
            findings.add(failed.invalid("cannot set non-null failedIndexes when backoffLimitPerIndex is null"))
        }
        guard moves("failedIndexes") || moves("completedIndexes"), let completions, failed.exists,
            let index = JobIndexes.overlap(completed.text, failed.text, of: completions)
        else { return }
        findings.add(failed.invalid("failedIndexes and completedIndexes overlap at index: \(index)"))
    }

    private mutating func checkFormat(_ indexes: FieldView, _ completions: Int64) {
        guard case .failure(let fault) = JobIndexes.count(indexes.text, of: completions) else { return }
        let field = indexes.path.description.split(separator: ".").last ?? ""
        findings.add(indexes.invalid("error parsing \(field): \(fault.message)"))
    }

    private mutating func checkPods() {
        if finishes || moves("terminating"), isFinished, count("terminating") > 0 {
            findings.add(status["terminating"].invalid("terminating>0 is invalid for finished job"))
        }
        if moves("ready") || moves("active"), count("ready") > count("active") {
            findings.add(status["ready"].invalid("cannot set more ready pods than active"))
        }
    }

    private mutating func checkSuccess() {
        let isMet = isNow("SuccessCriteriaMet")
        if isMet, isNow("Failed") { refuse("cannot set SuccessCriteriaMet=True and Failed=true conditions") }
        if isMet, isNow("FailureTarget") {
            refuse("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
        }
        if spec["successPolicy"].exists, !isMet, isNow("Complete") {
            refuse("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")
        }
    }

    private mutating func checkTransition() {
        for type in ["Failed", "Complete", "FailureTarget"] where Self.isTrue(was, type) && !isNow(type) {
            refuse("cannot disable the terminal \(type)=True condition")
        }
        if count("failed") < was["failed"].number ?? 0 {
            findings.add(status["failed"].invalid(count("failed"), "cannot decrease the failed counter"))
        }
        // A job whose indexes all run at once may shrink.
        let isElastic =
            spec["completionMode"].text == "Indexed" && spec["completions"].value == spec["parallelism"].value
        if !isElastic, count("succeeded") < was["succeeded"].number ?? 0 {
            findings.add(status["succeeded"].invalid(count("succeeded"), "cannot decrease the succeeded counter"))
        }
        if status["completionTime"].exists, was["completionTime"].exists, moves("completionTime") {
            findings.add(status["completionTime"].invalid("field is immutable"))
        }
        if was["startTime"].exists, moves("startTime"), !spec["suspend"].flag {
            findings.add(status["startTime"].required("startTime cannot be removed for unsuspended job"))
        }
        let wasMet = Self.isTrue(was, "SuccessCriteriaMet")
        if wasMet, !isNow("SuccessCriteriaMet") { refuse("cannot disable the SuccessCriteriaMet=True condition") }
        if Self.isTrue(was, "Complete"), !wasMet, isNow("SuccessCriteriaMet") {
            refuse("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")
        }
    }
}
