package import APIMachinery

/// Which remembered flows of datagrams must be forgotten after a change of rules.
///
/// The kernel decides once per flow where to send it, and a flow of datagrams ends only by silence:
/// a client that keeps sending would keep sending to an endpoint that is gone, or to nobody although
/// there is an endpoint now. Connections of TCP and SCTP notice by themselves.
package enum FlowPlan {
    /// Flows to forget: those to `entry`, either that went to `endpoint` or, without one, all.
    package struct Removal: Hashable, Sendable {
        package var entry: DatagramEntry
        package var endpoint: IPAddress?

        package init(_ entry: DatagramEntry, endpoint: IPAddress?) {
            self.entry = entry
            self.endpoint = endpoint
        }
    }

    /// What to forget when targets change from `old` to `new`.
    package static func removals(
        from old: [DatagramEntry: Set<IPAddress>], to new: [DatagramEntry: Set<IPAddress>]
    ) -> Set<Removal> {
        var removals: Set<Removal> = []
        for (entry, endpoints) in old {
            for endpoint in endpoints.subtracting(new[entry] ?? []) {
                removals.insert(Removal(entry, endpoint: endpoint))
            }
        }
        for (entry, endpoints) in new where !endpoints.isEmpty && (old[entry] ?? []).isEmpty {
            removals.insert(Removal(entry, endpoint: nil))
        }
        return removals
    }
}

extension FlowPlan.Removal {
    /// The arguments of `conntrack` that forget these flows.
    package var conntrackArguments: [String] {
        var arguments = ["-D", "-f", "ipv4", "-p", "udp", "--orig-port-dst", "\(entry.port)"]
        if let address = entry.address { arguments += ["--orig-dst", "\(address)"] }
        if let endpoint { arguments += ["--dst-nat", "\(endpoint)"] }
        return arguments
    }
}
