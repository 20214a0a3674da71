package import APIMachinery

/// Issuers and anonymous access (`apiserver.config.k8s.io` AuthenticationConfiguration, v1, v1beta1 and v1alpha1).
package struct AuthenticationConfiguration: Sendable {
    package static let issuersMax = 64

    package let issuers: [TokenIssuer]
    /// `nil`: as the flags say.
    package let anonymous: AnonymousAccess?

    /// - disallowed: issuers that are this server itself.
    package init(_ bytes: [UInt8], disallowed: [String]) throws(ConfigurationError) {
        let document = try ConfigurationDocument(
            strictly: bytes, group: "apiserver.config.k8s.io", versions: ["v1", "v1beta1", "v1alpha1"],
            kind: "AuthenticationConfiguration",
            shape: [
                "jwt": .list(TokenIssuer.shape),
                "anonymous": .object([
                    "enabled": .bool, "conditions": .list(.object(["path": .string])),
                ]),
            ])
        try self.init(document.value, disallowed: disallowed)
    }

    private init(_ value: Value, disallowed: [String]) throws(ConfigurationError) {
        let entries = value.items("jwt")
        var errors: [FieldError] = []
        if entries.count > Self.issuersMax {
            errors.append(.tooMany("jwt", count: entries.count, maximum: Self.issuersMax))
        }
        var issuers: [TokenIssuer] = []
        var seen: Set<String> = []
        var seenDiscovery: Set<String> = []
        for (index, entry) in entries.prefix(Self.issuersMax).enumerated() {
            let path = "jwt[\(index)]"
            let issuer = TokenIssuer(entry, path, disallowed: disallowed, errors: &errors)
            if !seen.insert(issuer.url).inserted { errors.append(.duplicate("\(path).issuer.url", issuer.url)) }
            if !issuer.discoveryURL.isEmpty, !seenDiscovery.insert(issuer.discoveryURL).inserted {
                errors.append(.duplicate("\(path).issuer.discoveryURL", issuer.discoveryURL))
            }
            issuers.append(issuer)
        }
        anonymous = value["anonymous"].map { anonymous in
            let conditions = anonymous.items("conditions")
            let isEnabled = anonymous["enabled"]?.boolValue ?? false
            if !isEnabled, !conditions.isEmpty {
                errors.append(
                    .invalid(
                        "anonymous.conditions", Value.array(conditions),
                        "enabled should be set to true when conditions are defined"))
            }
            return AnonymousAccess(
                isEnabled: isEnabled, paths: conditions.isEmpty ? nil : Set(conditions.map { $0.text("path") }))
        }
        self.issuers = issuers
        try ConfigurationError.check(errors)
    }

    /// One issuer as the `--oidc-*` flags describe it.
    package static func issuer(
        url: String, client: String, username: (claim: String, prefix: String?),
        groups: (claim: String, prefix: String), required: [(String, String)], authority: [UInt8],
        algorithms: [String], disallowed: [String]
    ) throws(ConfigurationError) -> TokenIssuer {
        // Names other than addresses mean nothing without their issuer.
        let prefix =
            switch username.prefix ?? "" {
            case "": username.claim == "email" ? "" : "\(url)#"
            case "-": ""
            case let given: given
            }
        var mappings: Value = [
            "username": ["claim": .string(username.claim), "prefix": .string(prefix)]
        ]
        if !groups.claim.isEmpty {
            mappings["groups"] = ["claim": .string(groups.claim), "prefix": .string(groups.prefix)]
        }
        let entry: Value = [
            "issuer": ["url": .string(url), "audiences": [.string(client)]], "claimMappings": mappings,
            "claimValidationRules": .array(
                required.map { ["claim": .string($0.0), "requiredValue": .string($0.1)] }),
        ]
        var errors: [FieldError] = []
        var issuer = TokenIssuer(entry, "jwt[0]", disallowed: disallowed, errors: &errors)
        try ConfigurationError.check(errors)
        issuer.authority = authority
        issuer.algorithms = Set(algorithms)
        return issuer
    }
}
