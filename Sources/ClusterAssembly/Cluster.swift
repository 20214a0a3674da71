internal import APIMachinery
internal import ClusterControllers
internal import ClusterPKI
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging
internal import PodNetwork

/// A whole cluster in one process: every role, joined by the in-process transport.
struct Cluster: Sendable {
    struct Options: Sendable {
        var paths = ClusterPaths()
        var nodeName: String?
        var nodeAddress: String?
        var port = 6443
        var kubeletPort = 10250
        var kubelet = KubeletOptions()
        var etcd: APIServerRole.EtcdOptions?
        var nodeLifecycle = NodeLifecycleSettings()
        var security: SecurityOptions?
        var compactionInterval = Duration.seconds(300)
        var shutdownDelay = Duration.zero
        var sendsRetryAfter = false
        /// What the command line said.
        var flags: [String: String] = [:]
        /// The leases under which controllers and scheduler stand for election; `nil`: they are the only ones.
        var controllerManagerLease: LeaderElectionSettings?
        var schedulerLease: LeaderElectionSettings?
    }

    private let options: Options
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger

    init(_ options: Options, time: any Timekeeper, random: any RandomSource, logger: Logger) {
        self.options = options
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Runs until cancelled or until a part fails for good.
    func run() async throws {
        let identity = try await NodeIdentityOptions.detect(name: options.nodeName, address: options.nodeAddress)
        let api = try await startServer(identity)
        let credentials = api.credentials
        let server = "https://\(identity.address):\(options.port)"
        try AdminKubeconfig.write(credentials, to: options.paths.adminKubeconfig, server: server)
        let node = try credentials.ensureNode(
            identity.name, hostnames: [identity.hostname], ips: [identity.address], time: time, random: random)
        let wires = try Wires(api, node)
        api.tellRenewals { credentials in
            let node = try credentials.ensureNode(
                identity.name, hostnames: [identity.hostname], ips: [identity.address], time: time, random: random)
            try wires.show(credentials, node)
        }
        try await api.run {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await manager(wires, credentials).run() }
                group.addTask { try await scheduler(wires).run() }
                group.addTask { try await dns(wires, identity).run() }
                group.addTask { try await nodeRole(wires, identity, node, credentials).run() }
            }
        }
    }

    /// Every identity of the cluster, each by its own certificate.
    private struct Wires: Sendable {
        let manager: Wire
        let scheduler: Wire
        let proxy: Wire
        let dns: Wire
        let kubelet: Wire

        init(_ api: APIServerRole, _ node: NodeCredentials) throws {
            let credentials = api.credentials
            manager = try .inside(api.server, as: credentials.controllerManager, agent: "controller-manager")
            scheduler = try .inside(api.server, as: credentials.scheduler, agent: "scheduler")
            proxy = try .inside(api.server, as: credentials.proxy, agent: "proxy")
            dns = try .inside(api.server, as: credentials.dns, agent: "dns")
            kubelet = try .inside(api.server, as: node.client, agent: "kubelet")
        }

        /// Certificates that have been renewed.
        func show(_ credentials: ClusterCredentials, _ node: NodeCredentials) throws {
            try manager.show(credentials.controllerManager)
            try scheduler.show(credentials.scheduler)
            try proxy.show(credentials.proxy)
            try dns.show(credentials.dns)
            try kubelet.show(node.client)
        }
    }

    private func startServer(_ identity: NodeIdentityOptions) async throws -> APIServerRole {
        var server = APIServerRole.Options(advertiseAddress: identity.address)
        server.paths = options.paths
        server.port = options.port
        server.hostnames = [identity.hostname]
        server.etcd = options.etcd
        server.security = options.security
        server.shutdownDelay = options.shutdownDelay
        server.sendsRetryAfter = options.sendsRetryAfter
        server.flags = options.flags
        server.compactionInterval = options.compactionInterval
        return try await APIServerRole.start(server, time: time, random: random, logger: logger)
    }

    private func manager(_ wires: Wires, _ credentials: ClusterCredentials) -> ControllerManagerRole {
        ControllerManagerRole(
            wire: wires.manager, authority: credentials.authority, clusterCIDR: "10.244.0.0/16",
            nodeLifecycle: options.nodeLifecycle,
            leadership: Leadership(settings: options.controllerManagerLease), time: time, random: random,
            logger: logger)
    }

    private func scheduler(_ wires: Wires) -> SchedulerRole {
        SchedulerRole(
            wire: wires.scheduler, leadership: Leadership(settings: options.schedulerLease), time: time,
            random: random, logger: logger)
    }

    private func dns(_ wires: Wires, _ identity: NodeIdentityOptions) -> DNSAssembly {
        DNSAssembly(
            options: DNSAssembly.Options(listenAddress: identity.address), wire: wires.dns, time: time,
            random: random, logger: logger)
    }

    private func nodeRole(
        _ wires: Wires, _ identity: NodeIdentityOptions, _ node: NodeCredentials, _ credentials: ClusterCredentials
    ) -> NodeRole {
        var nodeOptions = NodeRole.Options(name: identity.name, address: identity.address, paths: options.paths)
        nodeOptions.kubeletPort = options.kubeletPort
        nodeOptions.kubelet = options.kubelet
        return NodeRole(
            nodeOptions, kubelet: wires.kubelet, proxy: wires.proxy, serving: node.serving,
            authority: credentials.authorityPEM, time: time, random: random, logger: logger)
    }
}

/// What this machine is called, and where it is reached.
struct NodeIdentityOptions: Sendable {
    let name: String
    let hostname: String
    let address: String

    static func detect(name: String?, address: String?) async throws -> NodeIdentityOptions {
        let hostname = MachineName.read().host.lowercased()
        var found = address
        if found == nil { found = try await NodeAddress.detect(SystemTools())?.description }
        return NodeIdentityOptions(name: name ?? hostname, hostname: hostname, address: found ?? "127.0.0.1")
    }
}
