package import APIMachinery

extension ManagedEntries {
    /// `new` with the owners of `live` when it differs from it in nothing but their times (and its
    /// resourceVersion): a write that changes nothing must not be one because the clock moved on.
    package static func keepingTimes(of live: Value, in new: Value) -> Value {
        guard let before = live[path: "metadata", "managedFields"],
            let after = new[path: "metadata", "managedFields"], before != after,
            withoutTimes(before) == withoutTimes(after)
        else { return new }
        var candidate = new
        candidate.setManagedFields(before)
        candidate[path: "metadata", "resourceVersion"] = live[path: "metadata", "resourceVersion"]
        guard candidate == live else { return new }
        var result = new
        result.setManagedFields(before)
        return result
    }

    private static func withoutTimes(_ list: Value) -> Value {
        .array(
            (list.arrayValue ?? []).map { entry in
                var entry = entry
                entry["time"] = nil
                return entry
            })
    }
}
