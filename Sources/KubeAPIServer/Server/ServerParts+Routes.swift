internal import APIMachinery
internal import APIRegistry
internal import ClusterPKI

/// Who answers what, beyond plain reads and writes.
extension ServerParts {
    func subresources(_ reads: ResourceReads, _ writes: ResourceWrites) -> [String: any SubresourceHandler] {
        let issuer = ServiceAccountTokenIssuer(
            issuer: configuration.serviceAccountIssuer, key: configuration.serviceAccountKey, time: time, random: random)
        let connect = PodConnectHandler(objects: objects, admission: writes.admission)
        let proxy = ProxyHandler(objects: objects, admission: writes.admission)
        func part(_ merge: @escaping @Sendable (Value, Value) -> Value) -> PartHandler {
            PartHandler(reads: reads, writes: writes, merge: merge)
        }
        return [
            "*/scale": ScaleHandler(writes: writes),
            "pods/binding": BindingHandler(writes: writes),
            "pods/eviction": EvictionHandler(writes: writes, objects: objects),
            "pods/log": connect, "pods/exec": connect, "pods/attach": connect, "pods/portforward": connect,
            "pods/ephemeralcontainers": part { PartHandler.ephemeralContainers($0, $1) },
            "pods/resize": part { PartHandler.resize($0, $1) },
            "*/proxy": proxy,
            "namespaces/finalize": NamespaceFinalizeHandler(writes: writes),
            "certificatesigningrequests.certificates.k8s.io/approval": part { PartHandler.approval($0, $1) },
            "serviceaccounts/token": TokenRequestHandler(
                issuer: issuer, audiences: audiences, objects: objects, writes: writes),
        ]
    }

    /// Resources that are asked and not stored, by their name.
    func virtuals(_ authorizer: UnionAuthorizer, _ tokens: TokenUnion) -> [String: any SubresourceHandler] {
        let review = ReviewHandler(authorizer: authorizer, rbac: rbac,
            hasUnlistedRules: hasUnlistedRules, tokens: tokens, audiences: audiences)
        let access = "authorization.k8s.io"
        let metrics = MetricsHandler(
            kubelets: KubeletClient(dialer: TunnelDialer(identity: configuration.kubeletIdentity, logger: logger)),
            objects: objects, time: time)
        return [
            "subjectaccessreviews.\(access)": review, "localsubjectaccessreviews.\(access)": review,
            "selfsubjectaccessreviews.\(access)": review, "selfsubjectrulesreviews.\(access)": review,
            "tokenreviews.authentication.k8s.io": review, "selfsubjectreviews.authentication.k8s.io": review,
            "nodes.metrics.k8s.io": metrics, "pods.metrics.k8s.io": metrics,
        ]
    }

    func pages() -> [any PageHandler] {
        let remotes = RemoteVersions(index: aggregation.index, documents: remoteDocuments)
        let checks = healthChecks + keyManagerChecks
        return [
            IndexPages(catalog: catalog, remotes: remotes, checks: checks),
            MetricsPages(metrics: metrics, health: health),
            DebugPages(
                flags: configuration.flags, started: started, version: version, time: time, random: random),
            FlowDumpPages(control: flowControl),
            HealthPages(checks: checks, version: version, metrics: health),
            OpenIDPages(
                issuer: configuration.serviceAccountIssuer,
                server: "https://\(configuration.advertiseAddress):\(configuration.port)",
                keys: [configuration.serviceAccountKey.verificationKey]),
            DiscoveryPages(
                catalog: catalog, remotes: remotes, address: "\(configuration.advertiseAddress):\(configuration.port)"),
            OpenAPIPages(
                catalog: catalog, remotes: remotes, aggregation: aggregation,
                serverVersion: configuration.gitVersion),
            MissingPages(catalog: catalog),
        ]
    }

    private var keyManagerChecks: [HealthPages.Check] {
        guard let encryption = configuration.encryption, encryption.mayAskServices else { return [] }
        return [.init("kms-providers") { encryption.problem }]
    }

    /// What `/version` says; kubectl compares `major` and `minor` with its own. The commit is not known to the
    /// build, and clients insist on a hexadecimal number there.
    var version: Value {
        [
            "major": "1", "minor": "36", "gitVersion": .string(configuration.gitVersion), "gitCommit": "0000000000000000000000000000000000000000",
            "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swiftc",
            "platform": "linux/amd64", "emulationMajor": "1", "emulationMinor": "36",
            "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        ]
    }
}
