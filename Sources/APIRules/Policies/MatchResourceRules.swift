internal import APIMachinery

/// What policies and their bindings share: which requests they are about, and what parameters they get.
enum MatchResourceRules {
    /// Nothing is left to be changed of what is deleted.
    static let mutatingOperations = ["*", "CONNECT", "CREATE", "UPDATE"]

    /// `matchConstraints` of a policy, which needs at least one rule.
    static func constraints(_ match: FieldView, isMutating: Bool, _ findings: inout Findings) {
        guard match.exists else { return findings.add(match.required()) }
        check(match, &findings)
        if match["resourceRules"].isEmpty { findings.add(match["resourceRules"].required()) }
        if isMutating { mutatingOperations(match, &findings) }
    }

    /// `matchConstraints`, or a binding's `matchResources`.
    static func check(_ match: FieldView, _ findings: inout Findings) {
        guard match.exists else { return }
        findings.given(match["matchPolicy"], ["Equivalent", "Exact"])
        for name in ["namespaceSelector", "objectSelector"] {
            if match.has(name) { findings.labelSelector(match[name]) } else { findings.add(match[name].required()) }
        }
        for name in ["resourceRules", "excludeResourceRules"] {
            for rule in match[name].items { namedRule(rule, &findings) }
        }
    }

    static func mutatingOperations(_ match: FieldView, _ findings: inout Findings) {
        let path = "\(match["resourceRules"].path).operations"
        for operation in match["resourceRules"].items.flatMap({ $0["operations"].texts })
        where !mutatingOperations.contains(operation) {
            findings.add(.notSupported(path, operation, mutatingOperations))
        }
    }

    private static func namedRule(_ rule: FieldView, _ findings: inout Findings) {
        var seen: Set<String> = []
        for name in rule["resourceNames"].items {
            findings.add(name, Names.pathSegment(name.text))
            if !seen.insert(name.text).inserted { findings.add(name.duplicate()) }
        }
        WebhookRules.checkRule(rule, &findings)
    }

    static func paramKind(_ kind: FieldView, _ findings: inout Findings) {
        guard kind.exists else { return }
        apiVersion(kind["apiVersion"], &findings)
        let name = kind["kind"]
        if name.isEmpty { return findings.add(name.required()) }
        let messages = Names.dns1035Label(name.text.lowercased())
        if !messages.isEmpty {
            let list = messages.joined(separator: ",")
            findings.add(name.invalid("may have mixed case, but should otherwise match: \(list)"))
        }
    }

    private static func apiVersion(_ version: FieldView, _ findings: inout Findings) {
        if version.isEmpty { return findings.add(version.required()) }
        let parts = version.text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2 else {
            return findings.add(version.invalid("unexpected GroupVersion string: \(version.text)"))
        }
        let group = parts.count == 2 ? parts[0] : ""
        let messages = group.isEmpty ? [] : Names.dns1123Subdomain(group)
        if !messages.isEmpty { findings.add(version.invalid(group, messages.joined(separator: ","))) }
        guard let name = parts.last, !name.isEmpty else {
            return findings.add(version.invalid("version must be specified"))
        }
        let faults = Names.dns1035Label(name)
        if !faults.isEmpty { findings.add(version.invalid(name, faults.joined(separator: ","))) }
    }

    /// What a binding says of its policy and of that policy's parameters.
    static func binding(_ spec: FieldView, _ findings: inout Findings) {
        let policy = spec["policyName"]
        if policy.isEmpty {
            findings.add(policy.required())
        } else {
            findings.add(policy, Names.dns1123Subdomain(policy.text))
        }
        if spec.has("paramRef") { paramRef(spec["paramRef"], &findings) }
        check(spec["matchResources"], &findings)
    }

    private static func paramRef(_ ref: FieldView, _ findings: inout Findings) {
        let (name, selector) = (ref["name"], ref["selector"])
        let both = "name and selector are mutually exclusive"
        if !name.isEmpty {
            findings.add(name, Names.pathSegment(name.text))
            if selector.exists { findings.add(name.forbidden(both)) }
        }
        if selector.exists {
            findings.labelSelector(selector)
            if !name.isEmpty { findings.add(selector.forbidden(both)) }
        }
        if name.isEmpty, !selector.exists { findings.add(ref.required("one of name or selector must be specified")) }
        findings.choice(ref["parameterNotFoundAction"], ["Deny", "Allow"])
    }
}
