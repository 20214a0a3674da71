package import APIClient
internal import APIMachinery
package import ClusterPKI
package import ControllerRuntime
package import Determinism
internal import Glibc
package import KubeAPIServer
package import Logging
internal import MemoryStore

/// A whole API server over memory, without sockets: for tests in which components meet at the API.
///
///     try await InProcessCluster.with { cluster in
///         let client = try cluster.client()
///         ...
///     }
package struct InProcessCluster: Sendable {
    package let server: APIServer
    package let credentials: ClusterCredentials
    package let time: any Timekeeper
    package let random: any RandomSource
    package let logger: Logger

    /// Starts a cluster with credentials of its own, hands it to `body`, and takes everything down.
    ///
    /// - webhooks: what stands for all webhooks that the cluster is told of.
    /// - configure: changes what the API server is told.
    package static func with<Result: Sendable>(
        time: any Timekeeper = SystemTimekeeper(), logLevel: Logger.Level = .critical,
        webhooks: any WebhookTransport = WebhookCaller(),
        configure: (inout APIServerConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (InProcessCluster) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let cluster = try start(directory: directory, time: time, logLevel: logLevel) { configuration in
                configuration.webhooks = webhooks
                configure(&configuration)
            }
            try await cluster.server.start()
            return try await withThrowingTaskGroup(of: Result?.self) { group in
                group.addTask {
                    do { try await cluster.server.run() } catch is CancellationError {}
                    return nil
                }
                group.addTask { try await body(cluster) }
                defer {
                    cluster.server.drain()
                    group.cancelAll()
                }
                while let outcome = try await group.next() {
                    if let result = outcome { return result }
                }
                throw CancellationError()
            }
        }
    }

    private static func start(
        directory: String, time: any Timekeeper, logLevel: Logger.Level,
        _ configure: (inout APIServerConfiguration) -> Void
    ) throws -> InProcessCluster {
        let random = SystemRandomSource()
        var logger = Logger(label: "cluster")
        logger.logLevel = logLevel
        let credentials = try ClusterCredentials.ensure(
            directory: directory, hostnames: [], ips: ["192.0.2.1"], time: time, random: random)
        var configuration = APIServerConfiguration(
            advertiseAddress: "192.0.2.1", port: 6443, clientAuthority: credentials.authorityPEM,
            serviceAccountKey: credentials.tokenKey, kubeletIdentity: nil, encryptionKey: nil, ownsStore: true)
        configure(&configuration)
        let server = try APIServer(
            configuration: configuration, store: MemoryStore(time: time), time: time, random: random, logger: logger)
        return InProcessCluster(server: server, credentials: credentials, time: time, random: random, logger: logger)
    }

    /// A client that goes through authentication, authorization and admission as this user.
    package func client(user: String = "kubernetes-admin", groups: [String] = ["system:masters"]) throws -> APIClient {
        let profile = CertificateProfile(commonName: user, organizations: groups, usages: [.client])
        let pair = try credentials.authority.issue(profile, now: time.now, random: random)
        let body = pair.certificate.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        guard let certificate = Base64.decode(Array(body.utf8)) else {
            throw PKIError(.malformed, "the authority issued no PEM")
        }
        let transport = InProcessTransport(
            pipeline: server.pipeline, certificates: [certificate], userAgent: "test/\(user)")
        return APIClient(transport: transport, fieldManager: "test")
    }

    /// What acts as the component has all rights; what acts as a controller has that controller's.
    package func context(component: String = "test") throws -> ControllerContext {
        let manager = try client(user: "system:kube-controller-manager", groups: [])
        return ControllerContext(
            component: component, client: try client(), time: time, random: random, logger: logger,
            accounts: { account(ObjectKey(namespace: "kube-system", name: $0), issuer: manager) })
    }

    /// A client that acts as a service account, whose tokens somebody else asks for.
    package func account(_ account: ObjectKey, issuer: APIClient, time: (any Timekeeper)? = nil) -> APIClient {
        let bare = InProcessTransport(pipeline: server.pipeline, certificates: [], userAgent: "test/\(account)")
        let transport = ServiceAccountTransport(account: account, bare: bare, issuer: issuer, time: time ?? self.time)
        return APIClient(transport: transport, fieldManager: "test")
    }

    /// Runs controllers as long as `body` runs.
    package func running<Result: Sendable>(
        _ context: ControllerContext, _ controllers: [Controller],
        _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                do { try await context.run(controllers) } catch is CancellationError {}
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let result = outcome { return result }
            }
            throw CancellationError()
        }
    }

    private static func withTemporaryDirectory<Result>(
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        var template = Array("/tmp/apus-test-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw PKIError(.file, "no temporary directory") }
        let directory = String(cString: path)
        defer { remove(directory) }
        return try await body(directory)
    }

    private static func remove(_ directory: String) {
        guard let handle = opendir(directory) else { return }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
        }
        closedir(handle)
        for name in names where name != "." && name != ".." { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
}
