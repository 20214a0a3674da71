internal import APIMachinery

/// Which plugins are on: upstream's `--enable-admission-plugins` and `--disable-admission-plugins`.
package struct AdmissionChoice: Sendable {
    /// All that may be named, and whether they are on unless somebody says otherwise. Upstream's, in its order; only
    /// that NodeRestriction is on, since kubelets here are held to it.
    package static let plugins: [(name: String, isOn: Bool)] = [
        ("AlwaysAdmit", false), ("NamespaceAutoProvision", false), ("NamespaceLifecycle", true),
        ("NamespaceExists", false), ("LimitPodHardAntiAffinityTopology", false), ("LimitRanger", true),
        ("ServiceAccount", true), ("NodeRestriction", true), ("TaintNodesByCondition", true),
        ("AlwaysPullImages", false), ("ImagePolicyWebhook", false), ("PodSecurity", true), ("PodNodeSelector", false),
        ("Priority", true), ("DefaultTolerationSeconds", true), ("PodTolerationRestriction", false), ("EventRateLimit", false),
        ("ExtendedResourceToleration", false), ("DefaultStorageClass", true), ("StorageObjectInUseProtection", true),
        ("PodGroupProtection", true), ("OwnerReferencesPermissionEnforcement", false),
        ("PersistentVolumeClaimResize", true), ("RuntimeClass", true), ("CertificateApproval", true),
        ("CertificateSigning", true), ("ClusterTrustBundleAttest", true), ("CertificateSubjectRestriction", true),
        ("DefaultIngressClass", true), ("DenyServiceExternalIPs", false), ("PodTopologyLabels", true),
        ("PodGroupWorkloadExists", true), ("NodeDeclaredFeatureValidator", true), ("JobValidation", true),
        ("PodResizeValidator", true), ("MutatingAdmissionPolicy", true), ("MutatingAdmissionWebhook", true),
        ("ValidatingAdmissionPolicy", true), ("ValidatingAdmissionWebhook", true), ("ResourceQuota", true),
        ("AlwaysDeny", false),
    ]

    private let on: Set<String>

    /// Upstream's defaults.
    package init() { on = Set(Self.plugins.filter(\.isOn).map(\.name)) }

    /// - Throws: what is unknown or said both ways, in upstream's words.
    package init(enable: [String], disable: [String]) throws(ConfigurationError) {
        let known = Set(Self.plugins.map(\.name))
        let unknown =
            enable.filter { !known.contains($0) }.map {
                "enable-admission-plugins plugin \(GoText.quote($0)) is unknown"
            }
            + disable.filter { !known.contains($0) }.map {
                "disable-admission-plugins plugin \(GoText.quote($0)) is unknown"
            }
        let both = Set(enable).intersection(disable).sorted()
        let overlap =
            both.isEmpty
            ? []
            : ["[\(both.joined(separator: " "))] in enable-admission-plugins and disable-admission-plugins overlapped"]
        let problems = unknown + overlap
        guard problems.isEmpty else {
            throw ConfigurationError(problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]")
        }
        on = AdmissionChoice().on.union(enable).subtracting(disable)
    }

    package func isOn(_ plugin: String) -> Bool { on.contains(plugin) }
}
