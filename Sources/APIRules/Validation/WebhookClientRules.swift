internal import APIMachinery

/// Where a webhook is: `clientConfig` of those that admit and of those that convert.
enum WebhookClientRules {
    static func check(_ client: FieldView, _ findings: inout Findings) {
        let (url, service) = (client["url"], client["service"])
        if url.exists == service.exists {
            return findings.add(client.required("exactly one of url or service is required"))
        }
        if url.exists { checkURL(url, &findings) } else { checkService(service, &findings) }
    }

    private static func checkURL(_ view: FieldView, _ findings: inout Findings) {
        let form = "; desired format: https://host[/path]"
        let url = URLText(view.text)
        if let fault = url.fault { return findings.add(view.required("url must be a valid URL: \(fault)\(form)")) }
        if url.scheme != "https" {
            findings.add(view.invalid(url.scheme, "'https' is the only allowed URL scheme" + form))
        }
        if url.host.isEmpty { findings.add(view.invalid("", "host must be specified" + form)) }
        if let user = url.user { findings.add(view.invalid(user, "user information is not permitted in the URL")) }
        if !url.fragment.isEmpty {
            findings.add(view.invalid(url.fragment, "fragments are not permitted in the URL"))
        }
        if !url.query.isEmpty {
            findings.add(view.invalid(url.query, "query parameters are not permitted in the URL"))
        }
    }

    /// Upstream takes the name for the namespace and the namespace for the name.
    private static func checkService(_ service: FieldView, _ findings: inout Findings) {
        if service["namespace"].isEmpty { findings.add(service["name"].required()) }
        if service["name"].isEmpty { findings.add(service["namespace"].required()) }
        if let port = service["port"].number {
            let messages = Names.portNumber(Int(clamping: port))
            if !messages.isEmpty {
                findings.add(service["port"].invalid("port is not valid: " + messages.joined(separator: ", ")))
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
