internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// How CustomResourceDefinitions are written. Who serves them writes the rest of their status.
struct CustomResourceDefinitionStrategy: ResourceStrategy {
    func setDefaults(_ object: inout Value) {
        var names = object[path: "spec", "names"] ?? [:]
        let kind = names["kind"]?.stringValue ?? ""
        if (names["singular"]?.stringValue ?? "").isEmpty, !kind.isEmpty {
            names["singular"] = .string(kind.lowercased())
        }
        if (names["listKind"]?.stringValue ?? "").isEmpty, !kind.isEmpty { names["listKind"] = .string("\(kind)List") }
        object[path: "spec", "names"] = names
        if object[path: "spec", "conversion"] == nil { object[path: "spec", "conversion"] = ["strategy": "None"] }
        let service = object[path: "spec", "conversion", "webhook", "clientConfig", "service"]
        if let service, service["port"] == nil {
            object[path: "spec", "conversion", "webhook", "clientConfig", "service", "port"] = 443
        }
    }

    func prepareForCreate(_ object: inout Value) {
        object["status"] = [
            "acceptedNames": ["kind": "", "plural": ""], "conditions": .null, "storedVersions": [],
        ]
        Self.noteStoredVersion(&object)
    }

    func prepareForUpdate(_ object: inout Value, from old: Value) {
        object["status"] = old["status"]
        Self.noteStoredVersion(&object)
    }

    /// Once objects may be stored in a version it must stay, until somebody has migrated them.
    private static func noteStoredVersion(_ object: inout Value) {
        let versions = object[path: "spec", "versions"]?.arrayValue ?? []
        guard let name = versions.first(where: { $0["storage"]?.boolValue == true })?["name"] else { return }
        let stored = object[path: "status", "storedVersions"]?.arrayValue ?? []
        if !stored.contains(name) { object[path: "status", "storedVersions"] = .array(stored + [name]) }
    }

    func validate(_ object: Value) -> [FieldError] { DefinitionRules.validate(object) }

    func validateUpdate(_ object: Value, from old: Value) -> [FieldError] {
        DefinitionRules.validateUpdate(object, from: old)
    }

    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        DefinitionRules.validateStatusUpdate(object, from: old)
    }

    /// Goes only when its objects have gone.
    func isHeld(_ object: Value) -> Bool { object[path: "metadata", "deletionTimestamp"] == nil }

    func prepareForDeletion(_ object: inout Value) {
        let cleanup = Value.string(CustomConditions.cleanupFinalizer)
        let finalizers = object[path: "metadata", "finalizers"]?.arrayValue ?? []
        guard !finalizers.contains(cleanup) else { return }
        object[path: "metadata", "finalizers"] = .array(finalizers + [cleanup])
        guard let text = object[path: "metadata", "deletionTimestamp"]?.stringValue, let time = Timestamp(rfc3339: text)
        else { return }
        CustomConditions.set(
            .init(
                "Terminating", true, "InstanceDeletionPending",
                "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"),
            in: &object, now: time)
    }

    func warnings(_ object: Value, old: Value?) -> [String] {
        let before = old.map { Set(DefinitionRules.unknownFormats($0)) } ?? []
        return DefinitionRules.unknownFormats(object).filter { !before.contains($0) }.map {
            "unrecognized format \"\($0)\""
        }
    }

    var allowsUnconditionalUpdate: Bool { false }
}
