internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import KubeAPIServer

/// Who is let in beside the cluster's own. Names and defaults as upstream's.
struct AuthenticationOptions: ParsableArguments {
    @Option(help: "Whether requests without credentials are let in as system:anonymous: true or false.")
    var anonymousAuth: Bool?

    @Option(help: "File of tokens: token,user,uid,\"group1,group2\", one a line.")
    var tokenAuthFile: String?

    @Flag(help: "Take secrets of kube-system of type bootstrap.kubernetes.io/token for tokens.")
    var enableBootstrapTokenAuth = false

    @Option(help: "kubeconfig of a server that knows tokens.")
    var authenticationTokenWebhookConfigFile: String?

    @Option(help: "Version of the TokenReview that it is sent: v1 or v1beta1.")
    var authenticationTokenWebhookVersion = "v1beta1"

    @Option(help: "How long its answers are remembered.", transform: DurationArgument.parse)
    var authenticationTokenWebhookCacheTTL: Duration = .seconds(120)

    @Option(help: "File that names issuers of tokens, and who may stay anonymous.")
    var authenticationConfig: String?

    @Option(help: "URL of an OpenID issuer whose tokens are believed; https only.")
    var oidcIssuerURL: String?

    @Option(help: "The audience that its tokens must name.")
    var oidcClientID: String?

    @Option(help: "PEM file of the authorities of its certificate; default: the machine's.")
    var oidcCAFile: String?

    @Option(help: "The claim with the user's name.")
    var oidcUsernameClaim = "sub"

    @Option(help: "What is put before the user's name; '-' for nothing, default: the issuer and '#'.")
    var oidcUsernamePrefix = ""

    @Option(help: "The claim with the user's groups.")
    var oidcGroupsClaim = ""

    @Option(help: "What is put before the names of groups.")
    var oidcGroupsPrefix = ""

    @Option(help: "Signatures that are taken, comma separated.")
    var oidcSigningAlgs = "RS256"

    @Option(help: "key=value that the token must claim; may be repeated.")
    var oidcRequiredClaim: [String] = []

    func validate() throws {
        if (oidcIssuerURL == nil) != (oidcClientID == nil) {
            throw ValidationError(
                "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set")
        }
        if authenticationConfig != nil, oidcIssuerURL != nil {
            throw ValidationError("authentication-config file and oidc-* flags are mutually exclusive")
        }
        for claim in oidcRequiredClaim where !claim.contains("=") {
            throw ValidationError(
                "invalid argument \"\(claim)\" for \"--oidc-required-claim\" flag: malformed pair, expect "
                    + "string=string")
        }
        for algorithm in Self.list(oidcSigningAlgs) where !JSONWebKeySet.algorithms.contains(algorithm) {
            throw ValidationError("oidc: unsupported signing alg: \"\(algorithm)\"")
        }
        guard ["v1", "v1beta1"].contains(authenticationTokenWebhookVersion) else {
            throw ValidationError(
                "unsupported authentication token webhook version \"\(authenticationTokenWebhookVersion)\"")
        }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { item in String(item.drop { $0 == " " }) }
    }

    /// - ownIssuer: of service-account tokens, which nobody else may be.
    /// - returns: also the file of issuers, and what all settings become when it changes.
    func settings(
        ownIssuer: String
    ) throws -> (settings: AuthenticationSettings, file: FollowedFile<AuthenticationSettings>?) {
        guard let path = authenticationConfig else { return (try settings(ownIssuer: ownIssuer, file: nil), nil) }
        let content = try ConfigurationFile.bytes(path, "")
        let file = ConfigurationFile.followed(path, "", initial: content) { [self] in
            try settings(ownIssuer: ownIssuer, file: $0)
        }
        return (try settings(ownIssuer: ownIssuer, file: content), file)
    }

    /// - file: content of the file of issuers, if there is one.
    private func settings(ownIssuer: String, file: [UInt8]?) throws -> AuthenticationSettings {
        var settings = AuthenticationSettings()
        settings.anonymous.isEnabled = anonymousAuth ?? true
        if let path = tokenAuthFile {
            settings.staticTokens = try ConfigurationFile.read(path, "") { (bytes) throws(ConfigurationError) in
                try StaticTokens(csv: bytes, path: path)
            }
        }
        settings.takesBootstrapTokens = enableBootstrapTokenAuth
        if let path = authenticationTokenWebhookConfigFile {
            settings.webhook = .init(
                kubeconfig: try Kubeconfig.load(path), version: authenticationTokenWebhookVersion,
                lifetime: authenticationTokenWebhookCacheTTL)
        }
        try readIssuers(&settings, ownIssuer, file)
        return settings
    }

    private func readIssuers(
        _ settings: inout AuthenticationSettings, _ ownIssuer: String, _ file: [UInt8]?
    ) throws {
        if let path = authenticationConfig, let file {
            let configuration = try ConfigurationFile.decoded(file, path, "") { (bytes) throws(ConfigurationError) in
                try AuthenticationConfiguration(bytes, disallowed: [ownIssuer])
            }
            settings.issuers = configuration.issuers
            if let anonymous = configuration.anonymous {
                guard anonymousAuth == nil else {
                    throw AssemblyError(
                        "anonymous authentication and anonymous-auth flag are mutually exclusive, specify only one")
                }
                settings.anonymous = anonymous
            }
        }
        guard let oidcIssuerURL, let oidcClientID else { return }
        let authority = try oidcCAFile.map { try ConfigurationFile.bytes($0, "Failed to read the CA file: ") } ?? []
        let required = oidcRequiredClaim.map { claim in
            let parts = claim.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        settings.issuers = [
            try AuthenticationConfiguration.issuer(
                url: oidcIssuerURL, client: oidcClientID, username: (oidcUsernameClaim, oidcUsernamePrefix),
                groups: (oidcGroupsClaim, oidcGroupsPrefix), required: required, authority: authority,
                algorithms: Self.list(oidcSigningAlgs), disallowed: [ownIssuer])
        ]
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--anonymous-auth", anonymousAuth.map { $0 ? "true" : "false" })
        arguments.add("--token-auth-file", tokenAuthFile)
        arguments.add("--enable-bootstrap-token-auth", enableBootstrapTokenAuth)
        arguments.add("--authentication-token-webhook-config-file", authenticationTokenWebhookConfigFile)
        arguments.add("--authentication-token-webhook-version", authenticationTokenWebhookVersion)
        arguments.add(
            "--authentication-token-webhook-cache-ttl", DurationArgument.text(authenticationTokenWebhookCacheTTL))
        arguments.add("--authentication-config", authenticationConfig)
        arguments.add("--oidc-issuer-url", oidcIssuerURL)
        arguments.add("--oidc-client-id", oidcClientID)
        arguments.add("--oidc-ca-file", oidcCAFile)
        arguments.add("--oidc-username-claim", oidcUsernameClaim)
        arguments.add("--oidc-username-prefix", oidcUsernamePrefix)
        arguments.add("--oidc-groups-claim", oidcGroupsClaim)
        arguments.add("--oidc-groups-prefix", oidcGroupsPrefix)
        arguments.add("--oidc-signing-algs", oidcSigningAlgs)
        arguments.add("--oidc-required-claim", oidcRequiredClaim)
        return arguments.all
    }
}
