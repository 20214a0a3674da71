internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// Namespaces: active until deleted, then kept by a finalizer of their own until they are empty.
struct NamespaceStrategy: ResourceStrategy {
    private static let finalizer: Value = "kubernetes"

    func setDefaults(_ object: inout Value) { object.modifyFields(CoreDefaults.namespace) }

    func prepareForCreate(_ object: inout Value) {
        object["status"] = ["phase": "Active"]
        object.modifyFields { namespace in
            namespace.inNewObject("spec") { spec in
                let present = spec["finalizers"]?.arrayValue ?? []
                if !present.contains(Self.finalizer) { spec["finalizers"] = .array(present + [Self.finalizer]) }
            }
        }
    }

    func prepareForUpdate(_ object: inout Value, from old: Value) {
        object["spec"] = old["spec"]
        object["status"] = old["status"]
    }

    /// `finalize` changes the finalizers of the spec and nothing else.
    func prepareForUpdate(of subresource: String, _ object: inout Value, from old: Value) {
        if subresource == "finalize" { object["status"] = old["status"] }
    }

    func validateName(_ name: String) -> [String] { Names.dns1123Label(name) }
    func validate(_ object: Value) -> [FieldError] { ClusterRules.namespace(object) }
    func validateUpdate(_ object: Value, from old: Value) -> [FieldError] { [] }

    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        ClusterRules.namespaceStatus(object, from: old)
    }

    func validateUpdate(of subresource: String, _ object: Value, from old: Value) -> [FieldError] {
        ClusterRules.namespaceFinalize(object)
    }

    func isHeld(_ object: Value) -> Bool { !(object[path: "spec", "finalizers"]?.arrayValue ?? []).isEmpty }

    func prepareForDeletion(_ object: inout Value) { object[path: "status", "phase"] = "Terminating" }
}
