package import APIMachinery

/// What must hold for the counts that controllers write into a workload's status (`apps/validation`).
package enum WorkloadStatusRules {
    package static func deployment(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            for field in [
                "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
                "unavailableReplicas", "terminatingReplicas", "collisionCount",
            ] { findings.nonNegative(status[field]) }
            checkBounds(status, ["updatedReplicas", "readyReplicas", "availableReplicas"], &findings)
            checkAvailable(status, "readyReplicas", &findings)
            checkCollisions(status, FieldView(old)["status"], &findings)
        }
    }

    /// Of replica sets and replication controllers.
    package static func replicas(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            for field in [
                "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration",
                "terminatingReplicas",
            ] { findings.nonNegative(status[field]) }
            checkBounds(status, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"], &findings)
            checkAvailable(status, "readyReplicas", &findings)
        }
    }

    package static func statefulSet(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            for field in [
                "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas",
                "observedGeneration", "collisionCount",
            ] { findings.nonNegative(status[field]) }
            let bounded = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"]
            checkBounds(status, bounded, &findings)
            checkAvailable(status, "status.readyReplicas", &findings)
            checkCollisions(status, FieldView(old)["status"], &findings)
        }
    }

    package static func daemonSet(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            for field in [
                "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
                "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable",
                "collisionCount",
            ] { findings.nonNegative(status[field]) }
            checkCollisions(status, FieldView(old)["status"], &findings)
        }
    }

    // MARK: Shared

    private static func count(_ view: FieldView) -> Int64 { view.number ?? 0 }

    private static func checkBounds(_ status: FieldView, _ fields: [String], _ findings: inout Findings) {
        for field in fields where count(status[field]) > count(status["replicas"]) {
            findings.add(status[field].invalid(count(status[field]), "cannot be greater than status.replicas"))
        }
    }

    private static func checkAvailable(_ status: FieldView, _ ready: String, _ findings: inout Findings) {
        let available = status["availableReplicas"]
        if count(available) > count(status["readyReplicas"]) {
            findings.add(available.invalid(count(available), "cannot be greater than \(ready)"))
        }
    }

    /// Names are made with this count: going back would make the same ones again.
    private static func checkCollisions(_ status: FieldView, _ was: FieldView, _ findings: inout Findings) {
        let (now, before) = (status["collisionCount"], was["collisionCount"])
        if before.exists, !now.exists || count(now) < count(before) {
            findings.add(now.invalid(count(now), "cannot be decremented"))
        }
    }
}
