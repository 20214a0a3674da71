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

    private static func checkURL(_ url: FieldView, _ findings: inout Findings) {
        let form = "; desired format: https://host[/path]"
        let (whole, fragment) = url.text.halves(at: "#") ?? (url.text, "")
        let (scheme, rest) = parts(whole)
        let (address, query) = rest.halves(at: "?") ?? (rest, "")
        if scheme != "https" {
            findings.add(url.invalid(scheme, "'https' is the only allowed URL scheme" + form))
        }
        let authority = address.hasPrefix("//") ? String(address.dropFirst(2).prefix { $0 != "/" }) : ""
        let (user, host) = authority.halves(at: "@").map { (Optional($0.0), $0.1) } ?? (nil, authority)
        if host.isEmpty { findings.add(url.invalid("", "host must be specified" + form)) }
        if let user { findings.add(url.invalid(user, "user information is not permitted in the URL")) }
        if !fragment.isEmpty { findings.add(url.invalid(fragment, "fragments are not permitted in the URL")) }
        if !query.isEmpty { findings.add(url.invalid(query, "query parameters are not permitted in the URL")) }
    }

    /// The scheme, in small letters, and what follows its colon.
    private static func parts(_ url: String) -> (scheme: String, rest: String) {
        guard let (scheme, rest) = url.halves(at: ":"), scheme.first?.isLetter == true,
            scheme.utf8.allSatisfy({ byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "+-.".utf8.contains(byte)
            })
        else { return ("", url) }
        return (scheme.lowercased(), rest)
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
