internal import APIMachinery
internal import APIRegistry

/// The wide columns of everything that makes pods from a template.
enum TemplateColumns {
    /// Names and images of the containers of the template that `template` finds.
    static func containers(
        wide: Bool = true, of template: @escaping @Sendable (Value) -> Value? = { $0[path: "spec", "template"] }
    ) -> [TableColumn] {
        [
            .text("Containers", "Names of the template's containers.", wide: wide) {
                list("name", of: template($0))
            },
            .text("Images", "Images of the template's containers.", wide: wide) { list("image", of: template($0)) },
        ]
    }

    /// `spec.selector` as a label selector.
    static let selector = TableColumn.text("Selector", "Which pods belong to the object.", wide: true) {
        SelectorText.selector($0[path: "spec", "selector"])
    }

    private static func list(_ field: String, of template: Value?) -> String {
        (template?.items("spec", "containers") ?? []).map { $0.text(field) }.joined(separator: ",")
    }
}
