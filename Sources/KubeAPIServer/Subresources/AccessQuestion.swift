package import APIMachinery

/// What a review of access asks: the `spec` of SubjectAccessReview and its kin, read.
package struct AccessQuestion {
    package let attributes: AuthorizationAttributes
    /// What of the question was left out, so that the answer is about more than was asked.
    package let problem: String

    /// - user: about whom; `nil` when the spec says.
    /// - namespace: of a LocalSubjectAccessReview, which asks about nothing else.
    /// - Throws: 422 for a question that is none.
    package init(
        _ spec: Value, user: UserInfo?, kind: GroupVersionKind, namespace: String? = nil
    ) throws(StatusError) {
        let errors = Self.errors(spec, asksWhom: user == nil, namespace: namespace)
        guard errors.isEmpty else { throw .invalid(kind, "", errors) }
        let user = user ?? Self.user(spec)
        guard let resource = spec["resourceAttributes"] else {
            let path = spec["nonResourceAttributes"]
            attributes = AuthorizationAttributes(
                user: user, verb: path?["verb"]?.stringValue ?? "", path: path?["path"]?.stringValue ?? "")
            problem = ""
            return
        }
        func text(_ name: String) -> String { resource[name]?.stringValue ?? "" }
        let version = text("version")
        let fields = Self.fields(resource["fieldSelector"])
        let labels = Self.labels(resource["labelSelector"])
        attributes = AuthorizationAttributes(
            user: user, verb: text("verb"), apiGroup: text("group"), apiVersion: version.isEmpty ? "*" : version,
            resource: text("resource"), subresource: text("subresource"), namespace: text("namespace"),
            name: text("name"), fieldSelector: fields.requirements, labelSelector: labels.requirements)
        var problems: [String] = []
        func note(_ name: String, isFaulty: Bool, isEmpty: Bool) {
            guard isFaulty else { return }
            problems.append(
                "spec.resourceAttributes.\(name) \(isEmpty ? "" : "partially ")ignored due to parse error")
        }
        note("fieldSelector", isFaulty: fields.isFaulty, isEmpty: fields.requirements.isEmpty)
        note("labelSelector", isFaulty: labels.isFaulty, isEmpty: labels.requirements.isEmpty)
        problem = problems.joined(separator: "; ")
    }

    private static func user(_ spec: Value) -> UserInfo {
        var user = UserInfo(name: spec["user"]?.stringValue ?? "", uid: spec["uid"]?.stringValue ?? "")
        user.groups = (spec["groups"]?.arrayValue ?? []).compactMap(\.stringValue)
        for field in spec["extra"]?.objectValue ?? Fields() {
            user.extra[field.name] = (field.value.arrayValue ?? []).compactMap(\.stringValue)
        }
        return user
    }

    // MARK: What is wrong

    private static func errors(_ spec: Value, asksWhom: Bool, namespace: String?) -> [FieldError] {
        var errors: [FieldError] = []
        let resource = spec["resourceAttributes"]
        let path = spec["nonResourceAttributes"]
        if resource != nil, let path {
            errors.append(
                .invalid(
                    "spec.nonResourceAttributes", path, "cannot be specified in combination with resourceAttributes"))
        }
        if resource == nil, path == nil {
            errors.append(
                .invalid(
                    "spec.resourceAttributes", Value.null,
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
        }
        for name in ["fieldSelector", "labelSelector"] {
            guard let selector = resource?[name] else { continue }
            let place = "spec.resourceAttributes.\(name)"
            let raw = selector["rawSelector"]?.stringValue ?? ""
            let isListed = !(selector["requirements"]?.arrayValue ?? []).isEmpty
            if !raw.isEmpty, isListed {
                errors.append(
                    .invalid("\(place).rawSelector", raw, "may not specified at the same time as requirements"))
            }
            if raw.isEmpty, !isListed {
                errors.append(
                    .required(
                        "\(place).requirements",
                        "when \(place) is specified, requirements or rawSelector is required"))
            }
        }
        if asksWhom, (spec["user"]?.stringValue ?? "").isEmpty, (spec["groups"]?.arrayValue ?? []).isEmpty {
            errors.append(.invalid("spec.user", "", "at least one of user or group must be specified"))
        }
        guard let namespace else { return errors }
        let asked = resource?["namespace"]?.stringValue ?? ""
        if resource != nil, asked != namespace {
            errors.append(.invalid("spec.resourceAttributes.namespace", asked, "must match metadata.namespace"))
        }
        if let path {
            errors.append(.invalid("spec.nonResourceAttributes", path, "disallowed on this kind of request"))
        }
        return errors
    }

    // MARK: Selectors

    // What cannot be read is left out: requirements only ever narrow, so the question becomes one about more.

    private static func fields(
        _ selector: Value?
    ) -> (requirements: [AuthorizationAttributes.FieldRequirement], isFaulty: Bool) {
        let raw = selector?["rawSelector"]?.stringValue ?? ""
        if !raw.isEmpty {
            guard let read = try? FieldSelector(parsing: raw) else { return ([], true) }
            return (read.requirements.map { .init(field: $0.field, value: $0.value, isNegated: $0.isNegated) }, false)
        }
        var isFaulty = false
        var requirements: [AuthorizationAttributes.FieldRequirement] = []
        for item in selector?["requirements"]?.arrayValue ?? [] {
            let values = (item["values"]?.arrayValue ?? []).compactMap(\.stringValue)
            let word = item["operator"]?.stringValue ?? ""
            guard ["In", "NotIn"].contains(word), values.count == 1 else {
                isFaulty = true
                continue
            }
            requirements.append(
                .init(field: item["key"]?.stringValue ?? "", value: values[0], isNegated: word == "NotIn"))
        }
        return (requirements, isFaulty)
    }

    private static func labels(_ selector: Value?) -> (requirements: [LabelRequirement], isFaulty: Bool) {
        let raw = selector?["rawSelector"]?.stringValue ?? ""
        if !raw.isEmpty {
            guard let read = try? Selector(parsing: raw) else { return ([], true) }
            return (read.requirements, false)
        }
        let words: [String: LabelRequirement.Operator] = [
            "In": .isIn, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist,
        ]
        var isFaulty = false
        var requirements: [LabelRequirement] = []
        for item in selector?["requirements"]?.arrayValue ?? [] {
            let values = (item["values"]?.arrayValue ?? []).compactMap(\.stringValue)
            guard let operation = words[item["operator"]?.stringValue ?? ""],
                // The same: one that cannot be is left out.
                let requirement = try? LabelRequirement(
                    key: item["key"]?.stringValue ?? "", operation: operation, values: values)
            else {
                isFaulty = true
                continue
            }
            requirements.append(requirement)
        }
        return (requirements, isFaulty)
    }
}
