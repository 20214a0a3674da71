internal import APIMachinery
internal import ArgumentParser
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel
internal import ServiceProxy

/// `apus proxy`: Services as rules of this machine's kernel.
struct ProxyCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy", abstract: "Run the service proxy, talking to the API server over TLS.")

    @OptionGroup var client: ClientOptions

    var logging: LoggingOptions { client.logging }

    @Option(help: "The name of this node.")
    var hostnameOverride: String = MachineName.read().host.lowercased()

    @Option(help: "Where pods of all nodes get their addresses.")
    var clusterCIDR = "10.244.0.0/16"

    func run() async throws {
        Signals.ignoreBrokenPipes()
        let time = SystemTimekeeper()
        let logger = client.logger("apus.proxy")
        let informers = InformerFactory(
            client: try client.wire("proxy").client("kube-proxy"), time: time, random: SystemRandomSource(),
            logger: logger)
        let role = ServiceProxyRole(
            .init(nodeName: hostnameOverride, clusterCIDRs: CIDR(clusterCIDR).map { [$0] } ?? []),
            informers: informers, tools: SystemTools(), time: time, random: SystemRandomSource(), logger: logger)
        try await Termination.run {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await informers.run() }
                group.addTask { try await role.run() }
            }
        }
    }
}
