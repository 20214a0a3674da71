internal import ClusterPKI
internal import Determinism

/// What changes when a configuration file does.
extension ServerParts {
    /// How long new issuers may take to tell their keys before their configuration is given up.
    private static let issuersMax = Duration.seconds(60)
    private static let issuersPoll = Duration.seconds(1)

    /// Follows the files of authentication and authorization, until cancelled.
    func followFiles() async {
        await withDiscardingTaskGroup { group in
            if let file = configuration.authenticationFile {
                let reload = reload(file, "authentication") { settings in try await take(settings) }
                group.addTask { await reload.run() }
            }
            if let file = configuration.authorizationFile {
                let reload = reload(file, "authorization") { settings in try take(settings) }
                group.addTask { await reload.run() }
            }
        }
    }

    private func reload<Content>(
        _ file: FollowedFile<Content>, _ purpose: String, _ apply: @escaping @Sendable (Content) async throws -> Void
    ) -> ConfigurationReload<Content> {
        let metrics = ReloadMetrics(
            purpose, server: "apiserver-\(configuration.advertiseAddress):\(configuration.port)",
            registry: metrics.registry)
        return ConfigurationReload(
            file, purpose: purpose, metrics: metrics, time: time, logger: logger, apply: apply)
    }

    /// The former issuers stay until all new ones have told their keys.
    private func take(_ settings: AuthenticationSettings) async throws {
        let issuers = settings.issuers.map {
            IssuedTokens($0, keys: IssuerKeys($0, time: time, logger: logger), time: time, logger: logger)
        }
        let deadline = time.uptime + Self.issuersMax
        for issuer in issuers {
            while !issuer.isReady {
                await issuer.refresh()
                guard !issuer.isReady else { break }
                guard time.uptime < deadline else {
                    throw ConfigurationError("new authentication config is not healthy: authenticator not initialized")
                }
                try await time.sleep(for: Self.issuersPoll)
            }
        }
        tokenUnion.members.replace(with: tokenMembers(settings, issuers))
        anonymous.replace(with: settings.anonymous)
    }

    private func take(_ settings: AuthorizationSettings) throws {
        let former = configuration.authorization.members
        for member in settings.members {
            guard let name = member.ownName, !former.contains(where: { $0.ownName == name }) else { continue }
            throw ConfigurationError(
                "authorizer type \(name) is not allowed if it was not enabled at initial server startup")
        }
        let made = settings.authorizer(node: nodes, rbac: rbac, time: time, random: random, logger: logger)
        authorizer.members.replace(with: made.members.current)
        hasUnlistedRules.replace(with: settings.hasUnlistedRules)
    }
}

extension AuthorizationSettings.Member {
    /// Of those that are part of the server.
    fileprivate var ownName: String? {
        switch self {
        case .node: "Node"
        case .rbac: "RBAC"
        case .alwaysAllow, .alwaysDeny, .abac, .webhook: nil
        }
    }
}
