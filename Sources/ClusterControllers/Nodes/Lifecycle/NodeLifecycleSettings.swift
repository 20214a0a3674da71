package import Determinism

/// How patient to be with nodes. Defaults are upstream's.
package struct NodeLifecycleSettings: Sendable, Equatable {
    /// How long a node may be silent before it counts as lost.
    package var monitorGracePeriod = Duration.seconds(50)
    /// The same for a node that has never said how it fares.
    package var startupGracePeriod = Duration.seconds(60)
    /// How fast lost nodes are emptied.
    package var pace = EvictionPace.Settings()

    package init() {}
}
