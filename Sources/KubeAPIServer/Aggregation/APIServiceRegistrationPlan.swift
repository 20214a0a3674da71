package import APIMachinery

/// Which APIServices the server has to make, change or take away so that each group version that it serves itself has
/// one: built-in ones when it starts, those of custom resources always (upstream's `autoregister`).
package enum APIServiceRegistrationPlan {
    package enum Action: Sendable, Equatable {
        case create(Value)
        /// The object as it is to be.
        case update(Value)
        case delete(name: String, uid: String)
    }

    static let label = "kube-aggregator.kubernetes.io/automanaged"
    private static let onStart: Value = "onstart"
    private static let always: Value = "true"

    /// - custom: the group versions that definitions of custom resources serve.
    /// - isStart: whether it is the first look; built-in ones are only looked after then.
    package static func decide(
        builtin: [GroupVersion], custom: [GroupVersion], existing: [Value], isStart: Bool
    ) -> [Action] {
        let builtin = isStart ? builtin.compactMap { version in
            APIServicePriority.builtin(version).map { object(version, $0, onStart) }
        } : []
        let custom = custom.map { object($0, .custom, always) }
        let wanted = Dictionary((builtin + custom).map { (name($0), $0) }) { first, _ in first }
        var known: Set<String> = []
        var actions: [Action] = []
        for object in existing {
            known.insert(name(object))
            let management = object[path: "metadata", "labels"]?[label]
            guard management == always || (management == onStart && isStart) else { continue }
            guard let wish = wanted[name(object)] else {
                actions.append(.delete(name: name(object), uid: object[path: "metadata", "uid"]?.stringValue ?? ""))
                continue
            }
            guard object["spec"] != wish["spec"] else { continue }
            var changed = object
            changed["spec"] = wish["spec"]
            actions.append(.update(changed))
        }
        let missing = wanted.values.filter { !known.contains(name($0)) }.sorted { name($0) < name($1) }
        return actions + missing.map(Action.create)
    }

    /// The group versions that a definition of a custom resource serves.
    package static func served(by definition: Value) -> [GroupVersion] {
        let group = definition[path: "spec", "group"]?.stringValue ?? ""
        return (definition[path: "spec", "versions"]?.arrayValue ?? []).compactMap { version in
            guard version["served"]?.boolValue == true, let name = version["name"]?.stringValue else { return nil }
            return GroupVersion(group: group, version: name)
        }
    }

    private static func name(_ object: Value) -> String { object[path: "metadata", "name"]?.stringValue ?? "" }

    private static func object(
        _ groupVersion: GroupVersion, _ priority: APIServicePriority, _ management: Value
    ) -> Value {
        var spec: Value = [
            "version": .string(groupVersion.version), "groupPriorityMinimum": .integer(Int64(priority.group)),
            "versionPriority": .integer(Int64(priority.version)),
        ]
        if !groupVersion.group.isEmpty { spec["group"] = .string(groupVersion.group) }
        return [
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": [
                "name": .string("\(groupVersion.version).\(groupVersion.group)"), "labels": [label: management],
            ],
            "spec": spec,
        ]
    }
}
