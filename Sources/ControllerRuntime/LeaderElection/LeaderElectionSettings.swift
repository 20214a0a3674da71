/// Under which lease to stand for election, as whom, and how patiently. Defaults are upstream's.
package struct LeaderElectionSettings: Sendable {
    /// Who waits tries again after `retryPeriod`, plus up to this share of it.
    package static let jitter = 1.2

    package var name: String
    package var namespace: String
    /// Unlike that of any other process; kept in the lease.
    package var identity: String
    /// How long the others leave a leader alone that says nothing.
    package var leaseDuration: Duration
    /// How long a leader that cannot renew goes on.
    package var renewDeadline: Duration
    /// How long to wait between two attempts.
    package var retryPeriod: Duration

    /// Throws when a leader could go on although another has begun.
    package init(
        name: String, namespace: String = "kube-system", identity: String, leaseDuration: Duration = .seconds(15),
        renewDeadline: Duration = .seconds(10), retryPeriod: Duration = .seconds(2)
    ) throws(LeaderElectionError) {
        guard leaseDuration >= .seconds(1), retryPeriod > .zero else {
            throw LeaderElectionError("leaseDuration must be at least 1s, and retryPeriod greater than zero")
        }
        guard leaseDuration > renewDeadline else {
            throw LeaderElectionError("leaseDuration must be greater than renewDeadline")
        }
        guard renewDeadline > retryPeriod * Self.jitter else {
            throw LeaderElectionError("renewDeadline must be greater than retryPeriod*JitterFactor")
        }
        self.name = name
        self.namespace = namespace
        self.identity = identity
        self.leaseDuration = leaseDuration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
    }
}

/// Why there can be no election, or no more leading.
package struct LeaderElectionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// This process may no longer lead; upstream's words.
    package static let lost = LeaderElectionError("leaderelection lost")

    package let message: String

    init(_ message: String) { self.message = message }

    package var description: String { message }
}
