package import APIMachinery

/// What holds for the metadata of every object (`apimachinery/pkg/api/validation`).
package enum ObjectMetaRules {
    package static let annotationsMax = 256 * 1024

    package static func validate(
        _ object: Value, isNamespaced: Bool, strategy: some ResourceStrategy
    ) -> [FieldError] {
        let metadata = object["metadata"]
        var errors: [FieldError] = []
        if let prefix = metadata?["generateName"]?.stringValue, !prefix.isEmpty {
            for message in strategy.validateName(Names.maskingTrailingDash(prefix)) {
                errors.append(.invalid("metadata.generateName", prefix, message))
            }
        }
        let name = metadata?["name"]?.stringValue ?? ""
        if name.isEmpty {
            errors.append(.required("metadata.name", "name or generateName is required"))
        } else {
            for message in strategy.validateName(name) { errors.append(.invalid("metadata.name", name, message)) }
        }
        if isNamespaced {
            let namespace = metadata?["namespace"]?.stringValue ?? ""
            if namespace.isEmpty {
                errors.append(.required("metadata.namespace"))
            } else {
                for message in Names.dns1123Label(namespace) {
                    errors.append(.invalid("metadata.namespace", namespace, message))
                }
            }
        }
        return errors + validateShared(metadata)
    }

    package static func validateUpdate(_ object: Value, from old: Value) -> [FieldError] {
        var errors: [FieldError] = []
        for field in ["name", "namespace", "uid", "creationTimestamp"] {
            let new = object[path: "metadata", field]
            if new != old[path: "metadata", field] {
                errors.append(.invalid("metadata.\(field)", new?.stringValue ?? "", "field is immutable"))
            }
        }
        if old[path: "metadata", "deletionTimestamp"] != nil {
            let before = Set((old[path: "metadata", "finalizers"]?.arrayValue ?? []).compactMap(\.stringValue))
            let added = (object[path: "metadata", "finalizers"]?.arrayValue ?? []).compactMap(\.stringValue)
                .filter { !before.contains($0) }
            if !added.isEmpty {
                let list = "[]string{" + added.map { "\"\($0)\"" }.joined(separator: ", ") + "}"
                errors.append(
                    .forbidden(
                        "metadata.finalizers",
                        "no new finalizers can be added if the object is being deleted, found new finalizers \(list)"))
            }
        }
        return errors + validateShared(object["metadata"])
    }

    private static func validateShared(_ metadata: Value?) -> [FieldError] {
        guard let metadata else { return [] }
        return validateLabels(metadata["labels"], at: "metadata.labels")
            + validateAnnotations(metadata["annotations"])
            + validateFinalizers(metadata["finalizers"])
            + validateOwners(metadata["ownerReferences"])
    }

    /// Label keys and values, wherever labels occur.
    package static func validateLabels(_ labels: Value?, at path: String) -> [FieldError] {
        (labels?.objectValue ?? Fields()).flatMap { field in
            Names.labelKey(field.name).map { FieldError.invalid(path, field.name, $0) }
                + Names.labelValue(field.value.stringValue ?? "").map {
                    FieldError.invalid(path, field.value.stringValue ?? "", $0)
                }
        }
    }

    package static func validateAnnotations(_ annotations: Value?) -> [FieldError] {
        var errors: [FieldError] = []
        var size = 0
        for field in annotations?.objectValue ?? Fields() {
            for message in Names.labelKey(field.name.lowercased()) {
                errors.append(.invalid("metadata.annotations", field.name, message))
            }
            size += field.name.utf8.count + (field.value.stringValue?.utf8.count ?? 0)
        }
        if size > annotationsMax { errors.append(.tooLong("metadata.annotations", maximum: annotationsMax)) }
        return errors
    }

    private static func validateFinalizers(_ finalizers: Value?) -> [FieldError] {
        let names = (finalizers?.arrayValue ?? []).compactMap(\.stringValue)
        var errors: [FieldError] = names.flatMap { name in
            Names.labelKey(name).map { FieldError.invalid("metadata.finalizers", name, $0) }
        }
        if names.contains(DeletionPlan.orphanFinalizer), names.contains(DeletionPlan.foregroundFinalizer) {
            errors.append(
                .invalid(
                    "metadata.finalizers", "[" + names.joined(separator: " ") + "]",
                    "finalizer orphan and foregroundDeletion cannot be both set"))
        }
        return errors
    }

    private static func validateOwners(_ owners: Value?) -> [FieldError] {
        var errors: [FieldError] = []
        var controllers: [String] = []
        for (index, owner) in (owners?.arrayValue ?? []).enumerated() {
            for field in ["apiVersion", "kind", "name", "uid"] where (owner[field]?.stringValue ?? "").isEmpty {
                errors.append(
                    .invalid("metadata.ownerReferences[\(index)].\(field)", "", "\(field) must not be empty"))
            }
            if owner["controller"]?.boolValue == true { controllers.append(owner["name"]?.stringValue ?? "") }
        }
        if controllers.count > 1 {
            errors.append(
                .invalid(
                    "metadata.ownerReferences", "\(controllers.count) controllers",
                    "Only one reference can have Controller set to true. Found \"true\" in references for "
                        + controllers.joined(separator: " and ")))
        }
        return errors
    }
}
