internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import KubeAPIServer

/// Who says what somebody may do. Names as upstream's.
struct AuthorizationOptions: ParsableArguments {
    private static let modes = ["AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"]

    @Option(help: "Who is asked, in this order, comma separated; default: Node,RBAC.")
    var authorizationMode: String?

    @Option(help: "File of rights for mode ABAC, a JSON object a line.")
    var authorizationPolicyFile: String?

    @Option(help: "kubeconfig of a server that mode Webhook asks.")
    var authorizationWebhookConfigFile: String?

    @Option(help: "Version of the SubjectAccessReview that it is sent: v1 or v1beta1.")
    var authorizationWebhookVersion = "v1beta1"

    @Option(help: "How long it is remembered what it allows.", transform: DurationArgument.parse)
    var authorizationWebhookCacheAuthorizedTTL: Duration = .seconds(300)

    @Option(help: "How long it is remembered what it does not allow.", transform: DurationArgument.parse)
    var authorizationWebhookCacheUnauthorizedTTL: Duration = .seconds(30)

    @Option(help: "File that names authorizers in their order, instead of these flags.")
    var authorizationConfig: String?

    func validate() throws {
        if authorizationConfig != nil {
            guard authorizationMode == nil, authorizationWebhookConfigFile == nil else {
                throw ValidationError(
                    "--authorization-config can not be specified when --authorization-mode or "
                        + "--authorization-webhook-* flags are defined")
            }
        }
        guard ["v1", "v1beta1"].contains(authorizationWebhookVersion) else {
            throw ValidationError("unsupported authorization webhook version \"\(authorizationWebhookVersion)\"")
        }
        try checkModes()
    }

    private func checkModes() throws {
        let chosen = chosenModes
        guard !chosen.isEmpty else { throw ValidationError("at least one authorization-mode must be passed") }
        for mode in chosen where !Self.modes.contains(mode) {
            throw ValidationError("authorization-mode \"\(mode)\" is not a valid mode")
        }
        if Set(chosen).count < chosen.count {
            throw ValidationError("authorization-mode \"\(chosen)\" has mode specified more than once")
        }
        if chosen.contains("ABAC"), authorizationPolicyFile == nil {
            throw ValidationError("authorization-mode ABAC's authorization policy file not passed")
        }
        if chosen.contains("Webhook"), authorizationWebhookConfigFile == nil {
            throw ValidationError("authorization-mode Webhook's authorization config file not passed")
        }
        if !chosen.contains("ABAC"), authorizationPolicyFile != nil {
            throw ValidationError("cannot specify --authorization-policy-file without mode ABAC")
        }
        if !chosen.contains("Webhook"), authorizationWebhookConfigFile != nil {
            throw ValidationError("cannot specify --authorization-webhook-config-file without mode Webhook")
        }
    }

    private var chosenModes: [String] {
        (authorizationMode ?? "Node,RBAC").split(separator: ",").map(String.init)
    }

    /// - returns: also the file of authorizers, and what it means when it changes.
    func settings() throws -> (settings: AuthorizationSettings, file: FollowedFile<AuthorizationSettings>?) {
        guard let path = authorizationConfig else { return (try flagSettings(), nil) }
        let content = try ConfigurationFile.bytes(path, Self.purpose)
        let file = ConfigurationFile.followed(path, Self.purpose, initial: content) { try Self.settings($0, path) }
        return (try Self.settings(content, path), file)
    }

    private func flagSettings() throws -> AuthorizationSettings {
        var settings = AuthorizationSettings()
        settings.members = try chosenModes.compactMap { mode in
            switch mode {
            case "Node": .node
            case "RBAC": .rbac
            case "AlwaysAllow": .alwaysAllow
            case "AlwaysDeny": .alwaysDeny
            case "ABAC": try abac()
            case _: try webhook()
            }
        }
        return settings
    }

    private static let purpose = "failed to load AuthorizationConfiguration from file: "

    private static func settings(_ bytes: [UInt8], _ path: String) throws -> AuthorizationSettings {
        try ConfigurationFile.decoded(bytes, path, purpose) { (bytes) throws(ConfigurationError) in
            try AuthorizationConfiguration(bytes, kubeconfig: { try Kubeconfig.load($0) })
        }.settings
    }

    private func abac() throws -> AuthorizationSettings.Member? {
        guard let path = authorizationPolicyFile else { return nil }
        return .abac(try ABACPolicy(try ConfigurationFile.bytes(path, ""), path: path))
    }

    private func webhook() throws -> AuthorizationSettings.Member? {
        guard let path = authorizationWebhookConfigFile else { return nil }
        return .webhook(
            .init(
                name: "default", kubeconfig: try Kubeconfig.load(path), version: authorizationWebhookVersion,
                authorizedLifetime: authorizationWebhookCacheAuthorizedTTL,
                unauthorizedLifetime: authorizationWebhookCacheUnauthorizedTTL))
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--authorization-mode", authorizationMode)
        arguments.add("--authorization-policy-file", authorizationPolicyFile)
        arguments.add("--authorization-webhook-config-file", authorizationWebhookConfigFile)
        arguments.add("--authorization-webhook-version", authorizationWebhookVersion)
        arguments.add(
            "--authorization-webhook-cache-authorized-ttl",
            DurationArgument.text(authorizationWebhookCacheAuthorizedTTL))
        arguments.add(
            "--authorization-webhook-cache-unauthorized-ttl",
            DurationArgument.text(authorizationWebhookCacheUnauthorizedTTL))
        arguments.add("--authorization-config", authorizationConfig)
        return arguments.all
    }
}
