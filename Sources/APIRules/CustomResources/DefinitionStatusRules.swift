internal import APIMachinery

/// What a definition says beside its spec: accepted names, stored versions, and the community's approval.
enum DefinitionStatusRules {
    static func check(_ definition: FieldView, old: Value?, _ findings: inout Findings) {
        DefinitionRules.checkNames(definition["status"]["acceptedNames"], &findings)
        checkStored(definition, &findings)
        checkApproval(definition, old: old, &findings)
        let preserves = definition["spec"]["preserveUnknownFields"]
        guard preserves.flag, old?[path: "spec", "preserveUnknownFields"] != true else { return }
        findings.add(
            preserves.invalid(
                "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
    }

    private static func checkStored(_ definition: FieldView, _ findings: inout Findings) {
        let stored = definition["status"]["storedVersions"]
        guard !stored.isEmpty else {
            return findings.add(stored.invalid(stored.value ?? .null, "must have at least one stored version"))
        }
        let versions = definition["spec"]["versions"].items
        for version in versions where version["storage"].flag && !stored.texts.contains(version["name"].text) {
            findings.add(stored.invalid("must have the storage version \(version["name"].text)"))
        }
        let names = Set(versions.map { $0["name"].text })
        for version in stored.items where !names.contains(version.text) {
            let name = version.text
            findings.add(
                version.invalid(
                    "missing from spec.versions; \(name) was previously a storage version, and must remain in "
                        + "spec.versions until a storage migration ensures no data remains persisted in \(name) and "
                        + "removes \(name) from status.storedVersions"))
        }
    }

    // MARK: Approval

    private static let annotation = "api-approved.kubernetes.io"

    private enum Approval { case missing, bypassed, approved, wrong }

    /// Groups of the community itself need its approval, unless nothing changes.
    private static func checkApproval(_ definition: FieldView, old: Value?, _ findings: inout Findings) {
        let group = definition["spec"]["group"].text
        guard ["k8s.io", "kubernetes.io"].contains(where: { group == $0 || group.hasSuffix(".\($0)") }) else { return }
        let text = definition["metadata"]["annotations"][key: annotation]
        let approval = state(text.text)
        if let old, state(old[path: "metadata", "annotations"]?[annotation]?.stringValue ?? "") == approval { return }
        let need = "protected groups must have approval annotation \"\(annotation)\""
        let place = "see https://github.com/kubernetes/enhancements/pull/1111"
        switch approval {
        case .approved, .bypassed: break
        case .missing: findings.add(text.required("\(need), \(place)"))
        case .wrong:
            findings.add(text.invalid("\(need) with either a URL or a reason starting with \"unapproved\", \(place)"))
        }
    }

    private static func state(_ text: String) -> Approval {
        if text.isEmpty { return .missing }
        if text.hasPrefix("unapproved") { return .bypassed }
        guard let (scheme, rest) = text.halves(at: "://"), !scheme.isEmpty, let first = rest.first, first != "/" else {
            return .wrong
        }
        return .approved
    }
}
