internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// CertificateSigningRequests: what was asked, and by whom, stays; approval and certificate come by subresources.
struct SigningRequestStrategy: ResourceStrategy {
    private static let decisions: Set<String> = ["Approved", "Denied"]

    func prepareForCreate(_ object: inout Value) { object["status"] = .emptyObject }

    func prepareForUpdate(_ object: inout Value, from old: Value) {
        object["spec"] = old["spec"]
        object["status"] = old["status"]
    }

    /// Who signs does not decide: approvals stay as they are.
    func prepareForStatusUpdate(_ object: inout Value, from old: Value) {
        StatusUpdate.keepAllButStatus(&object, from: old)
        setConditions(
            of: &object, sent: conditions(object).filter { !isDecision($0) }, kept: conditions(old).filter(isDecision))
    }

    /// Who decides does not sign: only conditions are taken over.
    func prepareForUpdate(of subresource: String, _ object: inout Value, from old: Value) {
        guard subresource == "approval" else { return }
        let sent = conditions(object)
        object["spec"] = old["spec"]
        object["status"] = old["status"]
        setConditions(of: &object, sent: sent, kept: [])
    }

    private func conditions(_ object: Value) -> [Value] { object[path: "status", "conditions"]?.arrayValue ?? [] }

    private func isDecision(_ condition: Value) -> Bool {
        Self.decisions.contains(condition["type"]?.stringValue ?? "")
    }

    private func setConditions(of object: inout Value, sent: [Value], kept: [Value]) {
        let all = kept + sent
        object[path: "status", "conditions"] = all.isEmpty ? Value?.none : .array(all)
    }

    /// They may be called anything that an address can hold.
    func validateName(_ name: String) -> [String] { Names.pathSegment(name) }
    func validate(_ object: Value) -> [FieldError] { SigningRequestRules.creation(object) }

    func validateUpdate(_ object: Value, from old: Value) -> [FieldError] {
        SigningRequestRules.update(object, from: old, by: .main)
    }

    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        SigningRequestRules.update(object, from: old, by: .status)
    }

    func validateUpdate(of subresource: String, _ object: Value, from old: Value) -> [FieldError] {
        SigningRequestRules.update(object, from: old, by: subresource == "approval" ? .approval : .main)
    }
}
