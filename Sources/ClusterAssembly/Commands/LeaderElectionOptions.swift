internal import APIMachinery
internal import ArgumentParser
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel

/// Whether and how to stand for election. Names and defaults as upstream's.
struct LeaderElectionOptions: ParsableArguments {
    @Option(help: "Work only while leading, so that several processes can stand by: true or false.")
    var leaderElect: Bool?

    @Option(help: "How long the others leave a silent leader alone.", transform: DurationArgument.parse)
    var leaderElectLeaseDuration: Duration = .seconds(15)

    @Option(help: "How long a leader that cannot renew its lease goes on.", transform: DurationArgument.parse)
    var leaderElectRenewDeadline: Duration = .seconds(10)

    @Option(help: "How long to wait between two attempts.", transform: DurationArgument.parse)
    var leaderElectRetryPeriod: Duration = .seconds(2)

    @Option(help: "The namespace of the lease.")
    var leaderElectResourceNamespace = "kube-system"

    /// `nil`: this process works without asking.
    ///
    /// - byDefault: what holds when nothing was said.
    func settings(
        _ lease: String, byDefault: Bool, random: any RandomSource
    ) throws -> LeaderElectionSettings? {
        guard leaderElect ?? byDefault else { return nil }
        return try LeaderElectionSettings(
            name: lease, namespace: leaderElectResourceNamespace,
            identity: "\(MachineName.read().host)_\(random.uuid())", leaseDuration: leaderElectLeaseDuration,
            renewDeadline: leaderElectRenewDeadline, retryPeriod: leaderElectRetryPeriod)
    }

    /// The same options for another process.
    var arguments: [String] {
        [
            "--leader-elect=\(leaderElect ?? false)",
            "--leader-elect-lease-duration", DurationArgument.text(leaderElectLeaseDuration),
            "--leader-elect-renew-deadline", DurationArgument.text(leaderElectRenewDeadline),
            "--leader-elect-retry-period", DurationArgument.text(leaderElectRetryPeriod),
            "--leader-elect-resource-namespace", leaderElectResourceNamespace,
        ]
    }
}

/// Spans of time on the command line, written as Go does: `15s`, `5m0s`.
enum DurationArgument {
    static func parse(_ text: String) throws -> Duration { .nanoseconds(try DurationText.parse(text)) }

    static func text(_ duration: Duration) -> String { DurationText.text(nanoseconds: duration.wholeNanoseconds) }
}
