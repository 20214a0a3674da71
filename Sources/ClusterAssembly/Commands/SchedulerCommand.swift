internal import ArgumentParser
internal import Determinism
internal import LinuxKernel

/// `apus scheduler`: gives pods their nodes.
struct SchedulerCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Run the scheduler, talking to the API server over TLS.")

    @OptionGroup var client: ClientOptions

    var logging: LoggingOptions { client.logging }

    @OptionGroup var election: LeaderElectionOptions

    @Option(help: "The name of the lease.")
    var leaderElectResourceName = "kube-scheduler"

    func run() async throws {
        Signals.ignoreBrokenPipes()
        let random = SystemRandomSource()
        let lease = try election.settings(leaderElectResourceName, byDefault: true, random: random)
        let role = SchedulerRole(
            wire: try client.wire("scheduler"), leadership: Leadership(settings: lease), time: SystemTimekeeper(),
            random: random, logger: client.logger("apus.scheduler"))
        try await Termination.run { try await role.run() }
    }
}
