package import APIMachinery

/// Whether a quota has room for an object.
package enum QuotaPlan {
    package enum Verdict: Equatable {
        /// The quota says nothing about the object.
        case unconcerned
        /// What to add to `status.used`.
        case charge([String: Quantity])
        /// Upstream's words.
        case refuse(String)
    }

    /// `old`: the object before, when it is changed.
    package static func decide(
        quota: Value, object: Value, old: Value?, resource: GroupResource
    ) -> Verdict {
        guard matchesScopes(quota, object, resource) else { return .unconcerned }
        let name = quota[path: "metadata", "name"]?.stringValue ?? ""
        let hard = amounts(quota[path: "status", "hard"])
        let used = amounts(quota[path: "status", "used"])
        let restricted = hard.keys.filter { isTracked($0, by: resource) }.sorted()
        guard !restricted.isEmpty else { return .unconcerned }
        if resource == pods, old == nil, let missing = QuotaUsage.missingRequirements(object, restricted: restricted) {
            return .refuse("failed quota: \(name): \(missing)")
        }
        guard restricted.allSatisfy({ used[$0] != nil }) else {
            return .refuse("status unknown for quota: \(name), resources: \(restricted.joined(separator: ","))")
        }
        var delta = QuotaUsage.of(object, resource: resource).filter { hard[$0.key] != nil }
        let negative = delta.filter(\.value.isNegative).keys.sorted()
        if !negative.isEmpty {
            return .refuse("quota usage is negative for resource(s): \(negative.joined(separator: ","))")
        }
        if let old, matchesScopes(quota, old, resource) {
            for (key, amount) in QuotaUsage.of(old, resource: resource) {
                guard let new = delta[key] else { continue }
                delta[key] = new > amount ? new - amount : .zero
            }
        }
        delta = delta.filter { !$0.value.isZero }
        guard !delta.isEmpty else { return .unconcerned }
        let exceeded = delta.filter { key, amount in (used[key] ?? .zero) + amount > hard[key] ?? .zero }.keys
        guard exceeded.isEmpty else {
            return .refuse(
                "exceeded quota: \(name), requested: \(text(delta, exceeded)), used: \(text(used, exceeded)),"
                    + " limited: \(text(hard, exceeded))")
        }
        return .charge(delta)
    }

    /// The quota with an object's cost added to what is used.
    package static func charged(_ quota: Value, _ delta: [String: Quantity]) -> Value {
        var quota = quota
        for (name, amount) in delta {
            let before = quota[path: "status", "used"]?[name]?.stringValue.flatMap { Quantity($0) } ?? .zero
            quota[path: "status", "used", name] = .string((before + amount).text)
        }
        return quota
    }

    private static let pods = GroupResource(group: "", resource: "pods")

    /// Whether objects of the resource can cost something of what a quota limits under that name.
    package static func isTracked(_ name: String, by resource: GroupResource) -> Bool {
        if name == "count/\(resource)" { return true }
        guard resource.group.isEmpty else { return false }
        switch resource.resource {
        case "pods":
            if ["pods", "cpu", "memory", "ephemeral-storage"].contains(name) { return true }
            if name.hasPrefix("hugepages-") { return true }
            if name == "requests.storage" || name.contains("storageclass.storage.k8s.io/") { return false }
            return name.hasPrefix("requests.") || name.hasPrefix("limits.")
        case "services":
            return ["services", "services.nodeports", "services.loadbalancers"].contains(name)
        case "persistentvolumeclaims":
            return name == "persistentvolumeclaims" || name == "requests.storage"
                || name.contains(".storageclass.storage.k8s.io/")
        case "configmaps", "secrets", "replicationcontrollers", "resourcequotas":
            return name == resource.resource
        case _:
            return false
        }
    }

    // MARK: Scopes

    package static func matchesScopes(_ quota: Value, _ object: Value, _ resource: GroupResource) -> Bool {
        let plain = (quota[path: "spec", "scopes"]?.arrayValue ?? []).compactMap(\.stringValue)
        let selectors = quota[path: "spec", "scopeSelector", "matchExpressions"]?.arrayValue ?? []
        guard !plain.isEmpty || !selectors.isEmpty else { return true }
        // Scopes are about pods, except one about claims.
        guard resource == pods else { return false }
        return plain.allSatisfy { matches($0, "Exists", [], object) }
            && selectors.allSatisfy { selector in
                matches(
                    selector["scopeName"]?.stringValue ?? "", selector["operator"]?.stringValue ?? "",
                    (selector["values"]?.arrayValue ?? []).compactMap(\.stringValue), object)
            }
    }

    private static func matches(_ scope: String, _ operation: String, _ values: [String], _ pod: Value) -> Bool {
        let isTerminating = (pod[path: "spec", "activeDeadlineSeconds"]?.integerValue ?? -1) >= 0
        switch scope {
        case "Terminating": return isTerminating
        case "NotTerminating": return !isTerminating
        case "BestEffort": return isBestEffort(pod)
        case "NotBestEffort": return !isBestEffort(pod)
        case "PriorityClass":
            let name = pod[path: "spec", "priorityClassName"]?.stringValue ?? ""
            switch operation {
            case "Exists": return !name.isEmpty
            case "DoesNotExist": return name.isEmpty
            case "In": return !name.isEmpty && values.contains(name)
            case "NotIn": return !values.contains(name)
            case _: return false
            }
        case "CrossNamespacePodAffinity": return reachesOtherNamespaces(pod)
        case _: return false
        }
    }

    private static func isBestEffort(_ pod: Value) -> Bool {
        PodQuality.qosClass(of: pod["spec"]?.objectValue ?? Fields()) == "BestEffort"
    }

    private static func reachesOtherNamespaces(_ pod: Value) -> Bool {
        ["podAffinity", "podAntiAffinity"].contains { kind in
            let affinity = pod[path: "spec", "affinity"]?[kind]
            let terms =
                (affinity?["requiredDuringSchedulingIgnoredDuringExecution"]?.arrayValue ?? [])
                + (affinity?["preferredDuringSchedulingIgnoredDuringExecution"]?.arrayValue ?? [])
                .compactMap { $0["podAffinityTerm"] }
            return terms.contains {
                !($0["namespaces"]?.arrayValue?.isEmpty ?? true) || $0["namespaceSelector"] != nil
            }
        }
    }

    // MARK: Texts

    private static func amounts(_ value: Value?) -> [String: Quantity] {
        var amounts: [String: Quantity] = [:]
        for field in value?.objectValue ?? Fields() {
            amounts[field.name] = field.value.stringValue.flatMap { Quantity($0) }
        }
        return amounts
    }

    private static func text(_ amounts: [String: Quantity], _ names: some Sequence<String>) -> String {
        let wanted = Set(names)
        return amounts.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
