internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import LinuxKernel

/// `apus kubelet`: a node of a cluster whose server is elsewhere: containers, kubelet and pod network, and
/// the service proxy unless it runs on its own.
struct KubeletCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet", abstract: "Run a node, talking to the API server over TLS.")

    @OptionGroup var client: ClientOptions

    var logging: LoggingOptions { client.logging }

    @Option(help: "Kubeconfig of the service proxy and the pod network.")
    var proxyKubeconfig: String

    @Flag(inversion: .prefixedNo, help: "Run the service proxy too; without it, `apus proxy` has to run here.")
    var proxy = true

    @Option(help: "PEM file of the kubelet's serving certificate.")
    var tlsCertFile: String

    @Option(help: "PEM file of its key.")
    var tlsPrivateKeyFile: String

    @Option(help: "PEM file of the certificate that signs those who may call the kubelet.")
    var clientCAFile: String

    @Option(help: "The name of this node.")
    var hostnameOverride: String = MachineName.read().host.lowercased()

    @Option(help: "The address of this node.")
    var nodeIP: String

    @Option(help: "The port of the kubelet.")
    var port = 10250

    @Option(help: "Where images, volumes and logs are kept.")
    var rootDir = "/var/lib/apus"

    @Option(help: "Where sockets are kept.")
    var runDir = "/run/apus"

    @Option(help: "The socket of a container runtime that runs already; default: a containerd of our own.")
    var containerRuntimeEndpoint: String?

    @OptionGroup var kubelet: KubeletOptions

    func run() async throws {
        Signals.ignoreBrokenPipes()
        let paths = ClusterPaths(data: rootDir, run: runDir)
        var options = NodeRole.Options(name: hostnameOverride, address: nodeIP, paths: paths)
        options.kubeletPort = port
        options.runsProxy = proxy
        options.kubelet = kubelet
        options.containerdSocket = containerRuntimeEndpoint.map {
            $0.hasPrefix("unix://") ? String($0.dropFirst("unix://".count)) : $0
        }
        let pidFile = try PIDFile.claim(paths)
        defer { pidFile.release() }
        let role = NodeRole(
            options, kubelet: try client.wire("kubelet"),
            proxy: try .outside(Kubeconfig.load(proxyKubeconfig), agent: "proxy"),
            serving: PEMPair(certificate: try Files.text(tlsCertFile), key: try Files.text(tlsPrivateKeyFile)),
            authority: try Files.text(clientCAFile), time: SystemTimekeeper(), random: SystemRandomSource(),
            logger: client.logger("apus.kubelet"))
        try await Termination.run { try await role.run() }
    }
}
