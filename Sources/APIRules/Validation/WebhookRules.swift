package import APIMachinery
internal import CEL

/// Webhook configurations (`admissionregistration/validation`).
package enum WebhookRules {
    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            var names: Set<String> = []
            for webhook in FieldView(object)["webhooks"].items {
                let name = webhook["name"]
                checkName(name, &findings)
                if !names.insert(name.text).inserted { findings.add(name.duplicate()) }
                checkWebhook(webhook, &findings)
            }
        }
    }

    private static func checkName(_ name: FieldView, _ findings: inout Findings) {
        guard !name.isEmpty else { return findings.add(name.required()) }
        findings.add(name, Names.dns1123Subdomain(name.text))
        if name.text.split(separator: ".").count < 3 {
            findings.add(name.invalid("should be a domain with at least three segments separated by dots"))
        }
    }

    private static func checkWebhook(_ webhook: FieldView, _ findings: inout Findings) {
        for rule in webhook["rules"].items { checkRule(rule, &findings) }
        findings.choice(webhook["failurePolicy"], ["Fail", "Ignore"], isOptional: true)
        findings.choice(webhook["matchPolicy"], ["Equivalent", "Exact"], isOptional: true)
        findings.choice(webhook["reinvocationPolicy"], ["IfNeeded", "Never"], isOptional: true)
        let effects = webhook["sideEffects"]
        if effects.isEmpty {
            findings.add(effects.required("must specify one of None, NoneOnDryRun"))
        } else if !["None", "NoneOnDryRun"].contains(effects.text) {
            findings.add(effects.notSupported(["None", "NoneOnDryRun"]))
        }
        if let seconds = webhook["timeoutSeconds"].number, !(1...30).contains(seconds) {
            findings.add(webhook["timeoutSeconds"].invalid("the timeout value must be between 1 and 30 seconds"))
        }
        for selector in ["namespaceSelector", "objectSelector"] { findings.labelSelector(webhook[selector]) }
        let versions = webhook["admissionReviewVersions"]
        if versions.isEmpty {
            findings.add(versions.required("must specify one of v1, v1beta1"))
        } else if Set(versions.texts).isDisjoint(with: ["v1", "v1beta1"]) {
            findings.add(versions.invalid("must include at least one of v1, v1beta1"))
        }
        checkClient(webhook["clientConfig"], &findings)
        for condition in webhook["matchConditions"].items { checkCondition(condition, &findings) }
    }

    private static func checkCondition(_ condition: FieldView, _ findings: inout Findings) {
        if condition["name"].isEmpty { findings.add(condition["name"].required()) }
        let expression = condition["expression"]
        guard !expression.text.trimmed.isEmpty else { return findings.add(expression.required("")) }
        let environment = AdmissionExpressions.environment(hasParams: false, hasAuthorizer: true)
        do throws(ExpressionProblem) {
            _ = try AdmissionExpressions.compile(expression.text, environment, [.bool])
        } catch {
            findings.add(expression.invalid(error.message))
        }
    }

    private static func checkRule(_ rule: FieldView, _ findings: inout Findings) {
        for field in ["apiGroups", "apiVersions", "resources", "operations"] {
            let list = rule[field]
            if list.isEmpty { findings.add(list.required()) }
            if field != "resources", list.items.count > 1, list.texts.contains("*") {
                findings.add(list.invalid("if '*' is present, must not specify other \(word(field))"))
            }
        }
        for operation in rule["operations"].items {
            findings.choice(operation, ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"])
        }
        findings.choice(rule["scope"], ["*", "Cluster", "Namespaced"], isOptional: true)
    }

    private static func word(_ field: String) -> String {
        switch field {
        case "apiGroups": "API groups"
        case "apiVersions": "API versions"
        case _: field
        }
    }

    private static func checkClient(_ client: FieldView, _ findings: inout Findings) {
        let (url, service) = (client["url"], client["service"])
        if url.exists == service.exists {
            return findings.add(url.required("exactly one of url or service is required").at(client))
        }
        if url.exists, !url.text.hasPrefix("https://") {
            findings.add(url.invalid("'https' is the only allowed URL scheme; desired format: https://host[/path]"))
        }
        guard service.exists else { return }
        for field in ["name", "namespace"] {
            if service[field].isEmpty { findings.add(service[field].required("service \(field) is required")) }
        }
        if service["port"].exists { findings.port(service["port"]) }
    }
}

extension FieldError {
    /// The same error at another place.
    func at(_ view: FieldView) -> FieldError { FieldError(type, view.path.description, body) }
}
