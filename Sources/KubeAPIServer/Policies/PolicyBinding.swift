internal import APIMachinery

/// Where a policy applies, with which parameters, and what its verdict does.
struct PolicyBinding: Sendable {
    let name: String
    let policyName: String
    let match: PolicyMatch?
    let paramRef: Value?
    /// Of a validating policy.
    let actions: [String]

    init(_ binding: Value) {
        let spec = binding["spec"] ?? .emptyObject
        name = binding.objectName
        policyName = spec["policyName"]?.stringValue ?? ""
        match = spec["matchResources"].flatMap { $0.objectValue == nil ? nil : PolicyMatch($0) }
        paramRef = spec["paramRef"].flatMap { $0.objectValue == nil ? nil : $0 }
        actions = (spec["validationActions"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
