package import APITypes
package import Determinism

/// Who may lead, by what the lease says; the rules are those of client-go's `tools/leaderelection`.
///
/// The clocks of two machines may disagree. So nobody judges a lease by the times in it, but by how long it has
/// stood unchanged before their own eyes: a leader writes it every few seconds, and one that has not been written
/// for its whole duration is free.
package enum LeaderElectionPlan {
    /// A lease as it stood when it was last read.
    package struct Sighting: Sendable {
        package let spec: LeaseSpec
        /// The own uptime at which it was first seen to say this.
        package let since: Duration

        package init(spec: LeaseSpec, since: Duration) {
            self.spec = spec
            self.since = since
        }

        /// The same lease read again: its time goes on as long as it says the same.
        package static func next(after earlier: Sighting?, _ spec: LeaseSpec, uptime: Duration) -> Sighting {
            if let earlier, earlier.spec == spec { return earlier }
            return Sighting(spec: spec, since: uptime)
        }
    }

    package enum Decision: Sendable, Equatable {
        /// Write this, and lead once it is written.
        case write(LeaseSpec, reason: String)
        /// Somebody else leads.
        case wait(holder: String)
    }

    /// - sighting: `nil` when there is no lease.
    package static func decide(
        _ sighting: Sighting?, _ settings: LeaderElectionSettings, now: Timestamp, uptime: Duration
    ) -> Decision {
        var spec = LeaseSpec()
        spec.holderIdentity = settings.identity
        spec.leaseDurationSeconds = Int32(clamping: settings.leaseDuration.components.seconds)
        spec.acquireTime = now
        spec.renewTime = now
        spec.leaseTransitions = 0
        guard let sighting else { return .write(spec, reason: "there was no lease") }
        let holder = sighting.spec.holderIdentity ?? ""
        let transitions = sighting.spec.leaseTransitions ?? 0
        if holder == settings.identity {
            spec.acquireTime = sighting.spec.acquireTime
            spec.leaseTransitions = transitions
            return .write(spec, reason: "renewed")
        }
        let end = sighting.since + .seconds(Int64(sighting.spec.leaseDurationSeconds ?? 0))
        if !holder.isEmpty, uptime < end { return .wait(holder: holder) }
        spec.leaseTransitions = transitions &+ 1
        return .write(spec, reason: holder.isEmpty ? "the lease was given back" : "\(holder) let it expire")
    }

    /// The lease as its holder leaves it behind, for the next to take at once.
    package static func released(_ spec: LeaseSpec, now: Timestamp) -> LeaseSpec {
        var released = LeaseSpec()
        released.leaseTransitions = spec.leaseTransitions
        released.leaseDurationSeconds = 1
        released.acquireTime = now
        released.renewTime = now
        return released
    }
}
