internal import APIClient
internal import ClusterPKI
internal import ControllerRuntime
internal import Determinism
internal import KeyValueStore
internal import KubeAPIServer
internal import LinuxKernel
internal import Logging
internal import Metrics
internal import SQLiteStore

/// The API server with its store, its keys and its sockets.
struct APIServerRole: Sendable {
    struct Options: Sendable {
        var paths = ClusterPaths()
        var bindAddresses = ["0.0.0.0"]
        var advertiseAddress: String
        var port = 6443
        var serviceRange = "10.96.0.0/12"
        var apiServiceIP = "10.96.0.1"
        var etcd: EtcdOptions?
        var security: SecurityOptions?
        /// How much of the store's past stays at least; of what is older than twice that, nothing. Zero: all.
        var compactionInterval = Duration.seconds(300)
        var frontProxy = FrontProxyOptions()
        var hostnames: [String] = []
        var addresses: [String] = []
        /// How long the server goes on as before when it is told to end, but for `/readyz`.
        var shutdownDelay = Duration.zero
        /// Listens until all that is under way is answered, and sends newcomers away with 429.
        var sendsRetryAfter = false
        /// What the command line said.
        var flags: [String: String] = [:]
    }

    /// How long requests that are under way may take when the server ends.
    private static let drainMax = Duration.seconds(60)
    private static let drainPoll = Duration.milliseconds(20)

    struct EtcdOptions: Sendable {
        var endpoints: [String]
        var authorityFile: String?
        var certificateFile: String?
        var keyFile: String?
    }

    let server: APIServer
    let credentials: ClusterCredentials
    private let store: OpenedStore
    private let http: HTTPServer
    private let certificates: OwnCertificates
    private let shutdownDelay: Duration
    private let sendsRetryAfter: Bool
    private let time: any Timekeeper
    private let logger: Logger

    /// Opens the store, fills the caches and listens. Returns when the server answers.
    static func start(
        _ options: Options, time: any Timekeeper, random: any RandomSource, logger: Logger
    ) async throws -> APIServerRole {
        let network = ClusterNetworkNames(serviceIP: options.apiServiceIP)
        let ensure = { @Sendable in
            try ClusterCredentials.ensure(
                directory: options.paths.pki, hostnames: options.hostnames,
                ips: [options.advertiseAddress] + options.addresses, network: network, time: time, random: random)
        }
        let credentials = try ensure()
        let store = try StoreOpening.open(options, time: time, random: random, logger: logger)
        var configuration = APIServerConfiguration(
            advertiseAddress: options.advertiseAddress, port: options.port, serviceRange: options.serviceRange,
            apiServiceIP: options.apiServiceIP, clientAuthority: credentials.authorityPEM,
            serviceAccountKey: credentials.tokenKey,
            kubeletIdentity: KubeletIdentity(
                client: credentials.apiServerKubeletClient, authority: credentials.authorityPEM),
            frontProxy: try options.frontProxy.configuration(credentials),
            encryptionKey: try EncryptionKey.ensure(options.paths.encryptionKey, random: random),
            ownsStore: options.etcd == nil)
        try options.security?.apply(to: &configuration, time: time)
        configuration.flags = options.flags
        let server = try APIServer(
            configuration: configuration, store: store.store, time: time, random: random, logger: logger)
        register(in: server.metrics.registry, options, started: time.now)
        try await server.start()
        let http = try await HTTPServer.start(
            addresses: options.bindAddresses, port: options.port, certificate: credentials.apiServer, threads: 2,
            dialer: configuration.kubeletIdentity, pipeline: server.pipeline, logger: logger)
        logger.info("API server listens", metadata: ["port": "\(http.port)"])
        let certificates = OwnCertificates(
            directory: options.paths.pki,
            pairs: pairs(credentials, configuration, isProxyOwn: options.frontProxy.clientCertificateFile == nil, http),
            renew: ensure, time: time, logger: logger)
        return APIServerRole(
            server: server, credentials: credentials, store: store, http: http, certificates: certificates,
            shutdownDelay: options.shutdownDelay, sendsRetryAfter: options.sendsRetryAfter, time: time, logger: logger)
    }

    /// What is shown to whom, in the files of the cluster's own keys.
    private static func pairs(
        _ credentials: ClusterCredentials, _ configuration: APIServerConfiguration, isProxyOwn: Bool, _ http: HTTPServer
    ) -> [OwnCertificates.Pair] {
        var pairs = [OwnCertificates.Pair(name: "apiserver", shown: credentials.apiServer) { try http.show($0) }]
        if let client = configuration.kubeletIdentity?.client {
            pairs.append(.init(name: "apiserver-kubelet-client", shown: client.current) { client.replace(with: $0) })
        }
        if let client = configuration.frontProxy?.client, isProxyOwn {
            pairs.append(.init(name: "front-proxy-client", shown: client.current) { client.replace(with: $0) })
        }
        return pairs
    }

    /// Has somebody told of all certificates whenever some may be new.
    func tellRenewals(_ body: @escaping @Sendable (ClusterCredentials) throws -> Void) {
        certificates.onRenewal.replace(with: body)
    }

    /// What the server itself does not know.
    private static func register(in registry: MetricsRegistry, _ options: Options, started: Timestamp) {
        ProcessMetrics.register(in: registry, started: started)
        WorkQueueMetrics.register(in: registry)
        ClientMetrics.register(in: registry)
        guard options.etcd == nil else { return }
        let folder = options.paths.store
        registry.add(
            MetricFamily(
                "apiserver_storage_size_bytes", .gauge,
                "Size of the storage database file physically allocated in bytes.", labels: ["storage_cluster_id"],
                .stable)
        ) {
            // What cannot be looked at has no size.
            (try? TreeUsage.read(folder)).map { [MetricSample([folder], Int($0.bytes))] } ?? []
        }
    }

    /// Keeps the server going until its users have ended, be it that they were cancelled: what they say last, such as
    /// that they lead no more, is still heard. When the server fails, its users are cancelled.
    func run(for users: @escaping @Sendable () async throws -> Void) async throws {
        let (ending, end) = AsyncStream<Void>.makeStream()
        // A task of its own: a child would be cancelled together with the users.
        let serving = Task {
            defer { end.finish() }
            try await run()
        }
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await users() }
                group.addTask { for await _ in ending {} }
                try await group.next()
                group.cancelAll()
                try await group.waitForAll()
            }
        } catch {
            serving.cancel()
            try await serving.value
            throw error
        }
        serving.cancel()
        try await serving.value
    }

    /// Keeps the server going until cancelled. Then it says that it is not ready any more, goes on a while as it was
    /// told to, answers what has been asked, and ends watches, connections and the store, in that order.
    func run() async throws {
        // A task of its own: a child would be cancelled before the last requests are answered.
        let serving = Task {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await server.run() }
                group.addTask { try await store.maintain() }
                group.addTask { await certificates.run() }
            }
        }
        do {
            try await withTaskCancellationHandler {
                try await serving.value
            } onCancel: {
                Task {
                    await finish()
                    serving.cancel()
                }
            }
        } catch is CancellationError {
            logger.debug("API server stops")
        }
        server.drain()
        await http.stop(time: time)
        await store.store.close()
    }

    /// What is left to do before the end is felt by anybody.
    private func finish() async {
        server.leave()
        // Nobody cancels this; should time stop, it ends at once.
        if shutdownDelay > .zero { try? await time.sleep(for: shutdownDelay) }
        server.refuse(sendsRetryAfter ? .tooManyRequests : .unavailable)
        if !sendsRetryAfter { await http.stopListening() }
        let deadline = time.uptime + Self.drainMax
        while server.requestsUnderWay > 0, time.uptime < deadline {
            guard (try? await time.sleep(for: Self.drainPoll)) != nil else { return }
        }
    }
}
