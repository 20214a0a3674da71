internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import LinuxKernel

/// `apus controller-manager`: the control loops alone.
struct ControllerManagerCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller-manager", abstract: "Run the controllers, talking to the API server over TLS.")

    @OptionGroup var client: ClientOptions

    var logging: LoggingOptions { client.logging }

    @OptionGroup var controllers: ControllerOptions

    @OptionGroup var election: LeaderElectionOptions

    @Option(help: "The name of the lease.")
    var leaderElectResourceName = "kube-controller-manager"

    @Option(help: "PEM file of the certificate that signs certificate requests and that pods are told to trust.")
    var clusterSigningCertFile: String

    @Option(help: "PEM file of its key.")
    var clusterSigningKeyFile: String

    @Option(help: "Where pods of all nodes get their addresses.")
    var clusterCIDR = "10.244.0.0/16"

    func run() async throws {
        Signals.ignoreBrokenPipes()
        let authority = try CertificateAuthority(
            PEMPair(
                certificate: try Files.text(clusterSigningCertFile), key: try Files.text(clusterSigningKeyFile)))
        let random = SystemRandomSource()
        let lease = try election.settings(leaderElectResourceName, byDefault: true, random: random)
        let role = ControllerManagerRole(
            wire: try client.wire("controller-manager"), authority: authority, clusterCIDR: clusterCIDR,
            nodeLifecycle: controllers.nodeLifecycle, leadership: Leadership(settings: lease),
            time: SystemTimekeeper(), random: random, logger: client.logger("apus.controller-manager"))
        try await Termination.run { try await role.run() }
    }
}
