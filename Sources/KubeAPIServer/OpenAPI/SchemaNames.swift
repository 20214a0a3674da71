internal import APIMachinery

/// What types are called in OpenAPI documents.
enum SchemaNames {
    static let objectMeta = "meta/v1.ObjectMeta"
    static let listMeta = "meta/v1.ListMeta"

    /// `io.k8s.api.core.v1.Pod` of `core/v1.Pod`
    static func name(ofType type: String) -> String {
        guard let name = SchemaCatalog.builtin.openAPIName(ofType: type) else {
            preconditionFailure("the API tables lack a package for \(type)")
        }
        return name
    }

    static func name(of builtin: BuiltinType) -> String {
        switch builtin {
        case .time: "io.k8s.apimachinery.pkg.apis.meta.v1.Time"
        case .microTime: "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"
        case .duration: "io.k8s.apimachinery.pkg.apis.meta.v1.Duration"
        case .fieldsV1: "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"
        case .quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity"
        case .intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
        case .rawExtension: "io.k8s.apimachinery.pkg.runtime.RawExtension"
        case .json: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON"
        }
    }

    /// `com.example.stable.v1.CronTab`: the group's labels turned round.
    static func custom(_ kind: GroupVersionKind) -> String {
        let group = kind.group.split(separator: ".").reversed().joined(separator: ".")
        return "\(group).\(kind.version).\(kind.kind)"
    }

    /// What a document says of the kind a schema or an operation is about.
    static func value(_ kind: GroupVersionKind) -> Value {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }
}
