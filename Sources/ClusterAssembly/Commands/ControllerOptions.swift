internal import ArgumentParser
internal import ClusterControllers
internal import Determinism

/// What the controllers may be told. Names and defaults as upstream's.
struct ControllerOptions: ParsableArguments {
    @Option(
        help: "How long a node may be silent before it counts as lost.",
        transform: DurationArgument.parse)
    var nodeMonitorGracePeriod: Duration = .seconds(50)

    @Option(
        help: "How long a new node may take to say how it fares.",
        transform: DurationArgument.parse)
    var nodeStartupGracePeriod: Duration = .seconds(60)

    @Option(help: "How many lost nodes of a zone are emptied each second.")
    var nodeEvictionRate = 0.1

    @Option(help: "The same in a large zone of which much is lost; a small one is let be.")
    var secondaryNodeEvictionRate = 0.01

    @Option(help: "The share of lost nodes from which on much of a zone is lost.")
    var unhealthyZoneThreshold = 0.55

    @Option(help: "A zone of more nodes than this is large.")
    var largeClusterSizeThreshold = 50

    func validate() throws {
        guard nodeMonitorGracePeriod > .zero, nodeStartupGracePeriod > .zero else {
            throw ValidationError("A grace period must be greater than zero.")
        }
        guard nodeEvictionRate >= 0, secondaryNodeEvictionRate >= 0 else {
            throw ValidationError("An eviction rate must not be negative.")
        }
    }

    var nodeLifecycle: NodeLifecycleSettings {
        var settings = NodeLifecycleSettings()
        settings.monitorGracePeriod = nodeMonitorGracePeriod
        settings.startupGracePeriod = nodeStartupGracePeriod
        settings.pace.rate = nodeEvictionRate
        settings.pace.secondaryRate = secondaryNodeEvictionRate
        settings.pace.unhealthyThreshold = unhealthyZoneThreshold
        settings.pace.largeClusterSize = largeClusterSizeThreshold
        return settings
    }

    /// The same options for another process.
    var arguments: [String] {
        [
            "--node-monitor-grace-period", DurationArgument.text(nodeMonitorGracePeriod),
            "--node-startup-grace-period", DurationArgument.text(nodeStartupGracePeriod),
            "--node-eviction-rate", String(nodeEvictionRate),
            "--secondary-node-eviction-rate", String(secondaryNodeEvictionRate),
            "--unhealthy-zone-threshold", String(unhealthyZoneThreshold),
            "--large-cluster-size-threshold", String(largeClusterSizeThreshold),
        ]
    }
}
