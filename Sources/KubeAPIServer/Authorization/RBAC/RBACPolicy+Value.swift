package import APIMachinery

// Between the API's objects and what decisions need of them.

extension RBACRule {
    init(_ value: Value) {
        func strings(_ name: String) -> [String] { (value[name]?.arrayValue ?? []).compactMap(\.stringValue) }
        self.init(
            verbs: strings("verbs"), apiGroups: strings("apiGroups"), resources: strings("resources"),
            resourceNames: strings("resourceNames"), nonResourceURLs: strings("nonResourceURLs"))
    }

    /// The rule as the API writes it: empty lists are left out, except the verbs.
    package var value: Value {
        var value: Value = ["verbs": .strings(verbs)]
        for (name, list) in [
            ("apiGroups", apiGroups), ("resources", resources), ("resourceNames", resourceNames),
            ("nonResourceURLs", nonResourceURLs),
        ] where !list.isEmpty {
            value[name] = .strings(list)
        }
        return value
    }
}

extension RBACRole {
    /// Reads a Role or ClusterRole.
    package init(_ value: Value) {
        self.init(
            key: Key(value), labels: value[path: "metadata", "labels"]?.stringMap ?? [:],
            annotations: value[path: "metadata", "annotations"]?.stringMap ?? [:],
            rules: (value["rules"]?.arrayValue ?? []).map { RBACRule($0) },
            aggregation: value[path: "aggregationRule", "clusterRoleSelectors"]?.arrayValue?.map {
                RBACLabelSelector($0)
            })
    }

    /// A Role or ClusterRole object, ready to be created.
    package var value: Value {
        var value: Value = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": key.namespace == nil ? "ClusterRole" : "Role",
        ]
        value["metadata"] = .metadata(key, labels: labels, annotations: annotations)
        value["rules"] = rules.isEmpty && aggregation != nil ? .null : .array(rules.map(\.value))
        if let aggregation { value["aggregationRule"] = ["clusterRoleSelectors": .array(aggregation.map(\.value))] }
        return value
    }
}

extension RBACBinding {
    /// Reads a RoleBinding or ClusterRoleBinding; `nil` when its role reference is none.
    package init?(_ value: Value) {
        guard let kind = value[path: "roleRef", "kind"]?.stringValue.flatMap(RoleReference.Kind.init(rawValue:)),
            let name = value[path: "roleRef", "name"]?.stringValue
        else { return nil }
        let subjects = (value["subjects"]?.arrayValue ?? []).compactMap { subject -> Subject? in
            guard let kind = subject["kind"]?.stringValue.flatMap(Subject.Kind.init(rawValue:)) else { return nil }
            return Subject(
                kind, subject["name"]?.stringValue ?? "", namespace: subject["namespace"]?.stringValue ?? "")
        }
        self.init(
            key: RBACRole.Key(value), labels: value[path: "metadata", "labels"]?.stringMap ?? [:],
            annotations: value[path: "metadata", "annotations"]?.stringMap ?? [:], role: RoleReference(kind, name),
            subjects: subjects)
    }

    /// A RoleBinding or ClusterRoleBinding object, ready to be created.
    package var value: Value {
        var value: Value = [
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": key.namespace == nil ? "ClusterRoleBinding" : "RoleBinding",
        ]
        value["metadata"] = .metadata(key, labels: labels, annotations: annotations)
        value["roleRef"] = [
            "apiGroup": "rbac.authorization.k8s.io", "kind": .string(role.kind.rawValue), "name": .string(role.name),
        ]
        if !subjects.isEmpty { value["subjects"] = .array(subjects.map(\.value)) }
        return value
    }
}

extension RBACBinding.Subject {
    package var value: Value {
        var value: Value = ["kind": .string(kind.rawValue), "name": .string(name)]
        if kind == .serviceAccount {
            value["namespace"] = .string(namespace)
        } else {
            value["apiGroup"] = "rbac.authorization.k8s.io"
        }
        return value
    }
}

extension RBACRole.Key {
    init(_ object: Value) {
        self.init(
            namespace: object[path: "metadata", "namespace"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
            name: object[path: "metadata", "name"]?.stringValue ?? "")
    }
}

extension Value {
    fileprivate static func metadata(
        _ key: RBACRole.Key, labels: [String: String], annotations: [String: String]
    ) -> Value {
        var metadata: Value = ["name": .string(key.name)]
        if let namespace = key.namespace { metadata["namespace"] = .string(namespace) }
        if !labels.isEmpty { metadata["labels"] = .stringMap(labels) }
        if !annotations.isEmpty { metadata["annotations"] = .stringMap(annotations) }
        return metadata
    }
}
