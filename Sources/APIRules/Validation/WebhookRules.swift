package import APIMachinery

/// Webhook configurations (`admissionregistration/validation`).
package enum WebhookRules {
    package static func create(_ object: Value) -> [FieldError] { check(object, WebhookAllowances()) }

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        check(object, WebhookAllowances(object, from: old))
    }

    private static func check(_ object: Value, _ allowances: WebhookAllowances) -> [FieldError] {
        Findings.of { findings in
            var names: Set<String> = []
            for webhook in FieldView(object)["webhooks"].items {
                checkWebhook(webhook, allowances, &findings)
                checkReviewVersions(webhook["admissionReviewVersions"], allowances, &findings)
                let name = webhook["name"]
                guard !name.isEmpty, !names.insert(name.text).inserted else { continue }
                if !allowances.allowsSameNames { findings.add(name.duplicate()) }
            }
        }
    }

    private static func checkWebhook(
        _ webhook: FieldView, _ allowances: WebhookAllowances, _ findings: inout Findings
    ) {
        checkName(webhook["name"], &findings)
        for rule in webhook["rules"].items { checkRule(rule, &findings) }
        findings.given(webhook["failurePolicy"], ["Fail", "Ignore"], isOptional: true)
        findings.given(webhook["matchPolicy"], ["Equivalent", "Exact"], isOptional: true)
        let (effects, allowed) = (webhook["sideEffects"], allowances.sideEffects)
        if !effects.exists {
            findings.add(effects.required("must specify one of \(allowed.joined(separator: ", "))"))
        } else if !allowed.contains(effects.text) {
            findings.add(effects.notSupported(allowed))
        }
        if let seconds = webhook["timeoutSeconds"].number, !(1...30).contains(seconds) {
            findings.add(webhook["timeoutSeconds"].invalid("the timeout value must be between 1 and 30 seconds"))
        }
        for selector in ["namespaceSelector", "objectSelector"] {
            findings.labelSelector(webhook[selector], allowsAnyValue: allowances.allowsAnyLabelValue)
        }
        findings.given(webhook["reinvocationPolicy"], ["IfNeeded", "Never"], isOptional: true)
        WebhookClientRules.check(webhook["clientConfig"], &findings)
        if !allowances.keepsConditions {
            PolicyExpressionRules(hasParams: false).conditions(webhook["matchConditions"], &findings)
        }
    }

    private static func checkName(_ name: FieldView, _ findings: inout Findings) {
        guard !name.isEmpty else { return findings.add(name.required()) }
        let messages = Names.dns1123Subdomain(name.text)
        if !messages.isEmpty {
            findings.add(name.invalid(messages.joined(separator: ",")))
        } else if name.text.split(separator: ".").count < 3 {
            findings.add(name.invalid("should be a domain with at least three segments separated by dots"))
        }
    }

    private static func checkReviewVersions(
        _ versions: FieldView, _ allowances: WebhookAllowances, _ findings: inout Findings
    ) {
        let spoken = WebhookAllowances.reviewVersions
        if versions.isEmpty {
            return findings.add(versions.required("must specify one of \(spoken.joined(separator: ", "))"))
        }
        let seen = checkVersions(versions, &findings)
        if !allowances.allowsUnknownReviews, seen.isDisjoint(with: spoken) {
            findings.add(versions.invalid("must include at least one of \(spoken.joined(separator: ", "))"))
        }
    }

    /// Names of versions, each once; hands back which there are.
    static func checkVersions(_ versions: FieldView, _ findings: inout Findings) -> Set<String> {
        var seen: Set<String> = []
        for version in versions.items {
            if seen.insert(version.text).inserted {
                findings.add(version, Names.dns1035Label(version.text))
            } else {
                findings.add(version.invalid("duplicate version"))
            }
        }
        return seen
    }

    /// One rule of a webhook or policy.
    static func checkRule(_ rule: FieldView, _ findings: inout Findings) {
        checkWildcard(rule["operations"], "operations", &findings)
        for operation in rule["operations"].items {
            findings.given(operation, ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"])
        }
        checkWildcard(rule["apiGroups"], "API groups", &findings)
        checkWildcard(rule["apiVersions"], "API versions", &findings)
        for version in rule["apiVersions"].items where version.isEmpty { findings.add(version.required()) }
        checkResources(rule["resources"], &findings)
        findings.given(rule["scope"], ["*", "Cluster", "Namespaced"], isOptional: true)
    }

    private static func checkWildcard(_ list: FieldView, _ what: String, _ findings: inout Findings) {
        if list.isEmpty { findings.add(list.required()) }
        if list.items.count > 1, list.texts.contains("*") {
            findings.add(list.invalid("if '*' is present, must not specify other \(what)"))
        }
    }

    /// `resource/subresource`, either of which may be `*`; what a wildcard covers already is not named again.
    private static func checkResources(_ list: FieldView, _ findings: inout Findings) {
        if list.isEmpty { findings.add(list.required()) }
        var coveredResources: Set<String> = []
        var coveredSubresources: Set<String> = []
        for item in list.items {
            if item.isEmpty {
                findings.add(item.required())
                continue
            }
            guard let (resource, subresource) = item.text.halves(at: "/") else { continue }
            let reason = "is present, must not specify \(item.text)"
            if coveredResources.contains(resource) { findings.add(item.invalid("if '\(resource)/*' \(reason)")) }
            if coveredSubresources.contains(subresource) {
                findings.add(item.invalid("if '*/\(subresource)' \(reason)"))
            }
            if subresource == "*" { coveredResources.insert(resource) }
            if resource == "*" { coveredSubresources.insert(subresource) }
        }
        let names = list.texts
        if names.count > 1, names.contains("*/*") {
            findings.add(list.invalid("if '*/*' is present, must not specify other resources"))
        }
        // Upstream looks at the last one only.
        if names.contains("*"), let last = names.last(where: { !$0.isEmpty && !$0.contains("/") }), last != "*" {
            findings.add(
                list.invalid("if '*' is present, must not specify other resources without subresources"))
        }
    }
}

extension String {
    /// What is before and after the first `separator`.
    func halves(at separator: String) -> (String, String)? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                return (String(self[..<rest.startIndex]), String(rest.dropFirst(separator.count)))
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}
