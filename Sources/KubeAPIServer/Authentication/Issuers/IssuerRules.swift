internal import APIMachinery

/// What must hold for an issuer; upstream's rules and words.
enum IssuerRules {
    static func errors(_ issuer: Value, _ path: String, _ disallowed: [String]) -> [FieldError] {
        let url = issuer.text("url")
        var errors = url.isEmpty ? [.required("\(path).url")] : self.errors(url: url, "\(path).url", disallowed)
        let discovery = issuer.text("discoveryURL")
        if !discovery.isEmpty {
            if !url.isEmpty, trimmed(url) == trimmed(discovery) {
                errors.append(.invalid("\(path).discoveryURL", discovery, "discoveryURL must be different from URL"))
            }
            errors += self.errors(url: discovery, "\(path).discoveryURL", [])
        }
        errors += audienceErrors(issuer, path)
        let egress = issuer.text("egressSelectorType")
        if !egress.isEmpty {
            errors.append(
                .invalid(
                    "\(path).egressSelectorType", egress,
                    "egress selector is not supported when StructuredAuthenticationConfigurationEgressSelector feature "
                        + "gate is disabled"))
        }
        return errors
    }

    private static func trimmed(_ url: String) -> String {
        String(url.reversed().drop { $0 == "/" }.reversed())
    }

    private static func errors(url: String, _ path: String, _ disallowed: [String]) -> [FieldError] {
        var errors: [FieldError] = []
        if disallowed.contains(url) {
            let all = disallowed.sorted().joined(separator: " ")
            errors.append(.invalid(path, url, "URL must not overlap with disallowed issuers: [\(all)]"))
        }
        if !url.hasPrefix("https://") { errors.append(.invalid(path, url, "URL scheme must be https")) }
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        if rest.prefix(while: { $0 != "/" && $0 != "?" && $0 != "#" }).contains("@") {
            errors.append(.invalid(path, url, "URL must not contain a username or password"))
        }
        let beforeFragment = rest.prefix { $0 != "#" }
        if let mark = beforeFragment.firstIndex(of: "?"), beforeFragment.index(after: mark) < beforeFragment.endIndex {
            errors.append(.invalid(path, url, "URL must not contain a query"))
        }
        if let mark = rest.firstIndex(of: "#"), rest.index(after: mark) < rest.endIndex {
            errors.append(.invalid(path, url, "URL must not contain a fragment"))
        }
        return errors
    }

    private static func audienceErrors(_ issuer: Value, _ path: String) -> [FieldError] {
        let audiences = issuer.texts("audiences")
        let place = "\(path).audiences"
        guard !audiences.isEmpty else { return [.required(place, "at least one \(place) is required")] }
        var errors: [FieldError] = []
        var seen: Set<String> = []
        for (index, audience) in audiences.enumerated() {
            if audience.isEmpty { errors.append(.required("\(place)[\(index)]")) }
            if !seen.insert(audience).inserted { errors.append(.duplicate("\(place)[\(index)]", audience)) }
        }
        let policy = issuer.text("audienceMatchPolicy")
        if audiences.count > 1, policy != "MatchAny" {
            errors.append(
                .invalid(
                    "\(path).audienceMatchPolicy", policy,
                    "audienceMatchPolicy must be MatchAny for multiple audiences"))
        }
        if audiences.count == 1, !policy.isEmpty, policy != "MatchAny" {
            errors.append(
                .invalid(
                    "\(path).audienceMatchPolicy", policy,
                    "audienceMatchPolicy must be empty or MatchAny for single audience"))
        }
        return errors
    }

    /// `example.org/team`, in lower case, and not Kubernetes' own.
    static func errors(extraKey key: String, _ path: String) -> [FieldError] {
        guard !key.isEmpty else { return [.required(path)] }
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            return [.invalid(path, key, "must be a domain-prefixed path (such as \"acme.io/foo\")")]
        }
        var errors = Names.dns1123Subdomain(parts[0]).map { FieldError.invalid(path, parts[0], $0) }
        if key != key.lowercased() { errors.append(.invalid(path, key, "must be lowercase")) }
        if ["kubernetes.io", "k8s.io"].contains(where: { parts[0] == $0 || parts[0].hasSuffix(".\($0)") }) {
            errors.append(
                .invalid(path, key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"))
        }
        return errors
    }
}
