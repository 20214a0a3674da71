internal import APIMachinery
internal import APIRules

/// What is asked of pods where a namespace says nothing, and of whom nothing is asked
/// (`pod-security.admission.config.k8s.io` PodSecurityConfiguration).
package struct PodSecurityConfiguration: Sendable {
    private(set) var defaults = PodSecurityPolicy()
    private(set) var namespaces: Set<String> = []
    private(set) var users: Set<String> = []
    private(set) var runtimeClasses: Set<String> = []

    private static let modes = ["enforce", "audit", "warn"]

    private static let shape: [String: ConfigurationShape] = [
        "defaults": .object(
            Dictionary(uniqueKeysWithValues: (modes + modes.map { "\($0)-version" }).map { ($0, .string) })),
        "exemptions": .object(["usernames": .strings, "namespaces": .strings, "runtimeClasses": .strings]),
    ]

    /// Asks nothing of anybody.
    package init() {}

    package init(_ bytes: [UInt8]) throws(ConfigurationError) {
        let document = try ConfigurationDocument(
            strictly: bytes, group: "pod-security.admission.config.k8s.io", versions: ["v1", "v1beta1", "v1alpha1"],
            kind: "PodSecurityConfiguration", shape: Self.shape)
        var errors: [FieldError] = []
        let view = FieldView(document.value)
        defaults.enforce = Self.demand(view["defaults"], "enforce", &errors)
        defaults.warn = Self.demand(view["defaults"], "warn", &errors)
        defaults.audit = Self.demand(view["defaults"], "audit", &errors)
        let exemptions = view["exemptions"]
        namespaces = Self.names(exemptions["namespaces"], Names.dns1123Label, &errors)
        runtimeClasses = Self.names(exemptions["runtimeClasses"], Names.dns1123Subdomain, &errors)
        users = Self.names(exemptions["usernames"], { $0.isEmpty ? ["username must not be empty"] : [] }, &errors)
        try ConfigurationError.check(errors)
    }

    private static func demand(
        _ defaults: FieldView, _ mode: String, _ errors: inout [FieldError]
    ) -> PodSecurityDemand {
        var demand = PodSecurityDemand()
        let (level, version) = (defaults[mode], defaults["\(mode)-version"])
        if !level.isEmpty {
            if let known = PodSecurityLevel(rawValue: level.text) {
                demand.level = known
            } else {
                errors.append(level.invalid(PodSecurityPolicy.levelHint))
            }
        }
        if !version.isEmpty {
            if let known = PodSecurityVersion(version.text) {
                demand.version = known
            } else {
                errors.append(version.invalid(PodSecurityPolicy.versionHint))
            }
        }
        return demand
    }

    private static func names(
        _ list: FieldView, _ rule: (String) -> [String], _ errors: inout [FieldError]
    ) -> Set<String> {
        var names: Set<String> = []
        for item in list.items {
            let problems = rule(item.text)
            if !problems.isEmpty {
                errors.append(item.invalid(problems.joined(separator: ", ")))
            } else if !names.insert(item.text).inserted {
                errors.append(item.duplicate())
            }
        }
        return names
    }
}
