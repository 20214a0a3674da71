package import APIMachinery

/// What must hold for events, whichever of their names they are written under (`core/validation/events.go`). Errors
/// name the fields as upstream does: neither quite as `v1` nor quite as `events.k8s.io/v1` has them.
package enum EventRules {
    private static let namesMax = 128
    private static let messageMax = 1024

    /// What holds under both names.
    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let event = FieldView(object)
            let namespace = event["metadata"]["namespace"].text
            let involved = event["involvedObject"]["namespace"]
            if event["eventTime"].exists {
                if involved.isEmpty, namespace != "default", namespace != "kube-system" {
                    findings.add(involved.invalid("does not match event.namespace"))
                }
                checkNew(event, &findings)
            } else if involved.isEmpty ? !["", "default"].contains(namespace) : involved.text != namespace {
                findings.add(involved.invalid("does not match event.namespace"))
            }
            for message in Names.dns1123Subdomain(namespace) {
                findings.add(.invalid("namespace", namespace, message))
            }
        }
    }

    /// Events that say when they happened say also who tells of them, and what was done.
    private static func checkNew(_ event: FieldView, _ findings: inout Findings) {
        let reporter = event["reportingComponent"].orEmpty.moved(to: event["reportingController"])
        findings.require(reporter)
        findings.add(reporter, Names.labelKey(reporter.text))
        for field in ["reportingInstance", "action", "reason"] {
            findings.require(event[field])
            checkLength(event[field], namesMax, &findings)
        }
        checkLength(event["message"], messageMax, &findings)
    }

    private static func checkLength(_ view: FieldView, _ most: Int, _ findings: inout Findings) {
        if view.text.utf8.count > most { findings.add(view.invalid("", "can have at most \(most) characters")) }
    }
}
