internal import APIMachinery
internal import APIRegistry

/// The tables of the group `admissionregistration.k8s.io`.
enum AdmissionTables {
    static let webhookConfiguration: [TableColumn] = [
        .name, .number("Webhooks", "How many webhooks there are.") { Int64($0.items("webhooks").count) }, .age,
    ]

    static let validatingPolicy: [TableColumn] = [
        .name,
        .number("Validations", "How many rules there are.") { Int64($0.items("spec", "validations").count) },
        paramKind, .age,
    ]

    static let mutatingPolicy: [TableColumn] = [
        .name,
        .number("Mutations", "How many changes there are.") { Int64($0.items("spec", "mutations").count) },
        paramKind, .age,
    ]

    static let policyBinding: [TableColumn] = [
        .name,
        .text("PolicyName", "The policy that is put to use.") { $0.text("spec", "policyName") },
        .text("ParamRef", "The objects with the policy's parameters.", cell: parameters), .age,
    ]

    private static func parameters(_ binding: Value) -> String {
        guard let parameters = binding[path: "spec", "paramRef"] else { return "<unset>" }
        let name = parameters.text("name")
        guard name.isEmpty else { return "\(parameters.text("namespace").or("*"))/\(name)" }
        guard let selector = parameters["selector"], !selector.isNull else { return "<unset>" }
        let labels = selector.fields("matchLabels").map { "\($0.name): \($0.value.stringValue ?? "")," }
        let requirements = selector.items("matchExpressions").map { requirement in
            "LabelSelectorRequirement{Key:\(requirement.text("key")),Operator:\(requirement.text("operator")),"
                + "Values:[\(requirement.texts("values").joined(separator: " "))],},"
        }
        return "&LabelSelector{MatchLabels:map[string]string{\(labels.joined())},"
            + "MatchExpressions:[]LabelSelectorRequirement{\(requirements.joined())},}"
    }

    private static let paramKind = TableColumn.text("ParamKind", "The kind of the policy's parameters.") { policy in
        guard let kind = policy[path: "spec", "paramKind"] else { return "<unset>" }
        return "\(kind.text("apiVersion"))/\(kind.text("kind"))"
    }
}
