package import APIMachinery

/// What a webhook is asked about a request, and what it answers (SubjectAccessReview, v1 and v1beta1).
package enum AccessReview {
    static func request(_ spec: Value, version: String) -> Value {
        var spec = spec
        // The older version has another word for them.
        if version == "v1beta1", let groups = spec["groups"] {
            spec["groups"] = nil
            spec["group"] = groups
        }
        return [
            "apiVersion": .string("authorization.k8s.io/\(version)"), "kind": "SubjectAccessReview",
            "metadata": ["creationTimestamp": .null], "spec": spec, "status": ["allowed": false],
        ]
    }

    /// The `spec` of a v1 review; fields that are empty are left out.
    package static func spec(_ request: AuthorizationAttributes) -> Value {
        var spec = Value.emptyObject
        func put(_ name: String, _ text: String, _ value: inout Value) {
            if !text.isEmpty { value[name] = .string(text) }
        }
        put("user", request.user.name, &spec)
        put("uid", request.user.uid, &spec)
        if !request.user.groups.isEmpty { spec["groups"] = .strings(request.user.groups) }
        if !request.user.extra.isEmpty {
            var extra = Value.emptyObject
            for (key, values) in request.user.extra { extra[key] = .strings(values) }
            spec["extra"] = extra
        }
        guard request.isResourceRequest else {
            spec["nonResourceAttributes"] = ["path": .string(request.path), "verb": .string(request.verb)]
            return spec
        }
        var attributes = Value.emptyObject
        for (name, text) in [
            ("namespace", request.namespace), ("verb", request.verb), ("group", request.apiGroup),
            ("version", request.apiVersion), ("resource", request.resource), ("subresource", request.subresource),
            ("name", request.name),
        ] { put(name, text, &attributes) }
        if !request.fieldSelector.isEmpty {
            let requirements = request.fieldSelector.map { one -> Value in
                [
                    "key": .string(one.field), "operator": one.isNegated ? "NotIn" : "In",
                    "values": [.string(one.value)],
                ]
            }
            attributes["fieldSelector"] = ["requirements": .array(requirements)]
        }
        if !request.labelSelector.isEmpty {
            attributes["labelSelector"] = ["requirements": .array(request.labelSelector.compactMap(requirement))]
        }
        spec["resourceAttributes"] = attributes
        return spec
    }

    /// Comparisons of numbers have no word in the API: a webhook is not told of them, and has to allow more.
    private static func requirement(_ label: LabelRequirement) -> Value? {
        let word: Value
        switch label.operation {
        case .isIn, .equals, .doubleEquals: word = "In"
        case .notIn, .notEquals: word = "NotIn"
        case .exists: word = "Exists"
        case .doesNotExist: word = "DoesNotExist"
        case .greaterThan, .lessThan: return nil
        }
        var requirement: Value = ["key": .string(label.key), "operator": word]
        if !label.values.isEmpty { requirement["values"] = .strings(label.values) }
        return requirement
    }

    package static func decision(_ review: Value) -> Decision {
        let status = review["status"]
        let reason = status?["reason"]?.stringValue ?? ""
        if status?["denied"] == true { return .deny(reason: reason) }
        return status?["allowed"] == true ? .allow(reason: reason) : .noOpinion(reason: reason)
    }
}
