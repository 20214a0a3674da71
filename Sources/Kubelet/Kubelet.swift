package import APIClient
internal import APIMachinery
internal import APITypes
internal import ClusterPKI
package import ContainerRuntime
internal import ControllerRuntime
package import Determinism
package import LinuxKernel
package import Logging
internal import Synchronization

/// Runs the pods of one node.
///
/// Watches the pods that were bound to the node, drives each with a worker of its own, tells the API what became
/// of them, and answers the API server's questions about them. Losing it leaves pods running; started again, it
/// finds them by the labels that the runtime keeps.
package final class Kubelet: Sendable {
    /// How often is looked whether a pod is gone whose place another waits for.
    static let handover = Duration.milliseconds(200)
    static let relistPeriod = Duration.seconds(300)

    private let configuration: KubeletConfiguration
    private let services: KubeletServices
    private let informers: InformerFactory
    private let workers: PodWorkers
    private let pods: Informer<Pod>
    private let port: Mutex<Int>

    /// - Parameters:
    ///   - mounts: Hand in a fake where nothing may be mounted.
    ///   - cgroups: nil leaves pods unlimited as a whole.
    package init(
        configuration: KubeletConfiguration, client: APIClient, runtime: any ContainerRuntime,
        mounts: any MountService = SystemMounts(), cgroups: (any CgroupService)? = nil, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        self.configuration = configuration
        port = Mutex(configuration.serverPort)
        informers = InformerFactory(client: client, time: time, random: random, logger: logger)
        pods = informers.informer(Pod.self, fieldSelector: "spec.nodeName=\(configuration.nodeName)")
        let recorder = EventRecorder(
            client: client, component: "kubelet", host: configuration.nodeName, time: time, random: random,
            logger: logger)
        self.recorder = recorder
        let events = PodEvents(recorder: recorder)
        let relay = Relay()
        let machine = MachineCapacity(
            facts: MachineFacts.read(), filesystemBytes: Self.capacity(of: configuration.rootDirectory),
            configuration: configuration)
        let node = informers.informer(Node.self, fieldSelector: "metadata.name=\(configuration.nodeName)")
        services = KubeletServices(
            configuration: configuration, client: client, runtime: runtime, mounts: mounts, cgroups: cgroups,
            time: time, random: random, logger: logger, events: events,
            puller: ImagePuller(runtime: runtime, events: events, time: time),
            objects: ObjectWatcher(client: client, time: time, random: random, logger: logger) { relay.changed($0) },
            tokens: TokenStore(client: client, time: time), services: informers.informer(Service.self),
            node: node,
            staticPods: configuration.staticPodDirectory.map {
                StaticPods(
                    directory: $0, nodeName: configuration.nodeName, client: client, node: node, time: time,
                    logger: logger)
            },
            sandboxes: SandboxPlan(
                configuration: configuration,
                hostResolver: ResolverConfiguration(
                    parsing: HostFiles.text(configuration.resolverConfiguration) ?? "")),
            machine: machine)
        workers = PodWorkers(services: services)
        relay.connect(workers)
    }

    private let recorder: EventRecorder

    /// Bytes of the file system that a directory lies in, or will lie in once it is made.
    private static func capacity(of directory: String) -> UInt64 {
        var path = directory
        while HostFiles.kind(path) == nil, let slash = path.lastIndex(of: "/") { path = String(path[..<slash]) }
        // A file system that cannot be asked has no capacity to offer.
        return (try? FilesystemSpace.read(path.isEmpty ? "/" : path))?.capacityBytes ?? 0
    }

    /// Works until cancelled. Throws when this machine cannot be a node, such as for a directory it cannot make.
    package func run() async throws {
        try HostFiles.makeDirectory("\(configuration.rootDirectory)/pods", mode: 0o750)
        try HostFiles.makeDirectory(configuration.podLogsDirectory)
        try prepareCgroups()
        let reporter = NodeReporter(services: services) { self.port.withLock { $0 } }
        let housekeeper = Housekeeper(services: services, workers: workers)
        let server = try await startServer()
        defer { if let server { Task { await server.stop() } } }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.informers.run() }
            group.addTask { try await self.recorder.run() }
            group.addTask { await self.workers.run() }
            group.addTask {
                try await reporter.register()
                try await reporter.run { reporter.setPressure(await housekeeper.look()) }
            }
            group.addTask { try await self.relist() }
            if let manifests = services.staticPods {
                try HostFiles.makeDirectory(manifests.directory)
                await apply(manifests)
                group.addTask { try await manifests.follow { await self.apply(manifests) } }
            }
            await services.node.waitForSync()
            await services.services.waitForSync()
            follow(pods)
            await pods.waitForSync()
            try await workers.adoptOrphans(known: Set(pods.list().map(\.metadata.uid)))
            group.addTask {
                await withDiscardingTaskGroup { events in
                    for await event in self.services.runtime.events() {
                        events.addTask { await self.workers.handle(event) }
                    }
                }
            }
        }
        services.objects.shutDown()
    }

    /// Looks at every pod from time to time, should an event ever have been lost.
    private func relist() async throws {
        while true {
            try await services.time.sleep(for: Self.relistPeriod)
            for worker in workers.all { worker.wake() }
        }
    }

    /// nil without keys: nobody could be told from anybody else.
    private func startServer() async throws -> NodeServer? {
        guard let identity = configuration.serverIdentity else { return nil }
        let access = NodeAccess(
            verifier: try ClientCertificateVerifier(authorities: identity.clientCAPEM, time: services.time),
            client: services.client, nodeName: configuration.nodeName, time: services.time)
        let router = NodeRouter(
            workers: workers, services: services, stats: NodeStats(workers: workers, services: services))
        let server = try await NodeServer.start(
            address: configuration.serverAddress, port: configuration.serverPort, identity: identity, access: access,
            router: router, logger: services.logger)
        port.withLock { $0 = server.port }
        return server
    }

    private func follow(_ pods: Informer<Pod>) {
        pods.addHandler { [weak self] event in
            guard let self else { return }
            switch event {
            case .added(let pod): if !isMirror(pod) { workers.update(pod) }
            case .updated(let old, let new):
                if isMirror(new) { return }
                if old.metadata.uid != new.metadata.uid { workers.remove(old) }
                workers.update(new)
            case .deleted(let pod): if !isMirror(pod, isGone: true) { workers.remove(pod) }
            }
        }
    }

    // MARK: Static pods

    /// Runs what the manifests say now. A pod whose manifest has changed begins when its former self is gone.
    private func apply(_ manifests: StaticPods) async {
        let (come, gone) = manifests.read()
        for pod in gone { workers.remove(pod) }
        for pod in come {
            let key = ObjectKey(namespace: pod.metadata.namespace, name: pod.metadata.name)
            Task { [workers, time = services.time] in
                while workers.worker(key) != nil {
                    // Cancelled: the kubelet stops.
                    guard (try? await time.sleep(for: Self.handover)) != nil else { return }
                }
                workers.update(pod)
            }
        }
        await manifests.tidy()
    }

    /// Takes note of a mirror pod, which is not run: its static pod is, and makes another if it is gone.
    private func isMirror(_ pod: Pod, isGone: Bool = false) -> Bool {
        guard let manifests = services.staticPods, manifests.seen(pod, isGone: isGone) else { return false }
        workers.worker(ObjectKey(namespace: pod.metadata.namespace, name: pod.metadata.name))?.wake()
        Task { await manifests.tidy() }
        return true
    }

    /// The groups of the three classes of service, so that the runtime finds them.
    private func prepareCgroups() throws {
        guard let cgroups = services.cgroups else { return }
        let root = "\(configuration.cgroupRoot)/kubepods"
        try cgroups.create(root, CgroupLimits())
        try cgroups.create("\(root)/burstable", CgroupLimits(cpuShares: UInt64(ResourcePlan.minimumShares)))
        try cgroups.create("\(root)/besteffort", CgroupLimits(cpuShares: UInt64(ResourcePlan.minimumShares)))
    }
}

/// Leads changes of configuration to workers that are made later than their source.
private final class Relay: Sendable {
    private let workers = Mutex<PodWorkers?>(nil)

    func connect(_ workers: PodWorkers) { self.workers.withLock { $0 = workers } }

    func changed(_ uid: String) { workers.withLock { $0 }?.refreshVolumes(ofPod: uid) }
}
