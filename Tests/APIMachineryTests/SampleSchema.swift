import APIMachinery

/// A small API with every form that a schema can have.
enum SampleSchema {
    static let widget = SchemaType(
        name: "sample/v1.Widget", shape: .object,
        fields: [
            SchemaField(name: "apiVersion", type: .string, presence: .value),
            SchemaField(name: "kind", type: .string, presence: .value),
            SchemaField(name: "metadata", type: .type(TypeReference(meta)), number: 1, presence: .value),
            SchemaField(name: "spec", type: .type(TypeReference(spec)), number: 2, presence: .value),
        ])

    static let meta = SchemaType(
        name: "meta/v1.ObjectMeta", shape: .structure,
        fields: [
            SchemaField(name: "name", type: .string, number: 1, presence: .value),
            SchemaField(
                name: "creationTimestamp", type: .builtin(.time), number: 8, presence: .value, emission: .omitZero),
            SchemaField(name: "labels", type: .map(.string), number: 11, presence: .map),
        ])

    static let spec: SchemaType = SchemaType(
        name: "sample/v1.WidgetSpec", shape: .structure,
        fields: [
            SchemaField(name: "replicas", type: .int32, number: 1, presence: .pointer),
            SchemaField(name: "count", type: .int64, number: 2, presence: .value, emission: .always),
            SchemaField(name: "on", type: .bool, number: 3, presence: .value),
            SchemaField(name: "ratio", type: .double, number: 4, presence: .pointer),
            SchemaField(name: "secret", type: .map(.bytes), number: 5, presence: .map),
            SchemaField(name: "limits", type: .map(.builtin(.quantity)), number: 6, presence: .map),
            SchemaField(name: "port", type: .builtin(.intOrString), number: 7, presence: .pointer),
            SchemaField(name: "items", type: .list(.type(TypeReference(item))), number: 8, presence: .list),
            SchemaField(name: "rules", type: .list(.string), number: 9, presence: .list, emission: .always),
            // Inlined: message 10 holds these two.
            SchemaField(name: "path", type: .string, number: 1, inlinePath: [10], presence: .pointer),
            SchemaField(name: "tries", type: .int32, number: 2, inlinePath: [10, 3], presence: .pointer),
            SchemaField(name: "seen", type: .builtin(.microTime), number: 11, presence: .pointer),
            SchemaField(name: "grace", type: .builtin(.duration), number: 12, presence: .pointer),
            SchemaField(name: "template", type: .builtin(.rawExtension), number: 13, presence: .pointer),
            SchemaField(name: "extra", type: .map(.type(TypeReference(words))), number: 14, presence: .map),
            SchemaField(name: "choice", type: .type(TypeReference(choice)), number: 15, presence: .pointer),
            SchemaField(name: "numbers", type: .list(.int64), number: 16, presence: .list),
        ])

    static let item = SchemaType(
        name: "sample/v1.Item", shape: .structure,
        fields: [SchemaField(name: "name", type: .string, number: 1, presence: .value, emission: .always)])

    static let words = SchemaType(
        name: "sample/v1.Words", shape: .wrapper,
        fields: [SchemaField(name: "items", type: .list(.string), number: 1, presence: .list, emission: .never)])

    static let choice = SchemaType(
        name: "sample/v1.ItemOrBool", shape: .union,
        fields: [
            SchemaField(name: "allows", type: .bool, number: 1, presence: .value, emission: .never),
            SchemaField(
                name: "item", type: .type(TypeReference(item)), number: 2, presence: .pointer, emission: .never),
        ])

    static func resolve(_ kind: GroupVersionKind) -> SchemaType? { kind.kind == "Widget" ? widget : nil }
}
