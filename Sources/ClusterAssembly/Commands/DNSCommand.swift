internal import ArgumentParser
internal import Determinism
internal import LinuxKernel

/// `apus dns`: the cluster's names.
struct DNSCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns", abstract: "Run the cluster's DNS server, talking to the API server over TLS.")

    @OptionGroup var client: ClientOptions

    var logging: LoggingOptions { client.logging }

    @Option(help: "The address to listen on.")
    var listenAddress: String

    @Option(help: "The port to listen on, UDP and TCP.")
    var port = 10053

    @Option(help: "The domain of the cluster.")
    var clusterDomain = "cluster.local"

    func run() async throws {
        Signals.ignoreBrokenPipes()
        var options = DNSAssembly.Options(listenAddress: listenAddress)
        options.port = port
        options.zone = clusterDomain
        let assembly = DNSAssembly(
            options: options, wire: try client.wire("dns"), time: SystemTimekeeper(), random: SystemRandomSource(),
            logger: client.logger("apus.dns"))
        try await Termination.run { try await assembly.run() }
    }
}
