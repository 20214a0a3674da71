package import APIMachinery

/// What a review of access asks: the `spec` of SubjectAccessReview and its kin, read. Whether it is a question at all is
/// for ``AccessReviewRules`` to say.
package struct AccessQuestion {
    package let attributes: AuthorizationAttributes
    /// What of the question was left out, so that the answer is about more than was asked.
    package let problem: String

    /// - user: about whom; `nil` when the spec says.
    package init(_ spec: Value, user: UserInfo?) {
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
