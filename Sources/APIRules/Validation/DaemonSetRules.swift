package import APIMachinery

/// What must hold for daemon sets (`apps/validation`).
package enum DaemonSetRules {
    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { check(FieldView(object)["spec"], &$0) }
    }

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            findings.immutable(spec["selector"], old[path: "spec", "selector"])
            check(spec, &findings)
        }
    }

    private static func check(_ spec: FieldView, _ findings: inout Findings) {
        let (selector, template) = (spec["selector"], spec["template"])
        findings.labelSelector(selector)
        // What cannot be read has been told already.
        _ = WorkloadRules.checkMatch(selector, template, &findings)
        WorkloadRules.checkIsNotEmpty(selector, of: "daemonset", &findings)
        WorkloadRules.checkTemplate(template, "DaemonSet", &findings)
        findings.nonNegative(spec["minReadySeconds"])
        checkStrategy(spec["updateStrategy"], &findings)
        findings.nonNegative(spec["revisionHistoryLimit"])
    }

    private static func checkStrategy(_ strategy: FieldView, _ findings: inout Findings) {
        switch strategy["type"].text {
        case "OnDelete": break
        case "RollingUpdate": checkRollout(strategy["rollingUpdate"], &findings)
        case _:
            let shown = InternalText.strategy(strategy, WorkloadRules.counts)
            findings.add(.notSupported(strategy.path.description, shown, ["RollingUpdate", "OnDelete"]))
        }
    }

    private static func checkRollout(_ rolling: FieldView, _ findings: inout Findings) {
        guard rolling.exists else { return findings.add(rolling.required()) }
        let (unavailable, surge) = (rolling["maxUnavailable"], rolling["maxSurge"])
        findings.countOrPercent(unavailable)
        findings.countOrPercent(surge)
        findings.atMostWhole(unavailable)
        findings.atMostWhole(surge)
        switch (WorkloadRules.isZero(unavailable), WorkloadRules.isZero(surge)) {
        case (false, false): findings.add(surge.invalid("may not be set when maxUnavailable is non-zero"))
        case (true, true): findings.add(unavailable.required("cannot be 0 when maxSurge is 0"))
        case _: break
        }
    }
}
