internal import ArgumentParser
internal import Determinism
internal import LinuxKernel
internal import Logging

/// `apus up`: a whole cluster on this machine, in the background.
struct UpCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start a whole cluster on this machine and wait until its node is ready.")

    @OptionGroup var cluster: ClusterOptions

    var logging: LoggingOptions { cluster.logging }

    @Flag(help: "Stay in the foreground and log to the terminal.")
    var foreground = false

    func run() async throws {
        if foreground { return try await serve() }
        try await Daemon(paths: cluster.paths).start(arguments: ["up", "--foreground"] + cluster.arguments)
    }

    private func serve() async throws {
        Allocator.tune()
        Signals.ignoreBrokenPipes()
        var logger = Logger(label: "apus")
        logger.logLevel = Logger.Level(rawValue: cluster.logLevel) ?? .info
        let paths = cluster.paths
        let pidFile = try PIDFile.claim(paths)
        defer { pidFile.release() }
        let random = SystemRandomSource()
        let whole = Cluster(
            try cluster.options(random: random), time: SystemTimekeeper(), random: random, logger: logger)
        try await Termination.run { try await whole.run() }
    }
}

/// What a cluster on one machine may be told.
struct ClusterOptions: ParsableArguments {
    @Option(help: "Where state, keys, images and logs are kept.")
    var dataDir = "/var/lib/apus"

    @Option(help: "Where sockets and pid files are kept.")
    var runDir = "/run/apus"

    @Option(help: "The node's name; default: the machine's.")
    var nodeName: String?

    @Option(help: "The node's address; default: the one that leads to the world.")
    var nodeIP: String?

    @Option(help: "The port of the API server.")
    var securePort = 6443

    @Option(help: "The port of the kubelet.")
    var kubeletPort = 10250

    @Option(help: "What is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel = "info"

    @OptionGroup var logging: LoggingOptions
    @OptionGroup var kubelet: KubeletOptions
    @OptionGroup var shutdown: ShutdownOptions
    @OptionGroup var etcd: EtcdCommandOptions
    @OptionGroup var security: SecurityOptions
    @OptionGroup var controllers: ControllerOptions

    /// Off unless asked for: the parts of one process have no rivals, and a lease is a write every two seconds.
    @OptionGroup var election: LeaderElectionOptions

    var paths: ClusterPaths { ClusterPaths(data: dataDir, run: runDir) }

    func validate() throws {
        for port in [securePort, kubeletPort] where !(1...65535).contains(port) {
            throw ValidationError("\(port) is no port: must be between 1 and 65535, inclusive.")
        }
    }

    func options(random: any RandomSource) throws -> Cluster.Options {
        var options = Cluster.Options()
        options.paths = paths
        options.shutdownDelay = shutdown.shutdownDelayDuration
        options.sendsRetryAfter = shutdown.shutdownSendRetryAfter
        options.flags = FlagValues.all(of: self)
        options.nodeName = nodeName
        options.nodeAddress = nodeIP
        options.port = securePort
        options.kubeletPort = kubeletPort
        options.kubelet = kubelet
        options.etcd = etcd.options
        options.nodeLifecycle = controllers.nodeLifecycle
        options.security = security
        options.compactionInterval = etcd.etcdCompactionInterval
        options.controllerManagerLease = try election.settings(
            "kube-controller-manager", byDefault: false, random: random)
        options.schedulerLease = try election.settings("kube-scheduler", byDefault: false, random: random)
        return options
    }

    /// The same options for another process.
    var arguments: [String] {
        var arguments = [
            "--data-dir", dataDir, "--run-dir", runDir, "--secure-port", String(securePort), "--kubelet-port",
            String(kubeletPort), "--log-level", logLevel,
        ]
        if let nodeName { arguments += ["--node-name", nodeName] }
        if let nodeIP { arguments += ["--node-ip", nodeIP] }
        return arguments + logging.arguments + shutdown.arguments + kubelet.arguments + etcd.arguments + security.arguments
            + controllers.arguments + election.arguments
    }
}
