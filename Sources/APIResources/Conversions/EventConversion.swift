package import APIMachinery

/// Events under `events.k8s.io/v1` and under `v1` are the same objects with other names for some fields.
package enum EventConversion {
    /// Name in `events.k8s.io/v1`, name in `v1`.
    private static let names = [
        ("regarding", "involvedObject"), ("note", "message"), ("reportingController", "reportingComponent"),
        ("deprecatedSource", "source"), ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedCount", "count"),
    ]

    package static func toCore(_ event: Value) -> Value {
        rename(event, names, to: "v1")
    }

    package static func fromCore(_ event: Value) -> Value {
        rename(event, names.map { ($0.1, $0.0) }, to: "events.k8s.io/v1")
    }

    private static func rename(_ event: Value, _ names: [(String, String)], to apiVersion: String) -> Value {
        guard case .object(var fields) = event else { return event }
        for (from, to) in names {
            if let value = fields.remove(from) { fields[to] = value }
        }
        fields["apiVersion"] = .string(apiVersion)
        return .object(fields)
    }
}
