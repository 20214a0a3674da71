internal import APIMachinery
internal import ClusterPKI
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism
internal import Kubelet
internal import LinuxKernel
internal import Logging
internal import PodNetwork
internal import ServiceProxy

/// One node: containers, kubelet, service proxy and pod network.
struct NodeRole: Sendable {
    struct Options: Sendable {
        var name: String
        var address: String
        var paths: ClusterPaths
        var kubeletPort = 10250
        var clusterCIDR = "10.244.0.0/16"
        var clusterDNS = "10.96.0.10"
        var clusterDomain = "cluster.local"
        /// A containerd that somebody else runs; `nil` starts one of our own.
        var containerdSocket: String?
        /// The bridge that pods hang on; nodes that share a network namespace need different ones.
        var bridge = "apus0"
        var labels: [String: String] = [:]
        /// Whether the service proxy is part of the node, not a process of its own.
        var runsProxy = true
        var kubelet = KubeletOptions()
    }

    private let options: Options
    private let kubeletWire: Wire
    private let proxyWire: Wire
    private let serving: PEMPair
    private let authority: String
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger

    init(
        _ options: Options, kubelet: Wire, proxy: Wire, serving: PEMPair, authority: String,
        time: any Timekeeper, random: any RandomSource, logger: Logger
    ) {
        self.options = options
        kubeletWire = kubelet
        proxyWire = proxy
        self.serving = serving
        self.authority = authority
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// The control group that holds all pods of a node.
    static func cgroupRoot(_ name: String) -> String { "/apus-\(name)" }

    static func containerd(_ paths: ClusterPaths) -> ContainerdOptions {
        ContainerdOptions(
            root: paths.data + "/containerd", state: paths.run + "/containerd", cniConfiguration: paths.data + "/cni")
    }

    /// Runs the node until cancelled. Pods go on without it.
    func run() async throws {
        try Files.makeDirectory(options.paths.run)
        var containerd = Self.containerd(options.paths)
        containerd.registryConfiguration = options.paths.data + "/registries"
        let process = options.containerdSocket == nil ? ContainerdProcess(containerd, time: time, log: logger) : nil
        let runtime = try CRIRuntime(socket: options.containerdSocket ?? containerd.socket, time: time, log: logger)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await runtime.run() }
            if let process {
                try await process.start(answering: runtime)
                group.addTask { await process.supervise() }
                try await LocalImages(process: process, runtime: runtime, scratch: options.paths.data + "/scratch")
                    .ensurePause()
                group.addTask {
                    let images = LocalImages(
                        process: process, runtime: runtime, scratch: options.paths.data + "/scratch")
                    try await images.ensureBusybox()
                }
            }
            addNetwork(to: &group)
            let kubelet = try makeKubelet(runtime)
            group.addTask { try await kubelet.run() }
        }
    }

    private func addNetwork(to group: inout ThrowingDiscardingTaskGroup<any Error>) {
        let informers = InformerFactory(
            client: proxyWire.client("kube-proxy"), time: time, random: random, logger: logger)
        let cidrs = CIDR(options.clusterCIDR).map { [$0] } ?? []
        var network = NodeNetwork.Options(
            nodeName: options.name, clusterCIDRs: cidrs, bridge: options.bridge,
            cniDirectory: options.paths.data + "/cni")
        network.stateDirectory = options.paths.data + "/cni-addresses"
        let pods = PodNetworkRole(
            network, informers: informers, tools: SystemTools(), time: time, random: random, logger: logger)
        group.addTask { try await informers.run() }
        group.addTask { try await pods.run() }
        guard options.runsProxy else { return }
        let proxy = ServiceProxyRole(
            .init(nodeName: options.name, clusterCIDRs: cidrs), informers: informers, tools: SystemTools(), time: time,
            random: random, logger: logger)
        group.addTask { try await proxy.run() }
    }

    private func makeKubelet(_ runtime: CRIRuntime) throws -> Kubelet {
        var configuration = KubeletConfiguration(nodeName: options.name, nodeIPs: [options.address])
        configuration.rootDirectory = options.paths.data + "/kubelet"
        configuration.podLogsDirectory = options.paths.data + "/logs/pods"
        configuration.cgroupRoot = Self.cgroupRoot(options.name)
        configuration.clusterDNS = [options.clusterDNS]
        configuration.clusterDomain = options.clusterDomain
        configuration.serverPort = options.kubeletPort
        configuration.nodeLabels = options.labels
        configuration.serverIdentity = .init(
            certificateChainPEM: serving.certificate, privateKeyPEM: serving.key,
            clientCAPEM: authority)
        configuration.keptImages = Set(BusyboxImage.aliases + [PauseProgram.imageName])
        try options.kubelet.apply(to: &configuration)
        return Kubelet(
            configuration: configuration, client: kubeletWire.client("kubelet"), runtime: runtime,
            cgroups: try SystemCgroups(), time: time, random: random, logger: logger)
    }
}
