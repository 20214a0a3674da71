package import APIMachinery

/// Names of operations as upstream makes them, which client generators turn into methods: `listCoreV1NamespacedPod`.
package struct OperationNames {
    /// `RbacAuthorizationV1`
    private let groupVersion: String
    /// `rbacAuthorization_v1`
    package let tag: String

    package init(_ version: GroupVersion) {
        let group = version.group.hasSuffix(".k8s.io") ? String(version.group.dropLast(7)) : version.group
        let words = group.isEmpty ? ["core"] : group.split { $0 == "." || $0 == "-" }.map(String.init)
        let name = words.map(Self.capitalized).joined()
        groupVersion = name + Self.capitalized(version.version)
        tag = (words.first ?? "") + words.dropFirst().map(Self.capitalized).joined() + "_" + version.version
    }

    /// - subject: `NamespacedPodStatus`
    package func id(_ verb: String, _ subject: String) -> String { verb + groupVersion + subject }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
