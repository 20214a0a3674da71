internal import ArgumentParser
internal import Determinism
internal import LinuxKernel

/// `apus scheduler`: gives pods their nodes.
struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Run the scheduler, talking to the API server over TLS.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
        Signals.ignoreBrokenPipes()
        let role = SchedulerRole(
            wire: try client.wire("scheduler"), time: SystemTimekeeper(), random: SystemRandomSource(),
            logger: client.logger("apus.scheduler"))
        try await Termination.run { try await role.run() }
    }
}
