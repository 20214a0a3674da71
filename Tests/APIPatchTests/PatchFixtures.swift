import APIMachinery

/// A small workload type with every kind of list and map that the API has.
enum PatchFixtures {
    static func field(
        _ name: String, _ type: FieldType, merge: SchemaField.Merge = .unspecified,
        patch: SchemaField.PatchStrategy = SchemaField.PatchStrategy(), defaultValue: Value? = nil
    ) -> SchemaField {
        SchemaField(name: name, type: type, merge: merge, patch: patch, defaultValue: defaultValue)
    }

    static func structure(_ name: String, isAtomic: Bool = false, _ fields: [SchemaField]) -> FieldType {
        .type(TypeReference(SchemaType(name: name, shape: .structure, isAtomic: isAtomic, fields: fields)))
    }

    static let merged = SchemaField.PatchStrategy(merge: true, mergeKey: "name")

    static let port = structure(
        "Port",
        [
            field("name", .string), field("containerPort", .int32),
            field("protocol", .string, defaultValue: "TCP"),
        ])

    static let container = structure(
        "Container",
        [
            field("name", .string), field("image", .string), field("args", .list(.string), merge: .atomic),
            field("command", .list(.string)),
            field(
                "ports", .list(port), merge: .map(keys: ["protocol", "containerPort"]),
                patch: SchemaField.PatchStrategy(merge: true, mergeKey: "containerPort")),
            field(
                "env", .list(structure("EnvVar", [field("name", .string), field("value", .string)])),
                merge: .map(keys: ["name"]), patch: merged),
            field("resources", structure("Resources", [field("limits", .map(.builtin(.quantity)))])),
        ])

    static let metadata = structure(
        "ObjectMeta",
        [
            field("name", .string), field("namespace", .string), field("uid", .string),
            field("resourceVersion", .string), field("generation", .int64),
            field("labels", .map(.string)), field("annotations", .map(.string)),
            field(
                "finalizers", .list(.string), merge: .set, patch: SchemaField.PatchStrategy(merge: true)),
            field("managedFields", .list(.any), merge: .atomic),
        ])

    static let strategy = structure(
        "Strategy",
        [
            field("type", .string),
            field(
                "rollingUpdate",
                structure("RollingUpdate", [field("maxSurge", .builtin(.intOrString))])),
        ])

    static let volume = structure(
        "Volume",
        [
            field("name", .string), field("emptyDir", structure("EmptyDir", [field("medium", .string)])),
            field("hostPath", structure("HostPath", [field("path", .string)])),
        ])

    static let spec = structure(
        "Spec",
        [
            field("replicas", .int32), field("paused", .bool),
            field("selector", structure("Selector", isAtomic: true, [field("matchLabels", .map(.string))])),
            field("nodeSelector", .map(.string), merge: .atomic),
            field("strategy", strategy, patch: SchemaField.PatchStrategy(retainKeys: true)),
            field("containers", .list(container), merge: .map(keys: ["name"]), patch: merged),
            field(
                "volumes", .list(volume), merge: .map(keys: ["name"]),
                patch: SchemaField.PatchStrategy(merge: true, retainKeys: true, mergeKey: "name")),
            field("budget", structure("Budget", [field("a", .string), field("b", .string)]),
                patch: SchemaField.PatchStrategy(replace: true)),
            field("raw", .any),
        ])

    static let workload = SchemaType(
        name: "apps/v1.Deployment", shape: .object,
        fields: [
            field("apiVersion", .string), field("kind", .string), field("metadata", metadata),
            field("spec", spec),
            field("status", structure("Status", [field("replicas", .int32), field("phase", .string)])),
            field("data", .map(.string)),
        ])
}
