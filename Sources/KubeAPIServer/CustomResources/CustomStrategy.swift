internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// How objects of a custom resource are written: by the schema of the version through which they are.
struct CustomStrategy: ResourceStrategy {
    let version: CustomVersion
    let hasStatus: Bool

    private static let standardFinalizers: Set<String> = ["orphan", "foregroundDeletion", "kubernetes"]

    func setDefaults(_ object: inout Value) { version.schema.setDefaults(&object) }

    func revise(_ stored: inout Value) { version.revise(&stored) }

    func prepareForCreate(_ object: inout Value) { if hasStatus { object["status"] = nil } }

    func prepareForUpdate(_ object: inout Value, from old: Value) { if hasStatus { object["status"] = old["status"] } }

    func validate(_ object: Value) -> [FieldError] {
        let errors = version.schema.validate(object) + shared(object)
        return errors + (version.rules?.validate(object, others: errors) ?? [])
    }

    func validateUpdate(_ object: Value, from old: Value) -> [FieldError] {
        let errors = version.schema.validate(object, old: old) + shared(object, old: old)
        return errors + (version.rules?.validate(object, old: old, others: errors) ?? [])
    }

    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        guard let status = object["status"] else { return [] }
        let found = version.schema.property("status")?.validate(status, old: old["status"], path: "status") ?? []
        let errors = found + validateReplicas(version.scale?.statusReplicas, object)
        return errors + (version.rules?.validate(object, old: old, others: errors) ?? [])
    }

    /// Faults of lists that were there before are let be.
    private func shared(_ object: Value, old: Value? = nil) -> [FieldError] {
        let schema = version.schema
        let hadFaults = old.map { !schema.validateListTypes($0).isEmpty } ?? false
        return schema.validateResources(object) + (hadFaults ? [] : schema.validateListTypes(object))
            + validateReplicas(version.scale?.specReplicas, object)
            + validateReplicas(version.scale?.statusReplicas, object)
    }

    private func validateReplicas(_ path: [String]?, _ object: Value) -> [FieldError] {
        guard let path, let value = ScalePaths.read(path, of: object), let replicas = value.integerValue else { return [] }
        let place = "." + path.joined(separator: ".")
        if replicas < 0 { return [.invalid(place, replicas, "should be a non-negative integer")] }
        if replicas > Int32.max {
            return [.invalid(place, replicas, "should be less than or equal to \(Int32.max)")]
        }
        return []
    }

    func warnings(_ object: Value, old: Value?) -> [String] {
        let before = old?[path: "metadata", "finalizers"]?.arrayValue ?? []
        let added = (object[path: "metadata", "finalizers"]?.arrayValue ?? []).filter { !before.contains($0) }
        return added.compactMap(\.stringValue).sorted().compactMap { name in
            guard !name.contains("/"), !Self.standardFinalizers.contains(name) else { return nil }
            let wish = name.contains(".") ? "finalizer name including a path (/)" : "finalizer name"
            return "metadata.finalizers: \"\(name)\": prefer a domain-qualified \(wish) to avoid accidental conflicts "
                + "with other finalizer writers"
        }
    }

    var allowsUnconditionalUpdate: Bool { false }
}
