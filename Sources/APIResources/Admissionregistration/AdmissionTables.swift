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
        .text("ParamRef", "The object with the policy's parameters.") { binding in
            guard let parameters = binding[path: "spec", "paramRef"] else { return "<unset>" }
            let namespace = parameters.text("namespace")
            return namespace.isEmpty ? parameters.text("name") : "\(namespace)/\(parameters.text("name"))"
        },
        .age,
    ]

    private static let paramKind = TableColumn.text("ParamKind", "The kind of the policy's parameters.") { policy in
        guard let kind = policy[path: "spec", "paramKind"] else { return "<unset>" }
        return "\(kind.text("apiVersion"))/\(kind.text("kind"))"
    }
}
