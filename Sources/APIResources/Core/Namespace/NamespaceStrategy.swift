internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// Namespaces: active until deleted, then kept by their own finalizer until they are empty.
enum NamespaceStrategy {
    private static let finalizer: Value = "kubernetes"

    static let strategy = RuleStrategy(
        initialStatus: ["phase": "Active"], nameRule: { Names.dns1123Label($0) },
        defaults: CoreDefaults.namespace,
        onCreate: { namespace in
            namespace.inNewObject("spec") { spec in
                let present = spec["finalizers"]?.arrayValue ?? []
                if !present.contains(finalizer) { spec["finalizers"] = .array(present + [finalizer]) }
            }
        },
        onUpdate: { namespace, old in
            let finalizers = old[path: "spec", "finalizers"]
            namespace.inNewObject("spec") { $0["finalizers"] = finalizers }
        })
}
