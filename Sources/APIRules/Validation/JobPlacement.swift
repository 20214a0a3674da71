internal import APIMachinery

/// What may change in the pods of a job that is suspended: where they go, and what they may use.
enum JobPlacement {
    /// The old spec of the pods with the new one's free fields; equal to the new one if nothing else has changed.
    static func moved(_ old: Value?, like new: Value?) -> Value? {
        guard var old, let new else { return old }
        old.modifyFields { fields in
            for field in ["nodeSelector", "tolerations", "schedulingGates"] { fields[field] = new[field] }
            fields["affinity"] = affinity(fields["affinity"], like: new["affinity"])
            for list in ["containers", "initContainers"] {
                fields[list] = resized(fields[list], like: new[list])
            }
        }
        return old
    }

    private static func affinity(_ old: Value?, like new: Value?) -> Value? {
        guard old != nil || new != nil else { return nil }
        var kept = old ?? .emptyObject
        kept["nodeAffinity"] = new?["nodeAffinity"]
        return new == nil && kept == .emptyObject ? nil : kept
    }

    private static func resized(_ old: Value?, like new: Value?) -> Value? {
        guard case .array(var containers)? = old, case .array(let others)? = new, containers.count == others.count else {
            return old
        }
        for (index, other) in others.enumerated() where containers[index]["name"] == other["name"] {
            containers[index]["resources"] = other["resources"]
        }
        return .array(containers)
    }
}
