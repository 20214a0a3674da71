package import APIMachinery

/// What must hold for questions about access (`authorization/validation`).
package enum AccessReviewRules {
    package static func subject(_ review: Value) -> [FieldError] {
        Findings.of { findings in
            checkSpec(FieldView(review)["spec"], asksWhom: true, &findings)
            checkMetadata(FieldView(review)["metadata"], besides: [], "must be empty", &findings)
        }
    }

    package static func ofSelf(_ review: Value) -> [FieldError] {
        Findings.of { findings in
            checkSpec(FieldView(review)["spec"], asksWhom: false, &findings)
            checkMetadata(FieldView(review)["metadata"], besides: [], "must be empty", &findings)
        }
    }

    package static func local(_ review: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, metadata) = (FieldView(review)["spec"], FieldView(review)["metadata"])
            checkSpec(spec, asksWhom: true, &findings)
            checkMetadata(metadata, besides: ["namespace"], "must be empty except for namespace", &findings)
            let (resource, path) = (spec["resourceAttributes"], spec["nonResourceAttributes"])
            if resource.exists, resource["namespace"].text != metadata["namespace"].text {
                findings.add(resource["namespace"].orEmpty.invalid("must match metadata.namespace"))
            }
            if path.exists { findings.add(path.invalid("disallowed on this kind of request")) }
        }
    }

    private static func checkSpec(_ spec: FieldView, asksWhom: Bool, _ findings: inout Findings) {
        let (resource, path) = (spec["resourceAttributes"], spec["nonResourceAttributes"])
        if resource.exists, path.exists {
            findings.add(path.invalid("cannot be specified in combination with resourceAttributes"))
        }
        if !resource.exists, !path.exists {
            findings.add(
                resource.invalid(
                    Value.null, "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
        }
        if asksWhom, spec["user"].isEmpty, spec["groups"].isEmpty {
            findings.add(spec["user"].orEmpty.invalid("at least one of user or group must be specified"))
        }
        for field in ["fieldSelector", "labelSelector"] where resource[field].exists {
            checkSelector(resource[field], isOfLabels: field == "labelSelector", &findings)
        }
    }

    private static func checkSelector(_ selector: FieldView, isOfLabels: Bool, _ findings: inout Findings) {
        let (raw, requirements) = (selector["rawSelector"], selector["requirements"])
        if !raw.isEmpty, !requirements.isEmpty {
            findings.add(raw.invalid("may not specified at the same time as requirements"))
        }
        if raw.isEmpty, requirements.isEmpty {
            findings.add(
                requirements.required("when \(selector.path) is specified, requirements or rawSelector is required"))
        }
        for requirement in requirements.items {
            if isOfLabels {
                findings.labelRequirement(requirement, allowsAnyOperator: true)
            } else {
                if requirement["key"].isEmpty { findings.add(requirement["key"].required("must be specified")) }
                findings.requirementValues(requirement, allowsAnyOperator: true)
            }
        }
    }

    /// A question is not kept: it has no name and nothing else that is an object's.
    private static func checkMetadata(
        _ metadata: FieldView, besides allowed: Set<String>, _ why: String, _ findings: inout Findings
    ) {
        let isOther = { (name: String) in name != "managedFields" && !allowed.contains(name) }
        if metadata.value?.objectValue?.contains(where: { isOther($0.name) && !FieldView($0.value).isEmpty }) ?? false {
            findings.add(metadata.invalid(why))
        }
    }
}

/// What must hold for what gives a pod its node (`core/validation`).
package enum BindingRules {
    package static func check(_ binding: Value) -> [FieldError] {
        Findings.of { findings in
            let target = FieldView(binding)["target"]
            if !target["kind"].isEmpty, target["kind"].text != "Node" {
                findings.add(target["kind"].notSupported(["Node", "<empty>"]))
            }
            findings.require(target["name"])
        }
    }
}
