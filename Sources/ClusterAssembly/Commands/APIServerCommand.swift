internal import ArgumentParser
internal import Determinism
internal import LinuxKernel
internal import Logging

/// `apus apiserver`: the API server alone.
struct APIServerCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "apiserver", abstract: "Run the API server: the one hub through which every part talks.")

    @Option(help: "Where state, keys and the store are kept.")
    var dataDir = "/var/lib/apus"

    @Option(help: "The address that clients inside the cluster reach this server by.")
    var advertiseAddress = "127.0.0.1"

    @Option(help: "The port to serve HTTPS on.")
    var securePort = 6443

    @Option(help: "What is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel = "info"

    @OptionGroup var logging: LoggingOptions
    @OptionGroup var shutdown: ShutdownOptions
    @OptionGroup var etcd: EtcdCommandOptions
    @OptionGroup var frontProxy: FrontProxyCommandOptions
    @OptionGroup var security: SecurityOptions

    func run() async throws {
        Allocator.tune()
        Signals.ignoreBrokenPipes()
        var logger = Logger(label: "apus.apiserver")
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        var options = APIServerRole.Options(advertiseAddress: advertiseAddress)
        options.etcd = etcd.options
        options.security = security
        options.compactionInterval = etcd.etcdCompactionInterval
        options.frontProxy = frontProxy.options
        options.paths = ClusterPaths(data: dataDir)
        options.port = securePort
        options.shutdownDelay = shutdown.shutdownDelayDuration
        options.sendsRetryAfter = shutdown.shutdownSendRetryAfter
        options.flags = FlagValues.all(of: self)
        let role = try await APIServerRole.start(
            options, time: SystemTimekeeper(), random: SystemRandomSource(), logger: logger)
        try AdminKubeconfig.write(role.credentials, to: options.paths.adminKubeconfig, server: "https://\(advertiseAddress):\(securePort)")
        try await Termination.run { try await role.run() }
    }
}

/// Where the store is, when it is not the built-in one. Names as upstream's.
struct EtcdCommandOptions: ParsableArguments {
    @Option(help: "etcd endpoints, comma separated; default: the built-in SQLite store.")
    var etcdServers: String?

    @Option(help: "PEM file of the certificate that signs etcd's.")
    var etcdCafile: String?

    @Option(help: "PEM file of our client certificate for etcd.")
    var etcdCertfile: String?

    @Option(help: "PEM file of its key.")
    var etcdKeyfile: String?

    @Option(
        help: "How much of the store's past stays at least, of either store; 0: all of it.",
        transform: DurationArgument.parse)
    var etcdCompactionInterval: Duration = .seconds(300)

    var options: APIServerRole.EtcdOptions? {
        etcdServers.map {
            APIServerRole.EtcdOptions(
                endpoints: $0.split(separator: ",").map(String.init), authorityFile: etcdCafile,
                certificateFile: etcdCertfile, keyFile: etcdKeyfile)
        }
    }

    var arguments: [String] {
        let pairs = [
            ("--etcd-servers", etcdServers), ("--etcd-cafile", etcdCafile), ("--etcd-certfile", etcdCertfile),
            ("--etcd-keyfile", etcdKeyfile),
        ]
        let interval = ["--etcd-compaction-interval", DurationArgument.text(etcdCompactionInterval)]
        return interval + pairs.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }
}
