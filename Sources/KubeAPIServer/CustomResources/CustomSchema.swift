internal import APIMachinery

/// The schema of a custom resource in one version, as its definition gives it.
package final class CustomSchema: Sendable {
    let source: Value
    let selectableFields: [String]
    /// A name for the contents that changes with them.
    let digest: String

    init(source: Value, selectableFields: [String]) {
        self.source = source
        digest = Document.digest([source.json, Value.array(selectableFields.map(Value.string)).json])
        self.selectableFields = selectableFields
    }
}
