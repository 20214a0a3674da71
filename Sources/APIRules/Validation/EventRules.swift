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

    // MARK: Under the new name

    /// What holds beyond that for an event that is created as one of `events.k8s.io/v1`; it is in the form of `v1`.
    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let event = FieldView(object)
            checkSeries(event["series"], &findings)
            findings.require(event["eventTime"])
            let type = event["type"].orEmpty
            if !["Normal", "Warning"].contains(type.text) {
                findings.add(type.invalid("", "has invalid value: \(type.text)"))
            }
            for field in ["firstTimestamp", "lastTimestamp"] where event[field].exists {
                findings.add(event[field].invalid("", "needs to be unset"))
            }
            if event["count"].number ?? 0 != 0 { findings.add(event["count"].invalid("", "needs to be unset")) }
            let source = event["source"]
            if !source["component"].isEmpty || !source["host"].isEmpty {
                findings.add(source.invalid("", "needs to be unset"))
            }
        }
    }

    private static func checkSeries(_ series: FieldView, _ findings: inout Findings) {
        guard series.exists else { return }
        if series["count"].number ?? 0 < 2 { findings.add(series["count"].invalid("", "should be at least 2")) }
        findings.require(series["lastObservedTime"])
    }

    /// Nothing but its series and its note changes of an event that is written as one of `events.k8s.io/v1`. Upstream
    /// refuses another note as well; the conformance test of this version's life, as of 1.20, still changes it.
    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (event, was) = (FieldView(object), FieldView(old))
            if event["series"].value ?? .null != was["series"].value ?? .null {
                checkSeries(event["series"], &findings)
            }
            let shown = { (field: String, event: FieldView) -> InternalText in
                switch field {
                case "involvedObject": .reference(event[field], isOptional: false)
                case "related": .reference(event[field], isOptional: true)
                case "source": .source(event[field])
                case "reportingController": .plain(event["reportingComponent"], missing: "")
                case "firstTimestamp", "lastTimestamp", "eventTime": .plain(event[field], missing: .null)
                case "count": .plain(event[field], missing: 0)
                case _: .plain(event[field], missing: "")
                }
            }
            for field in [
                "involvedObject", "reason", "source", "firstTimestamp", "lastTimestamp", "count", "reason",
                "type", "eventTime", "action", "related", "reportingController", "reportingInstance",
            ] {
                let now = shown(field, event)
                if field == "eventTime", instant(event[field]) == instant(was[field]) { continue }
                if now != shown(field, was) { findings.add(event[field].invalid(now, "field is immutable")) }
            }
        }
    }

    /// A time to the microsecond: some clients send more and get less back.
    private static func instant(_ time: FieldView) -> Substring {
        time.text.prefix("2026-01-01T00:00:00.000000".count)
    }

    // MARK: Under both names

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
