internal import ArgumentParser
internal import Determinism

/// What the controllers may be told. Names as upstream's.
struct ControllerOptions: ParsableArguments {
    @Option(
        help: "How long a node may be silent before it counts as lost.",
        transform: DurationArgument.parse)
    var nodeMonitorGracePeriod: Duration = .seconds(40)

    /// The same options for another process.
    var arguments: [String] {
        ["--node-monitor-grace-period", DurationArgument.text(nodeMonitorGracePeriod)]
    }
}
