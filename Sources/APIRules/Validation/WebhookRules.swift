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

    /// One rule of a webhook or policy.
    static func checkRule(_ rule: FieldView, _ findings: inout Findings) {
        for field in ["apiGroups", "apiVersions", "resources", "operations"] {
            let list = rule[field]
            if list.isEmpty { findings.add(list.required()) }
            if field != "resources", list.items.count > 1, list.texts.contains("*") {
                findings.add(list.invalid("if '*' is present, must not specify other \(word(field))"))
            }
        }
        for version in rule["apiVersions"].items where version.isEmpty { findings.add(version.required()) }
        checkResources(rule["resources"], &findings)
        for operation in rule["operations"].items {
            findings.choice(operation, ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"])
        }
        findings.choice(rule["scope"], ["*", "Cluster", "Namespaced"], isOptional: true)
    }

    /// `resource/subresource`, either of which may be `*`; what a wildcard covers already is not named again.
    private static func checkResources(_ list: FieldView, _ findings: inout Findings) {
        var coveredResources: Set<String> = []
        var coveredSubresources: Set<String> = []
        for item in list.items {
            if item.isEmpty {
                findings.add(item.required())
                continue
            }
            guard let (resource, subresource) = split(item.text, at: "/") else { continue }
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
        if names.contains("*"), names.contains(where: { $0 != "*" && !$0.contains("/") }) {
            findings.add(
                list.invalid("if '*' is present, must not specify other resources without subresources"))
        }
    }

    private static func word(_ field: String) -> String {
        switch field {
        case "apiGroups": "API groups"
        case "apiVersions": "API versions"
        case _: field
        }
    }

    /// `clientConfig` of webhooks, also of those that convert.
    static func checkClient(_ client: FieldView, _ findings: inout Findings) {
        let (url, service) = (client["url"], client["service"])
        if url.exists == service.exists {
            return findings.add(url.required("exactly one of url or service is required").at(client))
        }
        if url.exists { checkURL(url, &findings) } else { checkService(service, &findings) }
    }

    private static func checkURL(_ url: FieldView, _ findings: inout Findings) {
        let form = "; desired format: https://host[/path]"
        let (scheme, rest) = split(url.text, at: "://") ?? ("", url.text)
        if scheme != "https" {
            findings.add(url.invalid(scheme, "'https' is the only allowed URL scheme" + form))
        }
        let (address, fragment) = split(rest, at: "#") ?? (rest, "")
        let (place, query) = split(address, at: "?") ?? (address, "")
        let authority = String(place.prefix { $0 != "/" })
        let (user, host) = split(authority, at: "@").map { (Optional($0.0), $0.1) } ?? (nil, authority)
        if host.isEmpty { findings.add(url.invalid("", "host must be specified" + form)) }
        if let user { findings.add(url.invalid(user, "user information is not permitted in the URL")) }
        if !fragment.isEmpty { findings.add(url.invalid(fragment, "fragments are not permitted in the URL")) }
        if !query.isEmpty { findings.add(url.invalid(query, "query parameters are not permitted in the URL")) }
    }

    /// What is before and after the first `separator`.
    private static func split(_ text: String, at separator: String) -> (String, String)? {
        var rest = text[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                return (String(text[..<rest.startIndex]), String(rest.dropFirst(separator.count)))
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func checkService(_ service: FieldView, _ findings: inout Findings) {
        for field in ["name", "namespace"] {
            if service[field].isEmpty { findings.add(service[field].required("service \(field) is required")) }
        }
        if let port = service["port"].number {
            let messages = Names.portNumber(Int(clamping: port))
            if !messages.isEmpty {
                findings.add(service["port"].invalid("port is not valid: " + messages.joined(separator: ",")))
            }
        }
        checkPath(service["path"], &findings)
    }

    private static func checkPath(_ path: FieldView, _ findings: inout Findings) {
        let text = path.text
        guard !text.isEmpty, text != "/" else { return }
        if text == "//" { return findings.add(path.invalid("segment[0] may not be empty")) }
        if !text.hasPrefix("/") { findings.add(path.invalid("must start with a '/'")) }
        let steps = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, step) in (steps.last == "" ? steps.dropLast() : steps[...]).enumerated() {
            if step.isEmpty {
                findings.add(path.invalid("segment[\(index)] may not be empty"))
            } else {
                for message in Names.dns1123Subdomain(String(step)) {
                    findings.add(path.invalid("segment[\(index)]: \(message)"))
                }
            }
        }
    }
}

extension FieldError {
    /// The same error at another place.
    func at(_ view: FieldView) -> FieldError { FieldError(type, view.path.description, body) }
}
