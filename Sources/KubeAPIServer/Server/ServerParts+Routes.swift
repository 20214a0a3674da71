internal import APIMachinery
internal import APIRegistry
internal import ClusterPKI

/// Who answers what, beyond plain reads and writes.
extension ServerParts {
    func subresources(_ writes: ResourceWrites, _ authorizer: UnionAuthorizer) -> [String: any SubresourceHandler] {
        let scale = ScaleHandler(writes: writes)
        let issuer = ServiceAccountTokenIssuer(
            issuer: configuration.serviceAccountIssuer, key: configuration.serviceAccountKey, time: time, random: random)
        return [
            "*/scale": scale,
            "pods/binding": BindingHandler(writes: writes),
            "serviceaccounts/token": TokenRequestHandler(issuer: issuer, audiences: audiences, objects: objects),
        ]
    }

    func pages() -> [any PageHandler] {
        [
            HealthPages(
                checks: [
                    .init("ping") { true },
                    .init("poststarthook/start") { isReady.isOn },
                ],
                version: version)
        ]
    }

    /// What `/version` says; kubectl compares `major` and `minor` with its own.
    private var version: Value {
        [
            "major": "1", "minor": "36", "gitVersion": .string(configuration.gitVersion), "gitCommit": "",
            "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swiftc",
            "platform": "linux/amd64", "emulationMajor": "1", "emulationMinor": "36",
            "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        ]
    }
}
